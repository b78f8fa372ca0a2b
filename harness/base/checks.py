"""Checks of single values, shared by all configurations."""

import math
from collections.abc import Collection, Sequence

from harness.base.errors import DataError, UsageError

# Up to here, whole numbers are read exactly from a table of floats.
LARGEST_NUMBER = 2**53
# One output and one name are made for every class, and for every pair of classes a number in the table of confusions: a
# stray label such as 2**40 must not make a trillion of them.
MAX_CLASSES = 1_000


def check_name(kind: str, name: object, allowed: Collection[str]) -> None:
    """Raise `UsageError` unless `name` is one of the allowed."""
    if not isinstance(name, str) or name not in allowed:
        raise UsageError(f"unknown {kind} {name!r}; allowed are {', '.join(allowed)}")


def check_distinct(kind: str, values: Sequence) -> None:
    """Raise `UsageError` unless there is a value, and none stands twice."""
    if not values:
        raise UsageError(f"no {kind} given; name at least one")
    if len(set(values)) < len(values):
        raise UsageError(f"{kind} are {' '.join(map(str, values))}; name each once")


def check_whole(name: str, value: object, least: int) -> None:
    """Raise `UsageError` unless `value` is a whole number of at least `least`, below 2**53."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise UsageError(f"{name.replace('_', ' ')} is {value!r}; allowed is a whole number of at least {least}")
    if value >= LARGEST_NUMBER:
        raise UsageError(f"{name.replace('_', ' ')} is {value}; allowed is a whole number below {LARGEST_NUMBER}")


def check_learning_rate(value: object) -> None:
    """Raise `UsageError` unless `value` is a finite number above 0."""
    if not (isinstance(value, int | float) and math.isfinite(value) and value > 0):
        raise UsageError(f"learning rate is {value}; allowed is a finite number above 0")


def check_data_memory(n_bytes: int, what: str, remedy: str) -> None:
    """Raise `DataError`, before it is taken, if there is less memory than data needs.

    Args:
        n_bytes: that are needed.
        what: needs it, in words.
        remedy: what to do otherwise.
    """
    from numpy_model.config import check_memory  # with NumPy, which a command line does without

    try:
        check_memory(n_bytes, what, remedy)
    except MemoryError as error:
        raise DataError(str(error)) from error
