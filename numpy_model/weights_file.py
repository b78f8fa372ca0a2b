"""Parameters to and from an npz file. Nothing in it is ever unpickled."""

import io
import math
import textwrap
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

MOST_HEADER_BYTES = 1 << 10  # of what NumPy writes before an array


def write_weights(path: str | Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays by name.

    Args:
        path: ends in `.npz`.
        arrays: arrays by name.

    Raises:
        ValueError: for another ending.
    """
    if Path(path).suffix != ".npz":
        raise ValueError(f"filepath is {str(path)!r}; weights are saved as npz: end it with .npz")
    np.savez(path, **arrays)


def read_weights(path: str | Path, shapes: Mapping[str, tuple[int, ...]]) -> list[np.ndarray]:
    """Return the arrays of a file in the order of `shapes`, in little more memory than they take.

    Args:
        path: of a file that `write_weights` wrote.
        shapes: the shape expected for each name.

    Raises:
        ValueError: if it is no such file, or holds other names or shapes.
    """
    with open(path, "rb") as file:  # a missing file stays a FileNotFoundError; what zipfile makes of damage does not
        try:
            with zipfile.ZipFile(file) as archive:
                members = [info.filename.removesuffix(".npy") for info in archive.infolist()]
                if sorted(members) == sorted(shapes):
                    return [read_array(archive, f"{name}.npy", shape) for name, shape in shapes.items()]
        except Exception as error:  # damaged bytes make zipfile and NumPy raise errors of a dozen kinds
            raise ValueError(f"{path} is not a file of weights of this model: {error}") from error
    raise ValueError(f"{path} holds {listed(members)}, and the model has {listed(shapes)}")


def read_array(archive: zipfile.ZipFile, member: str, shape: tuple[int, ...]) -> np.ndarray:
    """Return an array, or raise `ValueError` unless it holds real numbers in this shape.

    The header is read first, so that what is read afterwards takes no more memory than the model's array.
    """
    info = archive.getinfo(member)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{member} is neither stored nor deflated")
    with archive.open(info) as stream:
        start = io.BytesIO(stream.read(MOST_HEADER_BYTES))
    if np.lib.format.read_magic(start) != (1, 0):
        raise ValueError(f"{member} is not written as numpy.savez writes arrays")
    found, _, dtype = np.lib.format.read_array_header_1_0(start, max_header_size=MOST_HEADER_BYTES)
    if found != shape or dtype.kind not in "fiu" or dtype.subdtype:
        raise ValueError(f"{member} holds {dtype} {found}, and the model's array has real numbers in shape {shape}")
    if info.file_size != start.tell() + math.prod(shape) * dtype.itemsize:
        raise ValueError(f"{member} has {info.file_size} bytes, which are not those of {dtype} {shape}")
    return np.load(io.BytesIO(archive.read(info)), allow_pickle=False)


def listed(names: Iterable[str]) -> str:
    """Return names as text, of which long lists are cut off.

    Example:
        >>> listed(["dense/kernel", "dense/bias"])
        'dense/kernel, dense/bias'
    """
    return textwrap.shorten(", ".join(names), 500, placeholder=" ...") or "no arrays"
