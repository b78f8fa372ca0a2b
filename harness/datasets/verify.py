"""Decides whether content is what the catalog says it is. Only decompressed content counts, never its container."""

from __future__ import annotations

import hashlib
import os
import stat
from typing import TYPE_CHECKING, BinaryIO

from harness.base.errors import DataError
from harness.base.text import printable
from harness.datasets.catalog import CatalogEntry, IdxFile, largest_file, recognise
from harness.datasets.idx import Idx, read_idx

if TYPE_CHECKING:
    import numpy as np


def read_verified(stream: BinaryIO, n_bytes: int, label: str, entry: CatalogEntry, file: IdxFile) -> Idx:
    """Read one IDX file and compare its content with the catalog.

    Args:
        stream: seekable binary stream, raw or gzipped IDX.
        n_bytes: size of the stream in bytes, as stored.
        label: what to call the file in an error, usually its path.
        entry: the data set expected.
        file: the file of that data set expected.

    Raises:
        DataError: the stream is not IDX, is damaged, or holds anything else.
    """
    idx = read_idx(stream, n_bytes, label, max_bytes=largest_file())
    require_hash(hashlib.sha256(idx.content).hexdigest(), file.sha256, idx.shape, label, entry, file)
    return idx


def read_verified_file(path: str | os.PathLike, entry: CatalogEntry, file: IdxFile) -> Idx:
    """As `read_verified`, from a file that is opened for reading only."""
    with open_regular(path) as stream:
        return read_verified(stream, os.fstat(stream.fileno()).st_size, str(path), entry, file)


def open_regular(path: str | os.PathLike) -> BinaryIO:
    """Open a regular file for reading; DataError where it cannot be read or is something else, such as a pipe."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # opening a pipe would wait for ever
            raise DataError(f"{printable(path)}: not a regular file. Give the path of a file.")
        return open(path, "rb")
    except (OSError, ValueError) as error:  # ValueError: a path with a null byte
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{printable(path)}: cannot be read ({reason}). Check the path and its permissions.") from error


def array_sha256(array: np.ndarray) -> str:
    """The sha256 of an array's bytes in C order."""
    import numpy as np

    return hashlib.sha256(np.ascontiguousarray(array).data).hexdigest()


def require_hash(found: str, expected: str, shape: tuple, label: str, entry: CatalogEntry, file: IdxFile) -> None:
    """Raise DataError unless the hashes are equal; say what was found instead, where it is known.

    Args:
        found: sha256 of what was read.
        expected: sha256 that the catalog gives.
        shape: shape of what was read.
        label: what to call it in the error.
        entry: the data set expected.
        file: the file of that data set expected.
    """
    if found == expected:
        return
    known = recognise(found)
    if known:
        remedy = "It is a good file in the wrong place."
    elif entry.other_version and shape == file.shape:
        remedy = f"It is damaged, altered, or {entry.other_version}."
    else:
        remedy = "It is damaged, altered, or another data set."
    raise DataError(
        f"{label}: expected {entry.title}'s {file.name} of shape {file.shape}, sha256 {expected}; "
        f"found {known or 'unknown content'} of shape {tuple(shape)}, sha256 {found}. {remedy}"
    )


def verified_arrays(entry: CatalogEntry, arrays: dict, label: str) -> dict:
    """The arrays as they are, once each is found to be the catalog's; otherwise DataError naming `label`."""
    for file in entry.files:
        array = arrays[file.array]
        # Of some types, such as dates, there are no bytes to take a sum of.
        found = array_sha256(array) if array.dtype.str == "|u1" else None
        if found is None or (found == file.array_sha256 and array.shape != file.shape):
            raise DataError(
                f"{label}: {file.array} has shape {array.shape} and type {array.dtype}; "
                f"expected {file.shape} and uint8. Replace the file with a published copy."
            )
        require_hash(found, file.array_sha256, array.shape, f"{label}: {file.array}", entry, file)
    return arrays
