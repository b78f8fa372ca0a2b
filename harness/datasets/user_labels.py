"""Labels as users' files hold them, made numbers from 0.

Taken are one whole number an image, (n,) or (n, 1), of any type; one-hot rows (n, n_classes); and names of classes,
(n,) of strings. An advice is an expression of `y` that can be copied.
"""

from __future__ import annotations

import sys

import numpy as np

from harness.base.checks import LARGEST_NUMBER, MAX_CLASSES
from harness.base.errors import DataError
from harness.base.text import UNFIT, printable
from harness.datasets.npz import Header

MAX_BYTES_OF_NAMES = 1 << 21


def check_label_form(labels: Header, images: tuple[int, ...], label: str) -> None:
    """Raise `DataError` unless an array has the shape and the type of labels for images of this shape."""
    shape, kind, n = labels.shape, labels.dtype.kind, images[0]
    if len(shape) not in (1, 2) or 0 in shape or (len(shape) == 2 and shape[1] > 1 and kind not in "biuf"):
        raise DataError(
            f"{label}: shape {shape}; allowed are ({n},), one label an image, and ({n}, n_classes), one-hot."
        )
    if kind not in "biufU":
        advice = "numpy.char.decode(y)" if kind == "S" else "y.astype(str), if each is the name of a class"
        raise DataError(f"{label}: type {labels.dtype}; allowed are whole numbers from 0, and names. Write {advice}.")
    if shape[0] != n:
        advice = "Give one label for each image."
        if len(shape) == 2 and shape[1] == n:
            advice = "Write y.T."
        elif images[-1] == shape[0]:
            advice += f" If the last of the axes {images} counts the images, write numpy.moveaxis(x, -1, 0)."
        raise DataError(f"{label}: {shape[0]} labels for {n} images. {advice}")
    if is_one_hot(labels) and shape[1] > MAX_CLASSES:
        raise DataError(f"{label}: {shape[1]} classes; at most {MAX_CLASSES} are allowed.")


def is_one_hot(labels: Header | np.ndarray) -> bool:
    """Return whether labels have a row for each image."""
    return len(labels.shape) == 2 and labels.shape[1] > 1


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


def without_fractions(labels: np.ndarray, label: str) -> np.ndarray:
    """Return labels that are whole numbers of any type as integers, and one-hot rows and names as they are.

    Raises:
        DataError: for a number that is not whole.
    """
    if is_one_hot(labels) or labels.dtype.kind not in "bf":
        return labels
    if not np.isfinite(labels).all():
        raise DataError(
            f"{label}: {np.count_nonzero(~np.isfinite(labels))} labels are no numbers. Leave these images out: write "
            "x[numpy.isfinite(y)] and y[numpy.isfinite(y)]."
        )
    whole = np.abs(labels) < LARGEST_NUMBER
    whole &= labels == np.round(labels)
    if not whole.all():
        raise DataError(
            f"{label}: label {labels[~whole].flat[0]}; allowed are whole numbers from 0, and names. Write "
            "y.astype(str), if each number is the name of a class."
        )
    return labels.astype(np.int64)


def named_classes(labels: dict[str, np.ndarray], names: np.ndarray | None, label: str) -> tuple[str, ...]:
    """Return the names of the classes: those given, or those in the training labels, or else their numbers.

    Args:
        labels: `y_train` and `y_test`.
        names: of the file's `class_names`, or `None`.
        label: what to call the file in an error.
    """
    train, test = labels["y_train"], labels["y_test"]
    if names is not None:
        return _checked(_native(names), label, "class_names")
    if train.dtype.kind == "U":
        if test.dtype.kind != "U":
            raise DataError(f"{label}: y_train holds names, and y_test {test.dtype}. Give both the same labels.")
        return _in_order(_checked(np.unique(_native(train)), label, "y_train"))
    largest = train.shape[1] - 1 if is_one_hot(train) else int(train.max())
    if largest >= MAX_CLASSES:
        n = len(np.unique(train))
        if n > MAX_CLASSES:
            raise DataError(f"{label}: y_train: {n} classes; at most {MAX_CLASSES} are allowed. Leave some out.")
        raise DataError(
            f"{label}: y_train: label {largest}, so {largest + 1} classes; at most {MAX_CLASSES} are allowed. "
            "Write y.astype(str): each number is then the name of a class."
        )
    return tuple(map(str, range(largest + 1)))


def as_labels(array: np.ndarray, class_names: tuple[str, ...], label: str) -> np.ndarray:
    """Return labels (n,), int64 from 0.

    Args:
        array: in a form that `check_label_form` has let pass, `without_fractions`.
        class_names: of all classes.
        label: what to call the array in an error.

    Raises:
        DataError: for a row that is not one-hot, and a label that is no class.
    """
    if is_one_hot(array):
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
        raise DataError(
            f"{label}: label {array.min()}; allowed are whole numbers from 0. Write y.astype(str) for y_train and "
            "y_test: each number is then the name of a class."
        )
    n = len(class_names)
    if array.max() >= n:
        from_one = "Write y - 1 for y_train and y_test if their labels begin at 1. Else correct"
        raise DataError(
            f"{label}: label {array.max()}; with {n} classes, 0 to {n - 1} are allowed. "
            f"{from_one if array.min() > 0 and array.max() == n else 'Correct'} the label, or give class_names for "
            "every class."
        )
    return array.astype(np.int64)


def _in_order(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return names in the order of their numbers where each is one: 2 before 10."""
    try:
        return tuple(sorted(names, key=float))
    except ValueError:
        return names


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
