"""Images as users' files hold them, made (n, height, width, channels).

Taken are (n, height, width), (n, height, width, channels), (n, channels, height, width) where channels are 1 or 3 and
the last axis is neither, and rows (n, size * size) of square gray images. Their numbers are 0 to 255, fractions from 0
to 1, or booleans.

An advice is an expression of `x` that can be copied. What it gives is read, and shows what was meant.
"""

from __future__ import annotations

import math

import numpy as np

from harness.base.errors import DataError
from harness.datasets.npz import Header

FORMS = "allowed are (n, height, width), (n, height, width, channels), and rows (n, size * size) of square gray images"


def shape_of_one(shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Return the shape of one image, (height, width, channels).

    >>> shape_of_one((6, 28, 20)), shape_of_one((6, 3, 28, 20)), shape_of_one((6, 784))
    ((28, 20, 1), (28, 20, 3), (28, 28, 1))
    """
    if len(shape) == 2:
        return math.isqrt(shape[1]), math.isqrt(shape[1]), 1
    if is_channels_first(shape):
        return shape[2], shape[3], shape[1]
    return (*shape[1:3], shape[3] if len(shape) == 4 else 1)


def is_channels_first(shape: tuple[int, ...]) -> bool:
    """Return whether a shape can only be (n, channels, height, width): the second axis has 1 or 3, the last neither."""
    return len(shape) == 4 and shape[1] in (1, 3) and shape[3] not in (1, 3)


def check_image_form(images: Header, label: str) -> None:
    """Raise `DataError` unless an array has the shape and the type of images."""
    shape = images.shape
    if len(shape) not in (2, 3, 4) or 0 in shape:
        raise DataError(f"{label}: shape {shape}; {FORMS}, at least one image of one pixel.")
    if len(shape) == 2 and math.isqrt(shape[1]) ** 2 != shape[1]:
        raise DataError(
            f"{label}: shape {shape}; {FORMS}. {shape[1]} pixels are no square: write x.reshape(-1, height, width), "
            "x.reshape(-1, height, width, channels), or x.reshape(-1, channels, height, width) if all red stands "
            "before all green, as in CIFAR-10."
        )
    if images.dtype.kind not in "biuf":
        raise DataError(f"{label}: type {images.dtype}; allowed are numbers from 0 to 255, fractions and booleans.")


def as_images(array: np.ndarray, label: str, both: tuple[np.ndarray, ...]) -> np.ndarray:
    """Return images (n, height, width, channels), uint8 or float32, in C order.

    Args:
        array: in a form that `check_image_form` has let pass.
        label: what to call the array in an error.
        both: the images for training and for the test, which are to be scaled alike.

    Raises:
        DataError: if a number is none of an image's.
    """
    if array.dtype.kind in "iu":
        array = _bytes(array, label, both)
    elif array.dtype.kind == "f":
        _check_fractions(array, label, both)
    if is_channels_first(array.shape):
        array = array.transpose(0, 2, 3, 1)
    array = array.reshape(len(array), *shape_of_one(array.shape))
    return np.ascontiguousarray(array, dtype=np.uint8 if array.dtype == np.uint8 else np.float32)


def doubts(shape: tuple[int, ...], images: tuple[np.ndarray, ...]) -> list[str]:
    """Return what a user should look at, in words: images that were read, and may be meant otherwise.

    Args:
        shape: of the training images as stored.
        images: those for training and for the test, from `as_images`.
    """
    found = []
    height, width, channels = images[0].shape[1:]
    if len(shape) == 2:
        found.append(f"rows of {shape[1]} numbers are read as gray images of {height} x {width} pixels")
    elif channels > 4:
        found.append(
            f"images of shape {shape[1:]} are read as {height} x {width} pixels of {channels} channels; if the "
            "channels come first, write x.transpose(0, 2, 3, 1)"
        )
    white = 255 if images[0].dtype == np.uint8 else 1
    brightest = max(part.max().item() * white / (255 if part.dtype == np.uint8 else 1) for part in images)
    if 0 < brightest < white / 2:
        found.append(
            f"no pixel is above {brightest:g}, and white is {white}; if that is white, write x / {brightest!r}"
        )
    return found


def _bytes(array: np.ndarray, label: str, both: tuple[np.ndarray, ...]) -> np.ndarray:
    smallest, largest = array.min(), array.max()
    if smallest < 0 or largest > 255:
        raise DataError(
            f"{label}: whole numbers from {smallest} to {largest}; allowed are 0 to 255. {_how_to_scale(both)}"
        )
    if largest == 1:
        raise DataError(
            f"{label}: whole numbers from 0 to 1, and as bytes 1 would be nearly black. Write x.astype(bool), or "
            "x.astype('float32'), if 1 is white."
        )
    return array.astype(np.uint8)


def _check_fractions(images: np.ndarray, label: str, both: tuple[np.ndarray, ...]) -> None:
    smallest, largest = images.min(), images.max()  # NaN if any pixel is
    if smallest >= 0 and largest <= 1:
        return
    n_bad = np.count_nonzero(~((images >= 0) & (images <= 1)))
    n_nan = np.count_nonzero(np.isnan(images))
    raise DataError(
        f"{label}: {n_bad} pixels are not in [0, 1], {n_nan} of them NaN "
        f"(smallest {smallest}, largest {largest}). {_how_to_scale(both)}"
    )


def _how_to_scale(both: tuple[np.ndarray, ...]) -> str:
    """Return what to write to have fractions from 0 to 1, the same for training and test."""
    extremes = [_extremes(part) for part in both]
    low, high = min(low for low, _ in extremes), max(high for _, high in extremes)
    if not (low < high or 0 <= low <= 1):
        return "No two finite pixels differ: there is nothing to tell classes by."
    low, high = (int(number) if number == round(number) else float(number) for number in (low, high))
    if low >= 0 and (high <= 1 or 128 <= high <= 255):
        low, high = 0, 1 if high <= 1 else 255
    if not all(np.isfinite(part).all() for part in both):
        expression = f"numpy.interp(numpy.nan_to_num(x, nan={low}), ({low}, {high}), (0, 1))"
    else:
        expression = "x / 255" if (low, high) == (0, 255) else f"numpy.interp(x, ({low}, {high}), (0, 1))"
    return f"Write {expression} for x_train and x_test alike."


def _extremes(part: np.ndarray) -> tuple[float, float]:
    if part.dtype.kind != "f":
        return part.min(), part.max()
    finite = np.isfinite(part)
    return part.min(where=finite, initial=np.inf), part.max(where=finite, initial=-np.inf)
