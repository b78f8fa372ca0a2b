"""Dense: every output is a weighted sum of all inputs.

Letters: N samples, D inputs, F units.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from numpy_model import activations, initializers, regularizers
from numpy_model.checks import check_rank, whole_numbers
from numpy_model.layer import Layer

if TYPE_CHECKING:
    from numpy_model.activations import Activation
    from numpy_model.regularizers import L1L2


class Dense(Layer):
    """A matrix product, a bias and an activation.

        logits = inputs @ kernel + bias

    Args:
        units: F.
        activation: a Keras name such as `"relu"`, a function of `activations`, or `None` (the default).
        use_bias: default `True`.
        kernel_initializer, bias_initializer: a Keras name or a callable; default `"glorot_uniform"` and `"zeros"`.
        kernel_regularizer, bias_regularizer: penalties, from `regularizers`, or `"l2"`; default `None`.
        name, dtype: see `Layer`.

    Input shape: (N, D). Output shape: (N, F).
    Parameters: `kernel` (D, F), `bias` (F,).

    Raises:
        ValueError: for arguments, or in `build` an input shape, that no dense layer can have.

    Source: https://keras.io/api/layers/core_layers/dense/

    Example:
        >>> layer = Dense(2, kernel_initializer="ones", dtype="float64")
        >>> layer.build((3,))
        (2,)
        >>> layer.forward(np.array([[1.0, 2.0, 3.0]]))
        array([[6., 6.]])
    """

    def __init__(
        self,
        units: int,
        activation: str | Activation | None = None,
        use_bias: bool = True,
        kernel_initializer: str | Callable = "glorot_uniform",
        bias_initializer: str | Callable = "zeros",
        kernel_regularizer: str | L1L2 | None = None,
        bias_regularizer: str | L1L2 | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, dtype)
        (self.units,) = whole_numbers(self.name, "units", units, 1)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)

    def build(self, input_shape: Sequence[int]) -> tuple[int, ...]:
        """Make kernel and bias for inputs of shape (D,), and return the output shape."""
        (n_inputs,) = check_rank(self.name, input_shape, 1, "(inputs,); put a Flatten layer before it")
        self.add_param("kernel", (n_inputs, self.units), self.kernel_initializer, self.kernel_regularizer)
        if self.use_bias:
            self.add_param("bias", (self.units,), self.bias_initializer, self.bias_regularizer)
        self.input_shape = (n_inputs,)
        self.output_shape = (self.units,)
        return self.output_shape

    def forward(self, inputs: np.ndarray, training: bool = False) -> np.ndarray:
        """Return activation(inputs @ kernel + bias), (N, F)."""
        self.check_input(inputs)
        logits = inputs @ self.params["kernel"]
        if self.use_bias:
            logits += self.params["bias"]
        outputs = self.activation.forward(logits)
        self.remember(training, inputs, outputs)
        return outputs

    def backward(self, grad_outputs: np.ndarray) -> np.ndarray:
        """Fill `grads`, and return the gradient of the inputs, (N, D)."""
        inputs, outputs = self.recall(grad_outputs)
        grad_logits = self.activation.backward(grad_outputs, outputs)
        self.grads["kernel"][...] = inputs.T @ grad_logits
        if self.use_bias:
            self.grads["bias"][...] = grad_logits.sum(axis=0)
        return grad_logits @ self.params["kernel"].T
