"""Reads a user's own data set from an .npz file, and says exactly what is wrong with it."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path

import numpy as np

from harness.base.checks import MAX_CLASSES
from harness.base.errors import DataError
from harness.base.text import UNFIT, printable
from harness.datasets.catalog import DATASETS
from harness.datasets.dataset import Dataset
from harness.datasets.npz import KEYS, Header, read_npz
from harness.datasets.verify import array_sha256, open_regular

MAX_BYTES_OF_NAMES = 1 << 21


def load_user_file(path: str | os.PathLike) -> Dataset:
    """A data set from an .npz file.

    Args:
        path: file with x_train and x_test of shape (n, size, size), (n, size, size, 1) or (n, size, size, 3), uint8 or
            floating point in [0, 1]; y_train and y_test of shape (n,), integers from 0. An optional class_names,
            strings of shape (n_classes,); without it the classes are "0" to the largest training label.

    Raises:
        DataError: the file cannot be read or does not have this form.
    """
    path, label = Path(path), printable(path)
    with open_regular(path) as stream:
        arrays = read_npz(stream, label, optional=("class_names",), check=partial(_check_forms, label=label))
    for split in ("train", "test"):
        _check_pixels(arrays[f"x_{split}"], f"{label}: x_{split}")
        _check_not_negative(arrays[f"y_{split}"], f"{label}: y_{split}")
    class_names = _class_names(arrays, label)
    for key in ("y_train", "y_test"):
        _check_classes(arrays[key], class_names, f"{label}: {key}")
    return Dataset(
        name=_name(path),
        x_train=_with_channels(arrays["x_train"]),
        y_train=arrays["y_train"].astype(np.int64),
        x_test=_with_channels(arrays["x_test"]),
        y_test=arrays["y_test"].astype(np.int64),
        class_names=class_names,
        source=f"the file {label}",
        sha256={key: array_sha256(arrays[key]) for key in KEYS},
    )


def _name(path: Path) -> str:
    """The name of a user's data set, which names a folder of its results too."""
    stem = printable(path.stem)
    # Results under the name of a published data set would pass for its own, and "..", of ...npz, is another folder.
    return f"own-{stem}" if stem in DATASETS or stem.startswith(".") else stem


def _check_forms(headers: dict[str, Header], label: str) -> None:
    """Raise DataError unless the arrays will have the shapes and types of a data set; none has been read yet."""
    for split in ("train", "test"):
        images, labels = headers[f"x_{split}"], headers[f"y_{split}"]
        _check_image_form(images, f"{label}: x_{split}")
        _check_label_form(labels, images.shape[0], f"{label}: y_{split}")
    train, test = (_shape_of_one(headers[key]) for key in ("x_train", "x_test"))
    if train != test:
        raise DataError(
            f"{label}: x_train has images of shape {train}, x_test of shape {test}. "
            "Give both the same height, width and channels."
        )
    if "class_names" in headers:
        _check_names_form(headers["class_names"], label)


def _shape_of_one(images: Header) -> tuple[int, ...]:
    """The shape of one image, (height, width, channels)."""
    return images.shape[1:] if len(images.shape) == 4 else (*images.shape[1:], 1)


def _check_image_form(images: Header, label: str) -> None:
    shape = images.shape
    is_square = len(shape) in (3, 4) and shape[1] == shape[2]
    if not is_square or (len(shape) == 4 and shape[3] not in (1, 3)) or 0 in shape:
        raise DataError(
            f"{label}: shape {shape}; allowed are (n, size, size), (n, size, size, 1) and (n, size, size, 3): square "
            "images, at least one. Pad or crop them, and put the channels last."
        )
    if images.dtype != np.uint8 and images.dtype.kind != "f":
        raise DataError(
            f"{label}: type {images.dtype}; allowed are uint8 in 0 to 255 and floating point in [0, 1]. "
            f"Convert it with astype('uint8')."
        )


def _check_pixels(images: np.ndarray, label: str) -> None:
    if images.dtype == np.uint8:
        return
    smallest, largest = images.min(), images.max()  # NaN if any pixel is
    if not (smallest >= 0 and largest <= 1):
        n_bad = np.count_nonzero(~((images >= 0) & (images <= 1)))
        raise DataError(
            f"{label}: {n_bad} pixels are not in [0, 1], {np.count_nonzero(np.isnan(images))} of them NaN "
            f"(smallest {smallest}, largest {largest}). Divide by 255, or store uint8 in 0 to 255."
        )


def _check_label_form(labels: Header, n_images: int, label: str) -> None:
    if len(labels.shape) != 1:
        raise DataError(f"{label}: shape {labels.shape}; allowed is ({n_images},), one label an image. Flatten it.")
    if labels.dtype.kind not in "iu":
        raise DataError(f"{label}: type {labels.dtype}; allowed are integers from 0. Convert it with astype('int64').")
    if labels.shape[0] != n_images:
        raise DataError(f"{label}: {labels.shape[0]} labels for {n_images} images. Give one label for each image.")


def _check_names_form(names: Header, label: str) -> None:
    if len(names.shape) != 1 or names.dtype.kind != "U":
        raise DataError(
            f"{label}: class_names has shape {names.shape} and type {names.dtype}; allowed is (n_classes,) of strings. "
            "Write numpy.array(['cat', 'dog'])."
        )
    if names.shape[0] > MAX_CLASSES or names.n_bytes > MAX_BYTES_OF_NAMES:
        raise DataError(
            f"{label}: class_names has {names.shape[0]} names, {names.n_bytes} bytes; allowed are {MAX_CLASSES} names "
            f"and {MAX_BYTES_OF_NAMES} bytes. Number the classes from 0 without gaps, and shorten the names."
        )


def _check_not_negative(labels: np.ndarray, label: str) -> None:
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
                f"{label}: y_train: label {largest}, so {largest + 1} classes; at most {MAX_CLASSES} are "
                "allowed. Number the classes from 0 without gaps."
            )
        return tuple(str(number) for number in range(largest + 1))
    names = arrays["class_names"]
    names = names.astype(names.dtype.newbyteorder("="))
    if names.view(np.uint32).max(initial=0) > sys.maxunicode:
        raise DataError(f"{label}: class_names holds what is no character. Write numpy.array(['cat', 'dog']).")
    names = names.tolist()
    unfit = [name for name in names if UNFIT.search(name)]
    if unfit or len(set(names)) < len(names):
        what = f"{printable(unfit[0])!r}, which cannot be printed" if unfit else "the same name twice"
        raise DataError(f"{label}: class_names holds {what}; allowed are printable strings, each different. Rename it.")
    return tuple(names)


def _check_classes(labels: np.ndarray, class_names: tuple[str, ...], label: str) -> None:
    if labels.max() >= len(class_names):
        raise DataError(
            f"{label}: label {labels.max()}; with {len(class_names)} classes, 0 to {len(class_names) - 1} are allowed. "
            "Correct the label, or give class_names for every class."
        )
