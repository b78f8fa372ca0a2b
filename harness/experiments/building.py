"""A network and an optimizer, written as functions of the library, become a model."""

from collections.abc import Callable
from types import ModuleType

import numpy_model
from harness.experiments.losses import LOSS


def compiled_numpy_model(
    network: Callable,
    optimizer: Callable,
    dtype: str = "float32",
    library: ModuleType = numpy_model,
    loss: Callable | str = LOSS,
) -> numpy_model.Sequential:
    """Return a network of `numpy_model`, compiled.

    Args:
        network: a function of the library that returns a `Sequential`.
        optimizer: a function of the library that returns an optimizer.
        dtype: `"float32"` (the default) or `"float64"`.
        library: `numpy_model` (the default), or one with the same names.
        loss: a name of Keras's, or a function of the library that returns a loss. Default that of whole-number labels.

    Raises:
        ValueError: if the network cannot be built.
    """
    with numpy_model.config.scope(floatx=dtype):
        model = network(library)
        model.compile(optimizer(library), loss=loss(library) if callable(loss) else loss, metrics=["accuracy"])
    return model
