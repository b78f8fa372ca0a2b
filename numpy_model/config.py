"""The floating-point type that new layers compute in, as `keras.config` has it."""

FLOAT_TYPES = ("float32", "float64")

_floatx = "float32"


def floatx():
    """Return the name of the default floating-point type: `"float32"` unless set otherwise."""
    return _floatx


def set_floatx(value):
    """Set the type of layers made from now on.

    Args:
        value: `"float32"` (the default) or `"float64"`.

    Raises:
        ValueError: for any other type.
    """
    global _floatx
    _floatx = check_float_type(value)


def check_float_type(value):
    """Return `value` if layers can compute in it, and raise `ValueError` if not."""
    if value not in FLOAT_TYPES:
        raise ValueError(f"dtype is {value!r}; allowed are {' and '.join(map(repr, FLOAT_TYPES))}")
    return value
