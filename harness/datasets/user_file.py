"""Reads a user's own data set from an .npz file, and says exactly what is wrong with it."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from harness.datasets.catalog import DATASETS
from harness.datasets.dataset import Dataset
from harness.datasets.npz import KEYS, read_npz
from harness.datasets.verify import array_sha256, open_regular
from harness.errors import DataError

# One output and one name are made for every class: a stray label such as 2**40 must not make a trillion of them.
MAX_CLASSES = 10_000


def load_user_file(path: str | os.PathLike) -> Dataset:
    """A data set from an .npz file.

    Args:
        path: file with x_train and x_test of shape (n, size, size), (n, size, size, 1) or (n, size, size, 3), uint8 or
            floating point in [0, 1]; y_train and y_test of shape (n,), integers from 0. An optional class_names,
            strings of shape (n_classes,); without it the classes are "0" to the largest training label.

    Raises:
        DataError: the file cannot be read or does not have this form.
    """
    path = Path(path)
    with open_regular(path) as stream:
        arrays = read_npz(stream, str(path), optional=("class_names",))
    for split in ("train", "test"):
        _check_images(arrays[f"x_{split}"], f"{path}: x_{split}")
        _check_labels(arrays[f"y_{split}"], len(arrays[f"x_{split}"]), f"{path}: y_{split}")
    images = {key: _with_channels(arrays[key]) for key in ("x_train", "x_test")}
    if images["x_train"].shape[1:] != images["x_test"].shape[1:]:
        raise DataError(
            f"{path}: x_train has images of shape {images['x_train'].shape[1:]}, x_test of shape "
            f"{images['x_test'].shape[1:]}. Give both the same height, width and channels."
        )
    class_names = _class_names(arrays, str(path))
    for key in ("y_train", "y_test"):
        _check_classes(arrays[key], class_names, f"{path}: {key}")
    return Dataset(
        # Results under the name of a published data set would pass for its own.
        name=f"own-{path.stem}" if path.stem in DATASETS else path.stem,
        x_train=images["x_train"],
        y_train=arrays["y_train"].astype(np.int64),
        x_test=images["x_test"],
        y_test=arrays["y_test"].astype(np.int64),
        class_names=class_names,
        source=f"the file {path}",
        sha256={key: array_sha256(arrays[key]) for key in KEYS},
    )


def _check_images(images: np.ndarray, label: str) -> None:
    shape = images.shape
    is_square = len(shape) in (3, 4) and shape[1] == shape[2]
    if not is_square or (len(shape) == 4 and shape[3] not in (1, 3)) or 0 in shape:
        raise DataError(
            f"{label}: shape {shape}; allowed are (n, size, size), (n, size, size, 1) and (n, size, size, 3): square "
            "images, at least one. Pad or crop them, and put the channels last."
        )
    if images.dtype == np.uint8:
        return
    if images.dtype.kind != "f":
        raise DataError(
            f"{label}: type {images.dtype}; allowed are uint8 in 0 to 255 and floating point in [0, 1]. "
            f"Convert it with astype('uint8')."
        )
    smallest, largest = images.min(), images.max()  # NaN if any pixel is
    if not (smallest >= 0 and largest <= 1):
        n_bad = np.count_nonzero(~((images >= 0) & (images <= 1)))
        raise DataError(
            f"{label}: {n_bad} pixels are not in [0, 1], {np.count_nonzero(np.isnan(images))} of them NaN "
            f"(smallest {smallest}, largest {largest}). Divide by 255, or store uint8 in 0 to 255."
        )


def _check_labels(labels: np.ndarray, n_images: int, label: str) -> None:
    if labels.ndim != 1:
        raise DataError(f"{label}: shape {labels.shape}; allowed is ({n_images},), one label an image. Flatten it.")
    if labels.dtype.kind not in "iu":
        raise DataError(f"{label}: type {labels.dtype}; allowed are integers from 0. Convert it with astype('int64').")
    if len(labels) != n_images:
        raise DataError(f"{label}: {len(labels)} labels for {n_images} images. Give one label for each image.")
    if labels.min() < 0:
        raise DataError(f"{label}: label {labels.min()}; allowed are integers from 0. Number the classes from 0.")


def _with_channels(images: np.ndarray) -> np.ndarray:
    """Images of shape (n, height, width, channels), uint8 or float32, in C order."""
    if images.ndim == 3:
        images = images[..., np.newaxis]
    return np.ascontiguousarray(images, dtype=np.uint8 if images.dtype == np.uint8 else np.float32)


def _class_names(arrays: dict[str, np.ndarray], label: str) -> tuple[str, ...]:
    if "class_names" not in arrays:
        largest = int(arrays["y_train"].max())
        if largest >= MAX_CLASSES:
            raise DataError(
                f"{label}: y_train: label {largest}; at most {MAX_CLASSES} classes are allowed. "
                "Number the classes from 0 without gaps."
            )
        return tuple(str(number) for number in range(largest + 1))
    names = arrays["class_names"]
    if names.ndim != 1 or names.dtype.kind != "U" or len(set(names.tolist())) != len(names):
        raise DataError(
            f"{label}: class_names has shape {names.shape} and type {names.dtype}; allowed is (n_classes,) of strings, "
            "each different. Write numpy.array(['cat', 'dog'])."
        )
    return tuple(names.tolist())


def _check_classes(labels: np.ndarray, class_names: tuple[str, ...], label: str) -> None:
    if labels.max() >= len(class_names):
        raise DataError(
            f"{label}: label {labels.max()}; with {len(class_names)} classes, 0 to {len(class_names) - 1} are allowed. "
            "Correct the label, or give class_names for every class."
        )
