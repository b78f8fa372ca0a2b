"""Parameters to and from an npz file. Nothing in it is ever unpickled."""

import zipfile
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
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = dict(file)
    except (zipfile.BadZipFile, ValueError, EOFError) as error:
        raise ValueError(f"{path} is not a file of weights: {error}") from error
    found = {name: array.shape for name, array in arrays.items()}
    if found != shapes:
        raise ValueError(f"{path} holds {found}, and the model has {shapes}")
    return [arrays[name] for name in shapes]
