"""Parameters to and from an npz file. Nothing in it is ever unpickled."""

import io
import math
import zipfile
from pathlib import Path

import numpy as np

# Room for the names of two thousand parameters, and for what NumPy writes before an array.
MOST_DIRECTORY_BYTES = 1 << 18
MOST_HEADER_BYTES = 1 << 10


def write_weights(path, arrays):
    """Write arrays by name.

    Args:
        path: ends in `.npz`.
        arrays: a dictionary of arrays by name.

    Raises:
        ValueError: for another ending.
    """
    if Path(path).suffix != ".npz":
        raise ValueError(f"weights are saved as npz, and the path is {str(path)!r}; end it with .npz")
    np.savez(path, **arrays)


def read_weights(path, shapes):
    """Return the arrays of a file in the order of `shapes`.

    Args:
        path: of a file that `write_weights` wrote.
        shapes: the shape expected for each name.

    Raises:
        ValueError: if it is no such file, or holds other names or shapes.
    """
    with open(path, "rb") as file:  # a missing file stays a FileNotFoundError; what zipfile makes of damage does not
        try:
            with _open_archive(file) as archive:
                members = _members(archive)
                found = {name: _read_shape(archive, info) for name, info in members.items()}
                if found != shapes:
                    raise _OtherShapesError
                return [_read_array(archive, members[name]) for name in shapes]
        except _OtherShapesError:
            raise ValueError(f"{path} holds {found}, and the model has {shapes}") from None
        except Exception as error:  # damaged bytes make zipfile and NumPy raise errors of a dozen kinds
            raise ValueError(f"{path} is not a file of weights: {error}") from error


class _OtherShapesError(Exception):
    """A good file holds other names or shapes."""


class _ShortReads:
    """A file of which at most so many bytes are read at once, or any number where `most` is None."""

    def __init__(self, file, most):
        self._file = file
        self.most = most

    def read(self, size=-1):
        if self.most is None:
            return self._file.read(size)
        content = self._file.read(self.most + 1 if size < 0 else min(size, self.most + 1))
        if len(content) > self.most:
            raise ValueError(f"its list of arrays takes more than {self.most} bytes")
        return content

    def __getattr__(self, name):
        return getattr(self._file, name)


def _open_archive(file):
    """Return an open npz file as a ZipFile, whose list of members, which is read whole, has a bounded length."""
    if not zipfile.is_zipfile(file):
        raise ValueError("it is no npz file")
    short_reads = _ShortReads(file, MOST_DIRECTORY_BYTES)
    archive = zipfile.ZipFile(short_reads)
    short_reads.most = None
    return archive


def _members(archive):
    """Return where each array lies, by its name."""
    members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
    if len(members) < len(archive.infolist()):
        raise ValueError("a name stands in it twice")
    return members


def _read_shape(archive, info):
    """Return the shape of an array without reading it, or raise `ValueError` if it is not what its header says.

    What is read afterwards takes no more memory than arrays of the shapes found.
    """
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{info.filename} is neither stored nor deflated")
    with archive.open(info) as member:
        start = io.BytesIO(member.read(MOST_HEADER_BYTES))
    version = np.lib.format.read_magic(start)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(start, max_header_size=MOST_HEADER_BYTES)
    if dtype.kind not in "fiu" or dtype.subdtype:
        raise ValueError(f"{info.filename} is no array of real numbers")
    if min(shape, default=0) < 0 or start.tell() + math.prod(shape) * dtype.itemsize != info.file_size:
        raise ValueError(f"{info.filename} has {info.file_size} bytes, and its header tells of {dtype} {shape}")
    return shape


def _read_array(archive, info):
    with archive.open(info) as member:
        array = np.lib.format.read_array(member, allow_pickle=False)
        member.read(1)  # to the end, where zipfile compares the checksum
    return array
