"""Parameters to and from an npz file. Nothing in it is ever unpickled."""

import zipfile
import zlib
from pathlib import Path

import numpy as np


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
            arrays = _read_arrays(file)
        except (zipfile.BadZipFile, zlib.error, ValueError, EOFError, OSError, NotImplementedError) as error:
            raise ValueError(f"{path} is not a file of weights: {error}") from error
    found = {name: array.shape for name, array in arrays.items()}
    if found != shapes:
        raise ValueError(f"{path} holds {found}, and the model has {shapes}")
    return [arrays[name] for name in shapes]


def _read_arrays(file):
    """Return all arrays of an open npz file by name, or raise `ValueError` if one is no array of real numbers."""
    if not zipfile.is_zipfile(file):
        raise ValueError("it is no npz file")
    file.seek(0)
    with np.load(file, allow_pickle=False) as npz:
        arrays = dict(npz)
    for name, array in arrays.items():
        if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiu":
            raise ValueError(f"{name} is no array of real numbers")
    return arrays
