"""UpSampling2D: every pixel becomes several.

Letters: N images, H x W pixels, C channels.
"""

from collections.abc import Sequence

import numpy as np

from numpy_model.checks import check_rank, whole_numbers
from numpy_model.layer import Layer


class UpSampling2D(Layer):
    """Each row and column of an image, repeated.

        outputs[n, y, x, c] = inputs[n, y // down, x // right, c]

    Args:
        size: how often rows and columns are repeated, one number or (down, right). Default 2.
        interpolation: `"nearest"`, the only one there is here.
        name, dtype: see `Layer`.

    Input shape: (N, H, W, C). Output shape: (N, down * H, right * W, C).

    Raises:
        ValueError: for another size or interpolation, or in `build` another rank.

    Reference: https://keras.io/api/layers/reshaping_layers/up_sampling2d/

    Example:
        >>> layer = UpSampling2D((1, 2), dtype="float64")
        >>> layer.build((1, 2, 1))
        (1, 4, 1)
        >>> layer.forward(np.array([3.0, 4.0]).reshape(1, 1, 2, 1))[0, :, :, 0]
        array([[3., 3., 4., 4.]])
    """

    def __init__(
        self,
        size: int | Sequence[int] = (2, 2),
        interpolation: str = "nearest",
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, dtype)
        self.size = whole_numbers(self.name, "size", size, 2)
        if interpolation != "nearest":
            raise ValueError(f"layer {self.name}: interpolation is {interpolation!r}; allowed is 'nearest'")
        self.interpolation = interpolation

    def build(self, input_shape: Sequence[int]) -> tuple[int, ...]:
        """Return the output shape for inputs of shape (H, W, C)."""
        height, width, channels = self.input_shape = check_rank(self.name, input_shape, 3, "(height, width, channels)")
        self.output_shape = (self.size[0] * height, self.size[1] * width, channels)
        return self.output_shape

    def forward(self, inputs: np.ndarray, training: bool = False) -> np.ndarray:
        """Return the larger images."""
        self.check_input(inputs)
        down, right = self.size
        outputs = inputs.repeat(down, axis=1).repeat(right, axis=2)
        self.remember(training, outputs)
        return outputs

    def backward(self, grad_outputs: np.ndarray) -> np.ndarray:
        """Return the gradient of the inputs, (N, H, W, C): the sum over all copies of a pixel."""
        self.recall(grad_outputs)
        height, width, channels = self.input_shape
        down, right = self.size
        return grad_outputs.reshape(-1, height, down, width, right, channels).sum(axis=(2, 4))
