"""PixelBias: a number of its own added to every pixel of every channel.

Letters: N images, H x W pixels, C channels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from numpy_model import activations, initializers
from numpy_model.checks import check_rank
from numpy_model.layer import Layer

if TYPE_CHECKING:
    from numpy_model.activations import Activation


class PixelBias(Layer):
    """A bias for each pixel, and an activation.

        logits = inputs + bias

    After a convolution without a bias this is a convolution with one bias per output pixel, elsewhere called untied
    biases. Keras has no such layer; its twin is `keras_model.layers.PixelBias`.

    Args:
        activation: a Keras name such as `"relu"`, a function of `activations`, or `None` (the default).
        bias_initializer: a Keras name or a callable; default `"zeros"`.
        name, dtype: see `Layer`.

    Input and output shape: (N, H, W, C).
    Parameters: `bias` (H, W, C).

    Raises:
        ValueError: for arguments, or in `build` an input shape, that it cannot have.

    Example:
        >>> layer = PixelBias(bias_initializer="ones", dtype="float64")
        >>> layer.build((1, 2, 1))
        (1, 2, 1)
        >>> layer.forward(np.array([3.0, 4.0]).reshape(1, 1, 2, 1))[0, :, :, 0]
        array([[4., 5.]])
    """

    def __init__(
        self,
        activation: str | Activation | None = None,
        bias_initializer: str | Callable = "zeros",
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, dtype)
        self.activation = activations.get(activation)
        self.bias_initializer = initializers.get(bias_initializer)

    def build(self, input_shape: Sequence[int]) -> tuple[int, ...]:
        """Make the bias for inputs of shape (H, W, C), and return the output shape."""
        self.input_shape = check_rank(self.name, input_shape, 3, "(height, width, channels)")
        self.output_shape = self.input_shape
        self.add_param("bias", self.input_shape, self.bias_initializer)
        return self.output_shape

    def forward(self, inputs: np.ndarray, training: bool = False) -> np.ndarray:
        """Return activation(inputs + bias), (N, H, W, C)."""
        self.check_input(inputs)
        outputs = self.activation.forward(inputs + self.params["bias"])
        self.remember(training, outputs)
        return outputs

    def backward(self, grad_outputs: np.ndarray) -> np.ndarray:
        """Fill `grads`, and return the gradient of the inputs, (N, H, W, C)."""
        (outputs,) = self.recall(grad_outputs)
        grad_logits = self.activation.backward(grad_outputs, outputs)
        self.grads["bias"][...] = grad_logits.sum(axis=0)
        return grad_logits
