"""The network of a NumPy model in JAX: a function of parameters and images, in Keras's layouts.

Letters: N images, H x W pixels, C channels, F classes.
"""

import jax
import numpy as np
from jax import lax
from jax import numpy as jnp

from numpy_model import Sequential, activations, layers

Parameters = list[tuple[jax.Array, jax.Array]]


class JaxNetwork:
    """A network as a function, and its parameters.

    Args:
        model: a `numpy_model.Sequential` of convolutions, max pooling, Flatten and Dense, with a softmax at its end.

    Attributes:
        parameters: kernel and bias of each layer that has them.
    """

    def __init__(self, model: Sequential) -> None:
        self._layers = model.layers
        self.start(model.get_weights())

    def get_weights(self) -> list[np.ndarray]:
        """Return copies of all parameters, in Keras's order and layout."""
        return [np.array(parameter) for pair in self.parameters for parameter in pair]

    def start(self, weights: list[np.ndarray]) -> None:
        """Set all parameters, from Keras's order and layout."""
        arrays = [jnp.array(weight) for weight in weights]
        self.parameters = list(zip(arrays[::2], arrays[1::2], strict=True))

    def logits(self, parameters: Parameters, x: jax.Array) -> jax.Array:
        """Return what the last softmax is taken of, (N, F).

        Args:
            parameters: as in the attribute.
            x: (N, H, W, C).
        """
        pairs = iter(parameters)
        for layer in self._layers:
            x = outputs_of(layer, x, next(pairs)) if layer.params else outputs_of(layer, x)
        return x


def outputs_of(layer: layers.Layer, x: jax.Array, pair: tuple[jax.Array, jax.Array] | None = None) -> jax.Array:
    """Return the outputs of a layer, before a softmax.

    Args:
        layer: of NumPy's.
        x: its inputs.
        pair: kernel and bias, if it has them.

    Raises:
        ValueError: if this module has no such layer.
    """
    match layer:
        case layers.Conv2D(strides=(1, 1), dilation_rate=(1, 1), use_bias=True):
            kernel, bias = pair
            dimensions = ("NHWC", "HWIO", "NHWC")
            x = lax.conv_general_dilated(x, kernel, (1, 1), layer.padding.upper(), dimension_numbers=dimensions)
            return activated(layer, x + bias)
        case layers.MaxPooling2D(padding="valid"):
            window, strides = (1, *layer.pool_size, 1), (1, *layer.strides, 1)
            return lax.reduce_window(x, -jnp.inf, lax.max, window, strides, "VALID")
        case layers.Flatten():
            return x.reshape(len(x), -1)
        case layers.Dense(use_bias=True):
            kernel, bias = pair
            return activated(layer, x @ kernel + bias)
    raise ValueError(f"layer {layer.name} is a {type(layer).__name__} that is not written in JAX here")


def activated(layer: layers.Layer, logits: jax.Array) -> jax.Array:
    """Return the activation of a layer, but the logits for a softmax: the loss takes them."""
    match layer.activation:
        case activations.Relu():
            return jax.nn.relu(logits)
        case activations.Softmax():
            return logits
    raise ValueError(f"layer {layer.name} has an activation that is not written in JAX here")
