"""Settings of the whole library: the type that new layers compute in, as `keras.config` has it, and threads."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

FLOAT_TYPES = ("float32", "float64")

ASKED_FROM = 1 << 26  # bytes: less is had everywhere

_floatx = "float32"
_threads = None


def floatx() -> str:
    """Return the name of the default floating-point type: `"float32"` unless set otherwise."""
    return _floatx


def set_floatx(value: str) -> None:
    """Set the type of layers made from now on.

    Args:
        value: `"float32"` (the default) or `"float64"`.

    Raises:
        ValueError: for any other type.
    """
    global _floatx
    _floatx = check_float_type(value)


def check_float_type(value: str) -> str:
    """Return `value` if layers can compute in it, and raise `ValueError` if not."""
    if value not in FLOAT_TYPES:
        raise ValueError(f"dtype is {value!r}; allowed are {' and '.join(map(repr, FLOAT_TYPES))}")
    return value


def threads() -> int:
    """Return how many processes share a batch, each with one thread: one for each core, unless set otherwise."""
    return _threads or usable_cores()


def set_threads(value: int | None) -> None:
    """Set how many processes share a batch of several samples, each with one thread.

    Args:
        value: a positive whole number, or `None` for one for each core.

    Raises:
        ValueError: for anything else.
    """
    global _threads
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
        raise ValueError(f"threads is {value!r}; allowed is a whole number of at least 1, or None")
    _threads = value


@contextmanager
def scope(**settings: str | int | None) -> Iterator[None]:
    """Set `floatx`, `threads` or both while the body runs, and then put them back.

    Args:
        settings: `floatx` and `threads`, each as its own function takes it.

    Example:
        >>> with scope(floatx="float64"):
        ...     floatx()
        'float64'
        >>> floatx()
        'float32'
    """
    setters = {"floatx": (set_floatx, floatx()), "threads": (set_threads, _threads)}
    try:
        for name, value in settings.items():
            setters[name][0](value)
        yield
    finally:
        for name in settings:
            setter, before = setters[name]
            setter(before)


def usable_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def available_memory() -> int | None:
    """Return the bytes of memory that can be had without swapping, or `None` where the system does not show them."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            kilobytes = next(line.split()[1] for line in file if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        return None
    return int(kilobytes) * 1024


def check_memory(n_bytes: int, what: str, remedy: str) -> None:
    """Raise `MemoryError`, before it is taken, if there is less memory than is needed.

    Args:
        n_bytes: that are needed.
        what: needs it, and `remedy`, what to do otherwise: words for the message.

    Example:
        >>> check_memory(2**20, "layer dense", "use fewer units")
    """
    free = available_memory() if n_bytes >= ASKED_FROM else None
    if free is not None and n_bytes > free:
        needed, had = (f"{size / 1e9:,.2f} GB" for size in (n_bytes, free))
        raise MemoryError(f"{what} needs {needed} of memory, and {had} are free; {remedy}")
