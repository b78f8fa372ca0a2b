"""Reads named arrays of an .npz file, after everything it says of itself is found to agree. Never unpickles."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

from harness.base.errors import DataError
from harness.base.text import one_line
from harness.datasets.idx import DEFLATE_LIMIT

KEYS = ("x_train", "y_train", "x_test", "y_test")
# Four gigabytes: far above any set that is trained on at batch size 1.
MAX_BYTES = 2**32
# Of the zip directory, which is read whole: room for a thousand arrays, and for the longest comment.
MAX_DIRECTORY_BYTES = 1 << 17
# Of an array's entry in it: 46, its name, and some more where it is large.
MAX_ENTRY_BYTES = 1 << 7
MAX_HEADER_BYTES = 1 << 10
MOST_NAMES_SHOWN = 10
HOW_TO_WRITE = "Write the file with numpy.savez_compressed(path, x_train=..., y_train=..., x_test=..., y_test=...)."


@dataclass(frozen=True)
class Header:
    """What an array's own header says of it."""

    shape: tuple[int, ...]
    dtype: np.dtype

    @property
    def n_bytes(self) -> int:
        """The size of the array in bytes."""
        return math.prod(self.shape) * self.dtype.itemsize


def read_npz(
    stream: BinaryIO,
    label: str,
    keys: tuple[str, ...] = KEYS,
    optional: tuple[str, ...] = (),
    max_bytes: int = MAX_BYTES,
    check: Callable[[dict[str, Header]], None] = lambda headers: None,
    how_to_write: str = HOW_TO_WRITE,
    max_directory_bytes: int = MAX_DIRECTORY_BYTES,
) -> dict[str, np.ndarray]:
    """Read arrays by name from an .npz file. Of other arrays in it nothing is read but their names.

    Args:
        stream: seekable binary stream.
        label: what to call the file in an error, usually its path.
        keys: names that must be there. Default x_train, y_train, x_test, y_test.
        optional: further names to read where they are there. Default none.
        max_bytes: the most that all arrays together may take, in bytes. Default 4 GiB.
        check: called with the headers by name before any array is read; raises DataError for those not wanted.
        how_to_write: a sentence for errors, which says how to make a good file.
        max_directory_bytes: the most that the list of what is in the file may take. Default 128 KiB.

    Returns:
        The arrays by name, with shapes and types as stored.

    Raises:
        DataError: not a zip file, a name is missing or there twice, an array is pickled, damaged or too large.
    """
    try:
        bounded = _Bounded(stream, max_directory_bytes)
        with zipfile.ZipFile(bounded) as archive:
            bounded.most = None
            members = _members(archive, keys, optional)
            n_bytes = stream.seek(0, io.SEEK_END)
            headers = {key: _read_header(archive, key, info, n_bytes) for key, info in members.items()}
            _check_total(headers, max_bytes)
            check(headers)
            return {key: _read_array(archive, info) for key, info in members.items()}
    except DataError:
        raise
    except _RefusalError as error:
        raise DataError(f"{label}: {error}. {how_to_write}") from error
    except MemoryError as error:
        raise DataError(f"{label}: its arrays do not fit into memory. Write less into it.") from error
    except Exception as error:  # damaged bytes make zipfile and NumPy raise errors of a dozen kinds
        raise DataError(f"{label}: not a whole .npz file ({one_line(error)}). {how_to_write}") from error


class _RefusalError(Exception):
    """What is wrong with a file, without its name and the remedy."""


class _Bounded:
    """A stream that gives at most so many bytes at once, or all that are asked for where `most` is None."""

    def __init__(self, stream: BinaryIO, most: int | None) -> None:
        self._stream = stream
        self.most = most

    def read(self, size: int = -1) -> bytes:
        if self.most is None:
            return self._stream.read(size)
        content = self._stream.read(self.most + 1 if size < 0 else min(size, self.most + 1))
        if len(content) > self.most:
            raise _RefusalError(f"its zip directory takes more than {self.most} bytes")
        return content

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _members(archive: zipfile.ZipFile, keys: tuple[str, ...], optional: tuple[str, ...]) -> dict[str, zipfile.ZipInfo]:
    """Where each wanted array lies in the archive."""
    infos: dict[str, list[zipfile.ZipInfo]] = {}
    for info in archive.infolist():
        infos.setdefault(info.filename.removesuffix(".npy"), []).append(info)
    missing = [key for key in keys if key not in infos]
    if missing:
        found = [one_line(name, 40) for name in list(infos)[:MOST_NAMES_SHOWN]]
        more = f" and {len(infos) - len(found)} more" if len(infos) > len(found) else ""
        how = ". Hold back training images, as numpy.random.default_rng(0).permutation(len(x_train)) draws them"
        raise _RefusalError(
            f"no array {', '.join(missing)}; found {', '.join(found) or 'nothing'}{more}"
            f"{how if missing == ['x_test', 'y_test'] else ''}"
        )
    wanted = [key for key in (*keys, *optional) if key in infos]
    for key in wanted:
        if len(infos[key]) > 1:
            raise _RefusalError(f"{key}: there {len(infos[key])} times, so nobody knows which is meant")
    return {key: infos[key][0] for key in wanted}


def _read_header(archive: zipfile.ZipFile, key: str, info: zipfile.ZipInfo, n_bytes: int) -> Header:
    """Read an array's own header, and compare it with the zip directory, and that with the file's size (`n_bytes`)."""
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _RefusalError(f"{key}: neither stored nor deflated")
    if info.compress_size > n_bytes or info.file_size > info.compress_size * DEFLATE_LIMIT:
        raise _RefusalError(
            f"{key}: truncated or forged. It promises {info.file_size} bytes from {info.compress_size} stored, in a "
            f"file of {n_bytes}"
        )
    with archive.open(info) as member:
        start = io.BytesIO(member.read(MAX_HEADER_BYTES))
    version = np.lib.format.read_magic(start)
    if version not in ((1, 0), (2, 0)):
        raise _RefusalError(f"{key}: .npy version {version}; allowed are (1, 0) and (2, 0)")
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(start, max_header_size=MAX_HEADER_BYTES)
    header = Header(shape, dtype)
    if dtype.hasobject:
        raise _RefusalError(
            f"{key}: holds pickled Python objects, which are never loaded. Store it as "
            "numpy.array(array.tolist()), with images of one size and a label for each"
        )
    if dtype.itemsize == 0 or dtype.names or dtype.subdtype:
        raise _RefusalError(f"{key}: type {one_line(dtype)}; allowed are plain numbers and text")
    promised = start.tell() + header.n_bytes
    if min(shape, default=0) < 0 or promised != info.file_size:
        raise _RefusalError(
            f"{key}: its header promises shape {shape} of {dtype}, {promised} bytes; found {info.file_size}"
        )
    return header


def _check_total(headers: dict[str, Header], max_bytes: int) -> None:
    total = 0
    for key, header in headers.items():
        total += header.n_bytes
        if total > max_bytes:
            raise _RefusalError(
                f"{key}: shape {header.shape} of {header.dtype}, {total} bytes with the arrays before it; "
                f"at most {max_bytes} are read"
            )


def _read_array(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> np.ndarray:
    with archive.open(info) as member:
        array = np.lib.format.read_array(member, allow_pickle=False)
        member.read(1)  # reading to the end makes zipfile compare the checksum
    return array
