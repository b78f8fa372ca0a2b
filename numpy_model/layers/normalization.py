"""Normalization: numbers moved and scaled to mean 0 and variance 1.

Letters: N samples, C the size of `axis`, or of all axes that it names.
"""

from collections.abc import Callable, Sequence

import numpy as np

from numpy_model import initializers
from numpy_model.checks import is_whole
from numpy_model.layer import Layer


class Normalization(Layer):
    """What both normalizations share: axes, gamma and beta.

    Args:
        axis: whose entries have a gamma and a beta each, counted with the batch at 0. Default -1, the channels.
        epsilon: added to the variance. Default 1e-3.
        center: whether there is a beta. Default `True`.
        scale: whether there is a gamma. Default `True`.
        beta_initializer, gamma_initializer: a Keras name or a callable; default `"zeros"` and `"ones"`.
        name, dtype: see `Layer`.

    Input and output shape: (N, ...).
    Parameters: `gamma` (C,), `beta` (C,).

    Raises:
        ValueError: in `build`, for an axis that the inputs do not have, or that of the batch.
    """

    def __init__(
        self,
        axis: int | Sequence[int] = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: str | Callable = "zeros",
        gamma_initializer: str | Callable = "ones",
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, dtype)
        self.axis = (axis,) if is_whole(axis) else tuple(axis)
        self.epsilon = float(epsilon)
        self.center = center
        self.scale = scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)

    def build(self, input_shape: Sequence[int]) -> tuple[int, ...]:
        """Make gamma and beta, and return the output shape, which is the input shape."""
        output_shape = super().build(input_shape)
        rank = 1 + len(output_shape)
        if not all(is_whole(axis) and -rank < axis < rank and axis for axis in self.axis):
            raise ValueError(
                f"layer {self.name}: axis is {self.axis}; for inputs of shape {('N', *output_shape)}, allowed are "
                f"1 to {rank - 1} and {1 - rank} to -1"
            )
        self.axes = tuple(sorted(axis % rank for axis in self.axis))
        self.other_axes = tuple(axis for axis in range(rank) if axis not in self.axes)
        self.shape = tuple(output_shape[axis - 1] for axis in self.axes)  # (C,)
        if self.scale:
            self.add_param("gamma", self.shape, self.gamma_initializer)
        if self.center:
            self.add_param("beta", self.shape, self.beta_initializer)
        return output_shape

    def scaled(self, normalized: np.ndarray) -> np.ndarray:
        """Return gamma * normalized + beta, (N, ...)."""
        if self.scale:
            normalized = normalized * np.expand_dims(self.params["gamma"], self.other_axes)
        if self.center:
            normalized = normalized + np.expand_dims(self.params["beta"], self.other_axes)
        return normalized

    def scaled_backward(self, grad_outputs: np.ndarray, normalized: np.ndarray) -> np.ndarray:
        """Fill `grads`, and return the gradient of the normalized numbers, (N, ...)."""
        if self.center:
            self.grads["beta"][...] = grad_outputs.sum(axis=self.other_axes)
        if not self.scale:
            return grad_outputs
        self.grads["gamma"][...] = (grad_outputs * normalized).sum(axis=self.other_axes)
        return grad_outputs * np.expand_dims(self.params["gamma"], self.other_axes)


def normalize_backward(
    grad_normalized: np.ndarray, normalized: np.ndarray, stddev: np.ndarray, axes: tuple[int, ...]
) -> np.ndarray:
    """Return the gradient of the inputs of normalized = (inputs - mean(inputs)) / stddev(inputs), along `axes`.

    grad_inputs = (grad_normalized - mean(grad_normalized) - normalized * mean(grad_normalized * normalized)) / stddev
    """
    mean = grad_normalized.mean(axis=axes, keepdims=True)
    slope = (grad_normalized * normalized).mean(axis=axes, keepdims=True)
    return (grad_normalized - mean - normalized * slope) / stddev


class LayerNormalization(Normalization):
    """Each sample by itself, normalized along `axis`.

        outputs = gamma * (inputs - mean) / sqrt(variance + epsilon) + beta

    Mean and variance are those of the numbers along `axis`, of each sample at each other place.

    Args, shapes and parameters: see `Normalization`; `axis` may be several.

    Reference: Ba, Kiros and Hinton, "Layer normalization", 2016;
        https://keras.io/api/layers/normalization_layers/layer_normalization/

    Example:
        >>> layer = LayerNormalization(epsilon=0.0, dtype="float64")
        >>> layer.build((2,))
        (2,)
        >>> layer.forward(np.array([[1.0, 3.0], [5.0, 1.0]]))
        array([[-1.,  1.],
               [ 1., -1.]])
    """

    def forward(self, inputs: np.ndarray, training: bool = False) -> np.ndarray:
        """Return the normalized samples, scaled and moved, (N, ...)."""
        self.check_input(inputs)
        mean = inputs.mean(axis=self.axes, keepdims=True)
        stddev = np.sqrt(inputs.var(axis=self.axes, keepdims=True) + self.epsilon)
        normalized = (inputs - mean) / stddev
        outputs = self.scaled(normalized)
        self.remember(training, normalized, stddev, outputs)
        return outputs

    def backward(self, grad_outputs: np.ndarray) -> np.ndarray:
        """Fill `grads`, and return the gradient of the inputs, (N, ...)."""
        normalized, stddev, _ = self.recall(grad_outputs)
        grad_normalized = self.scaled_backward(grad_outputs, normalized)
        return normalize_backward(grad_normalized, normalized, stddev, self.axes)
