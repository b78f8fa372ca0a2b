"""Activations as layers of their own."""

from __future__ import annotations

import numpy as np

from numpy_model import activations
from numpy_model.layer import Layer


class Activation(Layer):
    """An activation function on inputs of any shape.

    Args:
        activation: a Keras name such as `"relu"`, a function of `activations`, or `None`.
        name, dtype: see `Layer`.

    Input and output shape: (N, ...).

    Raises:
        ValueError: for another name.

    Source: https://keras.io/api/layers/core_layers/activation/

    Example:
        >>> layer = Activation("relu", dtype="float64")
        >>> layer.build((3,))
        (3,)
        >>> layer.forward(np.array([[-1.0, 0.0, 2.0]]))
        array([[0., 0., 2.]])
    """

    def __init__(
        self, activation: str | activations.Activation | None, name: str | None = None, dtype: str | None = None
    ) -> None:
        super().__init__(name, dtype)
        self.activation = activations.get(activation)

    def forward(self, inputs: np.ndarray, training: bool = False) -> np.ndarray:
        """Return activation(inputs)."""
        self.check_input(inputs)
        outputs = self.activation.forward(inputs)
        self.remember(training, outputs)
        return outputs

    def backward(self, grad_outputs: np.ndarray) -> np.ndarray:
        """Return the gradient of the inputs."""
        (outputs,) = self.recall(grad_outputs)
        return self.activation.backward(grad_outputs, outputs)


class ReLU(Activation):
    """max(inputs, 0).

    Args:
        name, dtype: see `Layer`.

    Source: https://keras.io/api/layers/activation_layers/relu/
    """

    def __init__(self, name: str | None = None, dtype: str | None = None) -> None:
        super().__init__("relu", name, dtype)


class Softmax(Activation):
    """exp(inputs) / sum(exp(inputs)), along the last axis.

    Args:
        name, dtype: see `Layer`.

    Source: https://keras.io/api/layers/activation_layers/softmax/
    """

    def __init__(self, name: str | None = None, dtype: str | None = None) -> None:
        super().__init__("softmax", name, dtype)
