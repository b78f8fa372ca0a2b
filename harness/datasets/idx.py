"""Reads and writes one IDX file of unsigned bytes, raw or gzipped.

IDX is the format of MNIST: two zero bytes, the type (8: unsigned byte), the number of dimensions, each dimension as a
big-endian 32-bit integer, then the values in C order.
"""

from __future__ import annotations

import math
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from harness.base.errors import DataError
from harness.datasets.gunzip import Gunzip

if TYPE_CHECKING:
    import numpy as np

GZIP_MAGIC = b"\x1f\x8b"
# Deflate shortens by a factor of 1032 at most, so a small .gz file cannot keep a large promise.
DEFLATE_LIMIT = 1032
CONTAINER_BYTES = 1 << 16  # what gzip may add to a file that it cannot shorten
CHUNK = 1 << 20


@dataclass(frozen=True)
class Idx:
    """One decompressed IDX file."""

    content: bytearray  # the whole file, header and values
    shape: tuple[int, ...]

    def to_array(self) -> np.ndarray:
        """The values as a uint8 array of `shape`; it shares memory with `content`."""
        import numpy as np

        return np.frombuffer(self.content, np.uint8, offset=_header_size(self.shape)).reshape(self.shape)


def read_idx(stream: BinaryIO, n_bytes: int, label: str, max_bytes: int) -> Idx:
    """Read one IDX file. No more memory is taken than the file's size allows and `max_bytes` permits.

    Args:
        stream: seekable binary stream at the start of the file. Gzip is known by its first two bytes, not by a name.
        n_bytes: size of the stream in bytes, as stored.
        label: what to call the file in an error, usually its path.
        max_bytes: the longest decompressed file that is read.

    Returns:
        The decompressed file and its shape.

    Raises:
        DataError: not IDX of unsigned bytes, truncated, damaged, longer than its header says, or too large.
    """
    if n_bytes > max_bytes + CONTAINER_BYTES:
        raise DataError(
            f"{label}: too large, {n_bytes} bytes; at most {max_bytes} are read. It is none of the known data sets."
        )
    try:
        is_gzip = stream.read(2) == GZIP_MAGIC
        stream.seek(0)
        if is_gzip:
            return _read(Gunzip(stream), n_bytes * DEFLATE_LIMIT, label, max_bytes)
        return _read(stream, n_bytes, label, max_bytes)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{label}: damaged or unreadable ({error}). Replace the file with a whole copy.") from error


def write_idx(array: np.ndarray) -> bytes:
    """The IDX file of a uint8 array: header, then the values in C order."""
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    return header + array.tobytes()


def _header_size(shape: tuple[int, ...]) -> int:
    return 4 + 4 * len(shape)


def _read(stream: BinaryIO, most_bytes: int, label: str, max_bytes: int) -> Idx:
    """`most_bytes` is the most that the stream can yield, judged by its stored size."""
    header, shape = _read_header(stream, label)
    promised = len(header) + math.prod(shape)
    if promised > most_bytes:
        raise DataError(
            f"{label}: truncated. Its header promises shape {shape}, {promised} bytes; "
            f"a file of its size holds {most_bytes} at most. Replace the file with a whole copy."
        )
    if promised > max_bytes:
        raise DataError(
            f"{label}: too large. Its header promises shape {shape}, {promised} bytes; "
            f"at most {max_bytes} are read. It is none of the known data sets."
        )
    content = bytearray(header)
    while len(content) < promised:
        chunk = stream.read(min(CHUNK, promised - len(content)))
        if not chunk:
            raise DataError(
                f"{label}: truncated. Its header promises {promised} bytes, found {len(content)}. "
                "Replace the file with a whole copy."
            )
        content += chunk
    # Reading on to the end also makes gzip compare its checksum.
    if stream.read(1):
        raise DataError(
            f"{label}: bytes trail behind the {promised} that its header promises. Replace the file with a good copy."
        )
    return Idx(content, shape)


def _read_header(stream: BinaryIO, label: str) -> tuple[bytes, tuple[int, ...]]:
    start = stream.read(4)
    if len(start) < 4 or start[:3] != b"\x00\x00\x08" or start[3] not in (1, 3):
        raise DataError(
            f"{label}: not an IDX file of images or labels. Its first bytes are {start.hex() or 'missing'}; "
            "expected 00000803 (images) or 00000801 (labels). Replace the file."
        )
    n_dimensions = start[3]
    sizes = stream.read(4 * n_dimensions)
    if len(sizes) < 4 * n_dimensions:
        raise DataError(f"{label}: truncated inside its header. Replace the file with a whole copy.")
    return start + sizes, struct.unpack(f">{n_dimensions}I", sizes)
