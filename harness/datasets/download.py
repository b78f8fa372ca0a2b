"""Downloads one file into memory, within limits of size and patience."""

from __future__ import annotations

import contextlib
import http.client
import queue
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from email.message import Message

from harness.base.errors import DataError
from harness.base.text import one_line

TIMEOUT = 10  # seconds to connect, and between two pieces of an answer
START = 60  # seconds until an answer begins, with all that comes before it: addresses, greetings, redirections, headers
PATIENCE = 600  # seconds for one file: 31 MB over a slow line, but not a byte every ten seconds
CHUNK = 1 << 16


class Downloader:
    """Downloads files and remembers which hosts did not answer: each is waited for once."""

    def __init__(self, timeout: float = TIMEOUT, patience: float = PATIENCE, start: float = START) -> None:
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
        try:
            with contextlib.closing(self._answer(url)) as answer:
                return _read(answer, name, max_bytes)
        except urllib.error.HTTPError as error:  # the host answers, so its other files may be there
            raise DataError(f"{name}: {one_line(error)}") from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            cause = getattr(error, "reason", error)
            self.dead_hosts[host] = one_line(getattr(cause, "strerror", None) or cause) or type(cause).__name__
            raise DataError(f"{name}: {self.dead_hosts[host]}") from error

    def _answer(self, url: str) -> Iterator[Message | bytes]:
        """The headers of the answer, and its content in pieces; TimeoutError at the end of the time for either.

        The timeout of a connection begins anew with every byte that comes, be it of a header or of a chunk's length. So
        the answer is read in a second thread, which is left to itself when it takes too long.
        """
        answer = Answer(url, self.timeout)
        threading.Thread(target=answer.read, daemon=True).start()
        try:
            yield answer.next_piece(self.start, f"no answer in {self.start:g} seconds")
            deadline, n_bytes = time.monotonic() + self.patience, 0
            late = "only {} bytes came in {:g} seconds"
            while piece := answer.next_piece(deadline - time.monotonic(), late.format(n_bytes, self.patience)):
                n_bytes += len(piece)
                yield piece
        finally:
            answer.is_wanted = False
            with contextlib.suppress(queue.Empty):
                answer.pieces.get_nowait()  # so that the thread does not wait for room


class Answer:
    """What a host answers, read in another thread.

    Args:
        url: http or https address of a file.
        timeout: seconds to wait for a connection and for every byte.
    """

    def __init__(self, url: str, timeout: float) -> None:
        self._request = urllib.request.Request(url, headers={"User-Agent": "keras-numpy-harness"})
        self._timeout = timeout
        self.pieces = queue.Queue(maxsize=16)  # no more lie in memory, however fast a host sends
        self.is_wanted = True

    def read(self) -> None:
        """Put the headers, pieces of the content and `b""` at its end into the queue, or the error that came."""
        try:
            with urllib.request.urlopen(self._request, timeout=self._timeout) as response:
                self.pieces.put(response.headers)
                while self.is_wanted:
                    self.pieces.put(piece := response.read1(CHUNK))
                    if not piece:
                        break
        except Exception as error:  # whatever it is, `next_piece` raises it again
            self.pieces.put(error)

    def next_piece(self, seconds: float, late: str) -> Message | bytes:
        """The next of what `read` put there; TimeoutError, with the words of `late`, if it takes longer."""
        try:
            piece = self.pieces.get(timeout=max(seconds, 0))
        except queue.Empty:
            raise TimeoutError(late) from None
        if isinstance(piece, Exception):
            raise piece
        return piece


def _read(answer: Iterator[Message | bytes], name: str, max_bytes: int) -> bytes:
    from tqdm import tqdm

    promised = int(next(answer).get("Content-Length") or 0)
    if promised > max_bytes:
        raise DataError(f"{name}: {promised} bytes, expected {max_bytes} at most")
    content = bytearray()
    with tqdm(
        total=promised or None, unit="B", unit_scale=True, desc=name, leave=False, disable=not sys.stderr.isatty()
    ) as bar:
        for piece in answer:
            content += piece
            bar.update(len(piece))
            if len(content) > max_bytes:
                raise DataError(f"{name}: more than the {max_bytes} bytes expected")
    if len(content) < promised:
        raise DataError(f"{name}: the connection ended after {len(content)} of {promised} bytes")
    return bytes(content)
