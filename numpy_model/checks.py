"""Checks of the arguments that layers are given, and of shapes."""

import math
import os
from collections.abc import Iterable, Sequence
from typing import NoReturn

import numpy as np


def whole_numbers(layer: str, argument: str, value: int | Sequence[int], length: int) -> tuple[int, ...]:
    """Return `value` as a tuple of `length` positive whole numbers; a single number stands for all.

    Raises:
        ValueError: naming the layer, the argument and the value.
    """
    numbers = value if isinstance(value, tuple | list) else (value,) * length
    if len(numbers) != length or not all(is_whole(number) and number > 0 for number in numbers):
        raise ValueError(
            f"layer {layer}: {argument} is {value!r}; allowed is a positive whole number or {length} of them"
        )
    return tuple(int(number) for number in numbers)


def is_whole(number: object) -> bool:
    """Return whether `number` is an integer, of Python's or NumPy's kind, and not a boolean."""
    return isinstance(number, int | np.integer) and not isinstance(number, bool)


def check_count(name: str, value: object, least: int = 1) -> None:
    """Raise `ValueError` unless `value` is a whole number of at least `least`, by default 1."""
    if not is_whole(value) or value < least:
        raise ValueError(f"{name} is {value!r}; allowed is a whole number of at least {least}")


def check_only(name: str, value: object, *allowed: object) -> None:
    """Raise `ValueError` unless an argument has one of the values that it may have here.

    Example:
        >>> check_only("steps_per_epoch", 10, None)
        Traceback (most recent call last):
        ValueError: steps_per_epoch is 10; allowed is None
    """
    if not any(value is one or (type(value) is type(one) and value == one) for one in allowed):
        raise ValueError(f"{name} is {value!r}; allowed is {' or '.join(map(repr, allowed))}")


def as_keras_casts(value: float, dtype: np.dtype) -> np.floating:
    """Return a Python number in `dtype` by way of float32, as `keras.ops.cast` does: 0.9 is 0.89999998 in float64."""
    return dtype.type(np.float32(value))


def check_number(
    name: str,
    value: object,
    above: float | None = None,
    least: float | None = None,
    below: float | None = None,
    most: float | None = None,
) -> float:
    """Return `value` as a float, or raise `ValueError` naming it and its range."""
    wanted = {"above": above, "at least": least, "below": below, "at most": most}
    text = " and ".join(f"{words} {bound}" for words, bound in wanted.items() if bound is not None)
    try:
        number = math.nan if isinstance(value, str | bool) else float(value)
    except (TypeError, ValueError):
        number = math.nan
    inside = (
        math.isfinite(number)
        and (above is None or number > above)
        and (least is None or number >= least)
        and (below is None or number < below)
        and (most is None or number <= most)
    )
    if not inside:
        raise ValueError(f"{name} is {value!r}; allowed is a finite number {text}")
    return number


def real_numbers(name: str, value: object, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Return `value` as an array of this shape and type, or raise `ValueError` naming it.

    Example:
        >>> real_numbers("bias", [1, None], (2,), np.dtype("float32"))
        Traceback (most recent call last):
        ValueError: bias holds object; allowed are real numbers
    """
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} is no array ({error}); allowed are real numbers of shape {shape}") from error
    if array.shape != shape:
        raise ValueError(f"{name} has shape {shape}, and received {array.shape}")
    if array.dtype.kind in "cmMOSU":
        raise ValueError(f"{name} holds {array.dtype}; allowed are real numbers")
    return array.astype(dtype, copy=False)


def check_path(name: str, value: object) -> None:
    """Raise `TypeError` unless `value` is a path."""
    if not isinstance(value, str | os.PathLike):
        raise TypeError(f"{name} is {value!r}; allowed is a path, as text or pathlib.Path")


def check_rank(layer: str, input_shape: Sequence[int], rank: int, meaning: str) -> tuple[int, ...]:
    """Return `input_shape` as a tuple of `rank` positive whole numbers, or raise `ValueError` naming the layer."""
    shape = tuple(input_shape)
    if len(shape) != rank or not all(is_whole(size) and size > 0 for size in shape):
        raise ValueError(f"layer {layer} needs inputs of shape {meaning}, and was given {shape}")
    return tuple(int(size) for size in shape)


def refuse_name(module: str, name: str, names: Iterable[str]) -> NoReturn:
    """Raise the `AttributeError` of a module that has no such name, with the public names that it has.

    Example:
        >>> refuse_name("layers", "LSTM", ["Dense", "Flatten"])
        Traceback (most recent call last):
        AttributeError: numpy_model.layers has no 'LSTM'; there are Dense, Flatten
    """
    raise AttributeError(f"numpy_model.{module} has no {name!r}; there are {', '.join(sorted(names))}")
