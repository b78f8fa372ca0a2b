"""Pooling: each window of each channel becomes one number.

Letters: N images, H x W pixels, C channels, K x L the window, H' x W' the windows of an image.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from numpy_model.checks import check_rank, whole_numbers
from numpy_model.layer import Layer
from numpy_model.windows import Windows


class Pooling2D(Layer):
    """What maximum and average pooling share: their windows.

    Args:
        pool_size: K, or (K, L), in pixels. Default 2 for maxima; a mean has none, as in Keras.
        strides: distance between windows in pixels, one number or (down, right). Default `pool_size`.
        padding: `"valid"` (the default) or `"same"`. Padding is never the maximum, and is not counted in an average.
        name, dtype: see `Layer`.

    Input shape: (N, H, W, C). Output shape: (N, H', W', C).

    Raises:
        ValueError: for arguments, or in `build` an input shape, that no pooling can have.
    """

    def __init__(
        self,
        pool_size: int | Sequence[int],
        strides: int | Sequence[int] | None = None,
        padding: str = "valid",
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, dtype)
        self.pool_size = whole_numbers(self.name, "pool_size", pool_size, 2)
        self.strides = self.pool_size if strides is None else whole_numbers(self.name, "strides", strides, 2)
        self.padding = padding

    def build(self, input_shape: Sequence[int]) -> tuple[int, ...]:
        """Place the windows on inputs of shape (H, W, C), and return the output shape."""
        *size, channels = self.input_shape = check_rank(self.name, input_shape, 3, "(height, width, channels)")
        self.windows = Windows(self.name, tuple(size), self.pool_size, self.strides, self.padding)
        self.output_shape = (*self.windows.output_size, channels)
        return self.output_shape


class MaxPooling2D(Pooling2D):
    """The largest number of each window; of equal ones, the first in reading order receives the gradient.

        outputs[n, y, x, c] = max_{k, l} inputs[n, y * down + k - top, x * right + l - left, c]

    Arguments, shapes and errors are those of `Pooling2D`.

    Source: https://keras.io/api/layers/pooling_layers/max_pooling2d/; TensorFlow decides ties the same way.

    Example:
        >>> layer = MaxPooling2D((1, 2), dtype="float64")
        >>> layer.build((1, 4, 1))
        (1, 2, 1)
        >>> layer.forward(np.array([1.0, 5.0, 3.0, 2.0]).reshape(1, 1, 4, 1))[0, :, :, 0]
        array([[5., 3.]])
    """

    def __init__(
        self,
        pool_size: int | Sequence[int] = (2, 2),
        strides: int | Sequence[int] | None = None,
        padding: str = "valid",
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(pool_size, strides, padding, name, dtype)

    def forward(self, inputs: np.ndarray, training: bool = False) -> np.ndarray:
        """Return the largest number of each window, (N, H', W', C)."""
        self.check_input(inputs)
        patches = self.windows.patches(inputs, padding_value=-np.inf)  # (N, H', W', K, L, C)
        taps = patches.reshape(*patches.shape[:3], -1, patches.shape[5])  # (N, H', W', K * L, C)
        winners = taps.argmax(axis=3, keepdims=True)  # the first of equal ones, (N, H', W', 1, C)
        outputs = np.take_along_axis(taps, winners, axis=3)[:, :, :, 0]
        self.remember(training, winners, outputs)
        return outputs

    def backward(self, grad_outputs: np.ndarray) -> np.ndarray:
        """Return the gradient of the inputs: that of each output, at the pixel where its maximum was."""
        winners, _ = self.recall(grad_outputs)
        rows, columns = self.pool_size
        is_winner = np.arange(rows * columns)[:, None] == winners  # (N, H', W', K * L, C)
        grad_taps = np.where(is_winner, grad_outputs[:, :, :, None], 0)
        return self.windows.add_up(grad_taps.reshape(*grad_outputs.shape[:3], rows, columns, -1))


class AveragePooling2D(Pooling2D):
    """The mean of the pixels in each window.

        outputs[n, y, x, c] = mean_{k, l} inputs[n, y * down + k - top, x * right + l - left, c]

    Arguments, shapes and errors are those of `Pooling2D`.

    Source: https://keras.io/api/layers/pooling_layers/average_pooling2d/

    Example:
        >>> layer = AveragePooling2D((1, 2), dtype="float64")
        >>> layer.build((1, 4, 1))
        (1, 2, 1)
        >>> layer.forward(np.array([1.0, 5.0, 3.0, 2.0]).reshape(1, 1, 4, 1))[0, :, :, 0]
        array([[3. , 2.5]])
    """

    def build(self, input_shape: Sequence[int]) -> tuple[int, ...]:
        """Place the windows, and count the pixels in each: fewer where a window hangs over the edge."""
        output_shape = super().build(input_shape)
        pixels = self.windows.patches(np.ones((1, *self.input_shape), self.dtype))  # (1, H', W', K, L, C)
        self.n_pixels = pixels.sum(axis=(3, 4))  # (1, H', W', C)
        return output_shape

    def forward(self, inputs: np.ndarray, training: bool = False) -> np.ndarray:
        """Return the mean of each window, (N, H', W', C)."""
        self.check_input(inputs)
        outputs = self.windows.patches(inputs).sum(axis=(3, 4)) / self.n_pixels
        self.remember(training, outputs)
        return outputs

    def backward(self, grad_outputs: np.ndarray) -> np.ndarray:
        """Return the gradient of the inputs: an equal share for every pixel of the window."""
        self.recall(grad_outputs)
        shares = (grad_outputs / self.n_pixels)[:, :, :, None, None]  # (N, H', W', 1, 1, C)
        patches_shape = (*grad_outputs.shape[:3], *self.pool_size, grad_outputs.shape[3])
        return self.windows.add_up(np.broadcast_to(shares, patches_shape))
