"""ZeroPadding2D: zeros around an image.

Letters: N images, H x W pixels, C channels.
"""

from collections.abc import Sequence

import numpy as np

from numpy_model.checks import check_rank, is_whole
from numpy_model.layer import Layer


class ZeroPadding2D(Layer):
    """Rows and columns of zeros around each image.

    Args:
        padding: zeros on each side; or (above and below, left and right); or ((above, below), (left, right)). Whole
            numbers from 0; default 1.
        name, dtype: see `Layer`.

    Input shape: (N, H, W, C). Output shape: (N, above + H + below, left + W + right, C).

    Raises:
        ValueError: for another padding, or in `build` another rank.

    Reference: https://keras.io/api/layers/reshaping_layers/zero_padding2d/

    Example:
        >>> layer = ZeroPadding2D(((0, 1), (2, 0)), dtype="float64")
        >>> layer.build((1, 1, 1))
        (2, 3, 1)
        >>> layer.forward(np.full((1, 1, 1, 1), 7.0))[0, :, :, 0]
        array([[0., 0., 7.],
               [0., 0., 0.]])
    """

    def __init__(
        self,
        padding: int | Sequence[int | Sequence[int]] = (1, 1),
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, dtype)
        axes = [padding] * 2 if is_whole(padding) else list(padding)
        sides = [(axis, axis) if is_whole(axis) else tuple(axis) for axis in axes]
        if [len(pair) for pair in sides] != [2, 2] or not all(is_whole(n) and n >= 0 for pair in sides for n in pair):
            raise ValueError(
                f"layer {self.name}: padding is {padding!r}; allowed are a whole number from 0, two of them, "
                "or ((above, below), (left, right))"
            )
        self.padding = tuple(sides)

    def build(self, input_shape: Sequence[int]) -> tuple[int, ...]:
        """Return the output shape for inputs of shape (H, W, C)."""
        height, width, channels = self.input_shape = check_rank(self.name, input_shape, 3, "(height, width, channels)")
        rows, columns = self.padding
        self.output_shape = (height + sum(rows), width + sum(columns), channels)
        return self.output_shape

    def forward(self, inputs: np.ndarray, training: bool = False) -> np.ndarray:
        """Return the images with zeros around them."""
        self.check_input(inputs)
        outputs = np.pad(inputs, ((0, 0), *self.padding, (0, 0)))
        self.remember(training, outputs)
        return outputs

    def backward(self, grad_outputs: np.ndarray) -> np.ndarray:
        """Return the gradient of the inputs, (N, H, W, C): that of the zeros is left out."""
        self.recall(grad_outputs)
        (above, _), (left, _) = self.padding
        height, width, _ = self.input_shape
        return grad_outputs[:, above : above + height, left : left + width]
