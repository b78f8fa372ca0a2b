"""Relatives of ReLU that have a parameter, as layers."""

import numpy as np

from numpy_model.layer import Layer


class LeakyReLU(Layer):
    """The inputs, where they are positive, and a small part of them elsewhere.

        outputs = max(inputs, 0) + negative_slope * min(inputs, 0)

    Args:
        negative_slope: a number from 0; default 0.3. It is rounded to float32, as TensorFlow does for Keras, in which
            0.3 is 0.30000001.
        name, dtype: see `Layer`.

    Input and output shape: (N, ...).

    Raises:
        ValueError: for a negative slope below 0.

    Reference: Maas, Hannun and Ng, "Rectifier nonlinearities improve neural network acoustic models", 2013;
        https://keras.io/api/layers/activation_layers/leaky_relu/

    Example:
        >>> layer = LeakyReLU(0.25, dtype="float64")
        >>> layer.build((2,))
        (2,)
        >>> layer.forward(np.array([[-10.0, 10.0]]))
        array([[-2.5, 10. ]])
    """

    def __init__(self, negative_slope: float = 0.3, name: str | None = None, dtype: str | None = None) -> None:
        super().__init__(name, dtype)
        if negative_slope is None or negative_slope < 0:
            raise ValueError(
                f"layer {self.name}: negative_slope is {negative_slope!r}; allowed is a number of at least 0"
            )
        self.negative_slope = float(np.float32(negative_slope))

    def forward(self, inputs: np.ndarray, training: bool = False) -> np.ndarray:
        """Return the leaky maximum, (N, ...)."""
        self.check_input(inputs)
        outputs = np.where(inputs > 0, inputs, self.negative_slope * inputs)
        self.remember(training, inputs, outputs)
        return outputs

    def backward(self, grad_outputs: np.ndarray) -> np.ndarray:
        """Return the gradient of the inputs, (N, ...)."""
        inputs, _ = self.recall(grad_outputs)
        return np.where(inputs > 0, grad_outputs, self.negative_slope * grad_outputs)


class ELU(Layer):
    """The inputs, where they are positive, and a curve towards -alpha elsewhere.

        outputs = inputs                      where inputs > 0
        outputs = alpha * (exp(inputs) - 1)   elsewhere

    Args:
        alpha: default 1.
        name, dtype: see `Layer`.

    Input and output shape: (N, ...).

    Reference: Clevert, Unterthiner and Hochreiter, "Fast and accurate deep network learning by exponential linear
        units", 2016; https://keras.io/api/layers/activation_layers/elu/

    Example:
        >>> layer = ELU(alpha=2.0, dtype="float64")
        >>> layer.build((2,))
        (2,)
        >>> layer.forward(np.array([[-1000.0, 10.0]]))
        array([[-2., 10.]])
    """

    def __init__(self, alpha: float = 1.0, name: str | None = None, dtype: str | None = None) -> None:
        super().__init__(name, dtype)
        self.alpha = float(alpha)

    def forward(self, inputs: np.ndarray, training: bool = False) -> np.ndarray:
        """Return the outputs, (N, ...)."""
        self.check_input(inputs)
        outputs = np.where(inputs > 0, inputs, self.alpha * np.expm1(np.minimum(inputs, 0)))  # exp cannot overflow
        self.remember(training, inputs, outputs)
        return outputs

    def backward(self, grad_outputs: np.ndarray) -> np.ndarray:
        """Return the gradient of the inputs, (N, ...): the slope is 1, or alpha * exp(inputs)."""
        inputs, _ = self.recall(grad_outputs)
        return grad_outputs * np.where(inputs > 0, 1, self.alpha * np.exp(np.minimum(inputs, 0)))
