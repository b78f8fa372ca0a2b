"""Labels as users' files hold them, made numbers from 0.

Taken are one whole number an image, (n,) or (n, 1); one-hot rows (n, n_classes); and names of classes, (n,) of strings.
"""

from __future__ import annotations

import sys

import numpy as np

from harness.base.checks import MAX_CLASSES
from harness.base.errors import DataError
from harness.base.text import UNFIT, printable
from harness.datasets.npz import Header

MAX_BYTES_OF_NAMES = 1 << 21


def check_label_form(labels: Header, n_images: int, label: str) -> None:
    """Raise `DataError` unless an array has the shape and the type of labels for so many images."""
    shape, kind = labels.shape, labels.dtype.kind
    if len(shape) not in (1, 2) or 0 in shape or (len(shape) == 2 and shape[1] > 1 and kind not in "biuf"):
        raise DataError(
            f"{label}: shape {shape}; allowed are ({n_images},), one label an image, and ({n_images}, n_classes), "
            "one-hot."
        )
    is_one_hot = len(shape) == 2 and shape[1] > 1
    if kind not in ("biuf" if is_one_hot else "iuU"):
        raise DataError(
            f"{label}: type {labels.dtype}; allowed are integers from 0, and names. Convert it with astype('int64')."
        )
    if shape[0] != n_images:
        raise DataError(f"{label}: {shape[0]} labels for {n_images} images. Give one label for each image.")
    if is_one_hot and shape[1] > MAX_CLASSES:
        raise DataError(f"{label}: {shape[1]} classes; at most {MAX_CLASSES} are allowed.")


def check_names_form(names: Header, label: str) -> None:
    """Raise `DataError` unless an array has the shape, the type and the size of the names of classes."""
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


def named_classes(arrays: dict[str, np.ndarray], label: str) -> tuple[str, ...]:
    """Return the names of the classes: those of `class_names`, or of the labels, or else their numbers."""
    labels = arrays["y_train"]
    if "class_names" in arrays:
        return _checked(_native(arrays["class_names"]), label, "class_names")
    if labels.dtype.kind == "U":
        return _checked(np.unique(_native(labels)), label, "y_train")
    largest = labels.shape[1] - 1 if labels.ndim == 2 and labels.shape[1] > 1 else int(labels.max())
    if largest >= MAX_CLASSES:
        raise DataError(
            f"{label}: y_train: label {largest}, so {largest + 1} classes; at most {MAX_CLASSES} are "
            "allowed. Number the classes from 0 without gaps."
        )
    return tuple(map(str, range(largest + 1)))


def as_labels(array: np.ndarray, class_names: tuple[str, ...], label: str) -> np.ndarray:
    """Return labels (n,), int64 from 0.

    Args:
        array: in a form that `check_label_form` has let pass.
        class_names: of all classes.
        label: what to call the array in an error.

    Raises:
        DataError: for a row that is not one-hot, and a label that is no class.
    """
    if array.ndim == 2 and array.shape[1] > 1:
        if not (((array == 0) | (array == 1)).all() and (array.sum(axis=1) == 1).all()):
            raise DataError(
                f"{label}: shape {array.shape}, and not every row has a single 1 among zeros. Write "
                "y.argmax(axis=1), if the largest number of a row is its class."
            )
        array = array.argmax(axis=1)
    array = array.ravel()
    if array.dtype.kind == "U":
        numbers = {name: number for number, name in enumerate(class_names)}
        unknown = sorted(set(_native(array).tolist()) - set(numbers))
        if unknown:
            raise DataError(
                f"{label}: label {printable(unknown[0])!r} is none of the classes {', '.join(class_names[:10])}. "
                "Correct it, or give class_names for every class."
            )
        return np.array([numbers[name] for name in array.tolist()], np.int64)
    if array.min() < 0:
        raise DataError(f"{label}: label {array.min()}; allowed are integers from 0. Number the classes from 0.")
    if array.max() >= len(class_names):
        raise DataError(
            f"{label}: label {array.max()}; with {len(class_names)} classes, 0 to {len(class_names) - 1} are allowed. "
            "Correct the label, or give class_names for every class."
        )
    return array.astype(np.int64)


def _native(names: np.ndarray) -> np.ndarray:
    return names.astype(names.dtype.newbyteorder("="))


def _checked(names: np.ndarray, label: str, what: str) -> tuple[str, ...]:
    """Return names of classes, or raise `DataError` if one cannot be shown, or stands twice."""
    if names.view(np.uint32).max(initial=0) > sys.maxunicode:
        raise DataError(f"{label}: {what} holds what is no character. Write numpy.array(['cat', 'dog']).")
    found = names.tolist()
    unfit = [name for name in found if UNFIT.search(name)]
    if unfit or len(set(found)) < len(found):
        wrong = f"{printable(unfit[0])!r}, which cannot be printed" if unfit else "the same name twice"
        raise DataError(f"{label}: {what} holds {wrong}; allowed are printable strings, each different. Rename it.")
    if len(found) > MAX_CLASSES:
        raise DataError(f"{label}: {what} has {len(found)} names; at most {MAX_CLASSES} classes are allowed.")
    return tuple(found)
