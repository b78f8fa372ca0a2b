"""How much a network computes."""

import math
from collections.abc import Callable

import numpy_model


def multiplications(network: Callable, input_shape: tuple[int, ...] = (28, 28, 1), n_classes: int = 10) -> int:
    """Return the multiplications that a network's prediction of one image takes in matrix products.

    An output of a layer takes one for each number of its kernel. A training step takes about three times as many.

    Args:
        network: a function (nn, input_shape, n_classes) of the library, of dense layers and plain convolutions.
        input_shape: (H, W, C) of an image.
        n_classes: number of classes.
    """
    model = network(numpy_model, input_shape, n_classes)
    kernels = [(layer, layer.params["kernel"]) for layer in model.layers if "kernel" in layer.params]
    return sum(math.prod(layer.output_shape[:-1]) * kernel.size for layer, kernel in kernels)
