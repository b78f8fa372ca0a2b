"""Settings of all Keras that the project works with, whatever `keras.json` and the environment have set."""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import keras

# What Keras calls them, and what they are here but for floatx and the policy, which are the type. The limits would end
# an epoch or a training early; Keras before 3.11 has none.
FIXED = {"epsilon": 1e-7, "image_data_format": "channels_last", "max_epochs": None, "max_steps_per_epoch": None}
NAMES = [name for name in ("floatx", "dtype_policy", *FIXED) if hasattr(keras.config, f"set_{name}")]


@contextmanager
def keras_settings(dtype: str) -> Iterator[None]:
    """Compute in `dtype`, with channels last and Keras's own epsilon and limits, while the body runs.

    Args:
        dtype: `"float32"` or `"float64"`.
    """
    before = {name: getattr(keras.config, name)() for name in NAMES}
    try:
        for name in NAMES:
            # Keras keeps the policy that it made from an earlier floatx, and would go on computing in that type.
            getattr(keras.config, f"set_{name}")(FIXED.get(name) if name in FIXED else dtype)
        yield
    finally:
        for name, value in before.items():
            getattr(keras.config, f"set_{name}")(value)


def with_keras_settings(method: Callable) -> Callable:
    """Run a method of an object with a `dtype` in `keras_settings` of that type."""

    @wraps(method)
    def within(self, *arguments: Any, **options: Any) -> Any:
        with keras_settings(self.dtype):
            return method(self, *arguments, **options)

    return within


def keep_float64() -> None:
    """Let Keras multiply float64 in float64 on every backend.

    On JAX and PyTorch its table of result types turns float64 into float32, whatever floatx is. There is no setting for
    that, so the table is changed; where a version of Keras has none, nothing is done.
    """
    with contextlib.suppress(ImportError, AttributeError):
        from keras.src.backend.common import dtypes

        dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"
