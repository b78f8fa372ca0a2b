"""Downloads one file into memory, within limits of size and patience."""

from __future__ import annotations

import http.client
import queue
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from harness.base.errors import DataError
from harness.base.text import one_line

TIMEOUT = 10  # seconds to connect, and between two pieces of an answer
START = 60  # seconds until an answer begins, with all that comes before it: addresses, greetings, redirections, headers
PATIENCE = 600  # seconds for one file: 31 MB over a slow line, but not a byte every ten seconds
CHUNK = 1 << 16


class Downloader:
    """Downloads files and remembers which hosts did not answer: each is waited for once."""

    def __init__(self, timeout: float = TIMEOUT, patience: float = PATIENCE, start: float = START):
        """`timeout`: seconds to wait for a connection and between two pieces of an answer. Default 10.

        `start`: seconds to wait for an answer to begin. Default 60.

        `patience`: seconds to wait for one file. Default 600.
        """
        self.timeout = timeout
        self.start = start
        self.patience = patience
        self.dead_hosts: dict[str, str] = {}  # host: the reason

    def get(self, url: str, max_bytes: int) -> bytes:
        """The bytes at an address.

        Args:
            url: http or https address of a file.
            max_bytes: the most bytes that are taken.

        Raises:
            DataError: the host is not reached, answers with something else, breaks off, or sends too much.
        """
        host = urllib.parse.urlsplit(url).netloc
        name = url.rpartition("/")[2]
        if host in self.dead_hosts:
            raise DataError(f"{name}: not tried, {host} did not answer before ({self.dead_hosts[host]})")
        request = urllib.request.Request(url, headers={"User-Agent": "keras-numpy-harness"})
        try:
            with self._open(request) as response:
                return _read(response, name, max_bytes, self.patience)
        except urllib.error.HTTPError as error:  # the host answers, so its other files may be there
            raise DataError(f"{name}: {one_line(error)}") from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            cause = getattr(error, "reason", error)
            self.dead_hosts[host] = one_line(getattr(cause, "strerror", None) or cause) or type(cause).__name__
            raise DataError(f"{name}: {self.dead_hosts[host]}") from error

    def _open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        """The answer to a request, once its headers have come; TimeoutError if that takes longer than `start`.

        The timeout of a connection begins anew with every piece that comes. So the answer is waited for in a second
        thread, which is left to itself when it takes too long.
        """
        answers = queue.SimpleQueue()

        def wait():
            try:
                answers.put(urllib.request.urlopen(request, timeout=self.timeout))
            except Exception as error:  # whatever it is, it is raised again below
                answers.put(error)

        threading.Thread(target=wait, daemon=True).start()
        try:
            answer = answers.get(timeout=self.start)
        except queue.Empty:
            raise TimeoutError(f"no answer in {self.start:g} seconds") from None
        if isinstance(answer, Exception):
            raise answer
        return answer


def _read(response: http.client.HTTPResponse, name: str, max_bytes: int, patience: float) -> bytes:
    from tqdm import tqdm

    promised = int(response.headers.get("Content-Length") or 0)
    if promised > max_bytes:
        raise DataError(f"{name}: {promised} bytes, expected {max_bytes} at most")
    content = bytearray()
    deadline = time.monotonic() + patience
    with tqdm(
        total=promised or None, unit="B", unit_scale=True, desc=name, leave=False, disable=not sys.stderr.isatty()
    ) as bar:
        while chunk := response.read1(CHUNK):  # what has come, without waiting for all of it
            content += chunk
            bar.update(len(chunk))
            if len(content) > max_bytes:
                raise DataError(f"{name}: more than the {max_bytes} bytes expected")
            if time.monotonic() > deadline:
                raise DataError(f"{name}: only {len(content)} bytes came in {patience:g} seconds")
    if len(content) < promised:
        raise DataError(f"{name}: the connection ended after {len(content)} of {promised} bytes")
    return bytes(content)
