"""Global pooling: each channel of an image becomes one number.

Letters: N images, H x W pixels, C channels.
"""

from collections.abc import Sequence

import numpy as np

from numpy_model.checks import check_rank
from numpy_model.layer import Layer


class GlobalPooling2D(Layer):
    """What global maximum and average share: their shapes.

    Args:
        keepdims: whether the outputs are images of one pixel. Default `False`.
        name, dtype: see `Layer`.

    Input shape: (N, H, W, C). Output shape: (N, C), or (N, 1, 1, C) with `keepdims`.
    """

    def __init__(self, keepdims: bool = False, name: str | None = None, dtype: str | None = None) -> None:
        super().__init__(name, dtype)
        self.keepdims = keepdims

    def build(self, input_shape: Sequence[int]) -> tuple[int, ...]:
        """Return the output shape for inputs of shape (H, W, C)."""
        *_, channels = self.input_shape = check_rank(self.name, input_shape, 3, "(height, width, channels)")
        self.output_shape = (1, 1, channels) if self.keepdims else (channels,)
        return self.output_shape


class GlobalAveragePooling2D(GlobalPooling2D):
    """The mean of all pixels of each channel.

        outputs[n, c] = mean_{y, x} inputs[n, y, x, c]

    Arguments and shapes are those of `GlobalPooling2D`.

    Reference: https://keras.io/api/layers/pooling_layers/global_average_pooling2d/

    Example:
        >>> layer = GlobalAveragePooling2D(dtype="float64")
        >>> layer.build((1, 3, 1))
        (1,)
        >>> layer.forward(np.array([1.0, 2.0, 6.0]).reshape(1, 1, 3, 1))
        array([[3.]])
    """

    def forward(self, inputs: np.ndarray, training: bool = False) -> np.ndarray:
        """Return the means, (N, C)."""
        self.check_input(inputs)
        outputs = inputs.mean(axis=(1, 2), keepdims=self.keepdims)
        self.remember(training, outputs)
        return outputs

    def backward(self, grad_outputs: np.ndarray) -> np.ndarray:
        """Return the gradient of the inputs, (N, H, W, C): an equal share for every pixel."""
        self.recall(grad_outputs)
        height, width, channels = self.input_shape
        shares = grad_outputs.reshape(-1, 1, 1, channels) / (height * width)
        return np.broadcast_to(shares, (len(grad_outputs), height, width, channels))


class GlobalMaxPooling2D(GlobalPooling2D):
    """The largest number of each channel; equal ones share the gradient.

        outputs[n, c] = max_{y, x} inputs[n, y, x, c]

    Arguments and shapes are those of `GlobalPooling2D`.

    Reference: https://keras.io/api/layers/pooling_layers/global_max_pooling2d/; on TensorFlow, Keras shares the
    gradient among equal maxima too, other than in `MaxPooling2D`.

    Example:
        >>> layer = GlobalMaxPooling2D(keepdims=True, dtype="float64")
        >>> layer.build((1, 3, 1))
        (1, 1, 1)
        >>> layer.forward(np.array([1.0, 6.0, 2.0]).reshape(1, 1, 3, 1))
        array([[[[6.]]]])
    """

    def forward(self, inputs: np.ndarray, training: bool = False) -> np.ndarray:
        """Return the maxima, (N, C)."""
        self.check_input(inputs)
        outputs = inputs.max(axis=(1, 2), keepdims=self.keepdims)
        self.remember(training, inputs, outputs)
        return outputs

    def backward(self, grad_outputs: np.ndarray) -> np.ndarray:
        """Return the gradient of the inputs, (N, H, W, C): that of each output, shared by its maxima."""
        inputs, outputs = self.recall(grad_outputs)
        pixel = (-1, 1, 1, self.input_shape[2])
        is_winner = inputs == outputs.reshape(pixel)  # (N, H, W, C)
        n_winners = is_winner.sum(axis=(1, 2), keepdims=True, dtype=inputs.dtype)  # (N, 1, 1, C)
        return is_winner * (grad_outputs.reshape(pixel) / n_winners)
