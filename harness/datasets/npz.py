"""Reads the arrays of an .npz file under Keras's keys, after its sizes are found to agree. Never unpickles."""

from __future__ import annotations

import io
import math
import zipfile
from typing import BinaryIO

import numpy as np

from harness.datasets.idx import DEFLATE_LIMIT
from harness.errors import DataError

KEYS = ("x_train", "y_train", "x_test", "y_test")
# Four gigabytes an array: far above any set that is trained on at batch size 1.
MAX_ARRAY_BYTES = 2**32
MAX_HEADER_BYTES = 1 << 14
HOW_TO_WRITE = "Write the file with numpy.savez_compressed(path, x_train=..., y_train=..., x_test=..., y_test=...)."


def read_npz(
    stream: BinaryIO, label: str, optional: tuple[str, ...] = (), max_array_bytes: int = MAX_ARRAY_BYTES
) -> dict[str, np.ndarray]:
    """Read x_train, y_train, x_test, y_test from an .npz file.

    Args:
        stream: seekable binary stream.
        label: what to call the file in an error, usually its path.
        optional: further keys to read where they are there. Default none.
        max_array_bytes: the largest array that is read, in bytes. Default 4 GiB.

    Returns:
        The arrays by key, with shapes and types as stored.

    Raises:
        DataError: not a zip file, a key is missing, an array is pickled, damaged or too large.
    """
    try:
        with zipfile.ZipFile(stream) as archive:
            members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
            missing = [key for key in KEYS if key not in members]
            if missing:
                raise DataError(
                    f"{label}: no array {', '.join(missing)}; found {', '.join(members) or 'nothing'}. {HOW_TO_WRITE}"
                )
            wanted = {key: members[key] for key in (*KEYS, *optional) if key in members}
            n_bytes = stream.seek(0, io.SEEK_END)
            for key, info in wanted.items():  # every header before any array, so that nothing is read in vain
                _check_sizes(info, f"{label}: {key}", n_bytes, max_array_bytes)
                _check_header(archive, info, f"{label}: {key}")
            return {key: _read_array(archive, info) for key, info in wanted.items()}
    except DataError:
        raise
    except MemoryError as error:
        raise DataError(f"{label}: its arrays do not fit into memory. Write fewer images.") from error
    except Exception as error:  # damaged bytes make zipfile and NumPy raise errors of a dozen kinds
        raise DataError(f"{label}: not a whole .npz file ({error}). {HOW_TO_WRITE}") from error


def _check_sizes(info: zipfile.ZipInfo, label: str, n_bytes: int, max_array_bytes: int) -> None:
    """Compare what the zip directory promises with the file's own size (`n_bytes`) and the limit."""
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise DataError(f"{label}: neither stored nor deflated. {HOW_TO_WRITE}")
    if info.compress_size > n_bytes or info.file_size > info.compress_size * DEFLATE_LIMIT:
        raise DataError(
            f"{label}: truncated or forged. It promises {info.file_size} bytes from {info.compress_size} stored, "
            f"in a file of {n_bytes}. {HOW_TO_WRITE}"
        )
    if info.file_size > max_array_bytes + MAX_HEADER_BYTES:
        raise DataError(f"{label}: {info.file_size} bytes; at most {max_array_bytes} are read. Write fewer images.")


def _check_header(archive: zipfile.ZipFile, info: zipfile.ZipInfo, label: str) -> None:
    """Compare what the array's own header promises with the zip directory."""
    with archive.open(info) as member:
        start = io.BytesIO(member.read(MAX_HEADER_BYTES))
    version = np.lib.format.read_magic(start)
    if version not in ((1, 0), (2, 0)):
        raise DataError(f"{label}: .npy version {version}; allowed are (1, 0) and (2, 0). {HOW_TO_WRITE}")
    read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read_header(start)
    if dtype.hasobject:
        raise DataError(f"{label}: holds pickled Python objects, which are never loaded. Store numbers. {HOW_TO_WRITE}")
    promised = start.tell() + math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or promised != info.file_size:
        raise DataError(
            f"{label}: its header promises shape {shape} of {dtype}, {promised} bytes; found {info.file_size}. "
            f"{HOW_TO_WRITE}"
        )


def _read_array(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> np.ndarray:
    with archive.open(info) as member:
        array = np.lib.format.read_array(member, allow_pickle=False)
        member.read(1)  # reading to the end makes zipfile compare the checksum
    return array
