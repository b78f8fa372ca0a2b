"""Patches: what the windows of a convolution or a pooling see of an image, and the way back.

Letters: N images, H x W pixels, C channels, K x L the window, P x Q the padded image, H' x W' the windows of an image.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

PADDINGS = ("valid", "same")


class Windows:
    """Where the windows of one layer lie.

    With `"valid"` padding a window never leaves the image: output = (input - window) // stride + 1. With `"same"`,
    output = ceil(input / stride), and the zeros that this needs are split evenly, the odd one at the end.

    Args:
        layer: the name that errors mention.
        image_size: (H, W).
        window_size: (K, L).
        strides: (down, right), the distance between windows in pixels.
        padding: `"valid"` or `"same"`.
        dilation_rate: (down, right), the distance between the pixels that a window sees. Default 1: side by side.

    Attributes:
        output_size: (H', W').
        reach: (height, width) from the first pixel of a window to its last, both included.
        before, after: number of zeros (above, left of) and (below, right of) the image.
        padded_size: (P, Q), room for the image, its padding and every window.

    Raises:
        ValueError: for another padding, or a window that does not fit.

    Source: https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2

    Example:
        >>> windows = Windows("pool", image_size=(2, 4), window_size=(2, 2), strides=(2, 2), padding="valid")
        >>> windows.output_size
        (1, 2)
        >>> image = np.arange(8).reshape(1, 2, 4, 1)
        >>> windows.patches(image)[0, 0, 1, :, :, 0]
        array([[2, 3],
               [6, 7]])
    """

    def __init__(
        self,
        layer: str,
        image_size: tuple[int, int],
        window_size: tuple[int, int],
        strides: tuple[int, int],
        padding: str,
        dilation_rate: tuple[int, int] = (1, 1),
    ) -> None:
        if padding not in PADDINGS:
            raise ValueError(f"layer {layer}: padding is {padding!r}; allowed are 'valid' and 'same'")
        reach = tuple((window - 1) * apart + 1 for window, apart in zip(window_size, dilation_rate, strict=True))
        if padding == "valid" and any(window > size for window, size in zip(reach, image_size, strict=True)):
            raise ValueError(
                f"layer {layer}: a window of {reach} does not fit into an image of {image_size} pixels; "
                f"use a smaller window or padding='same'"
            )
        self.image_size = image_size
        self.window_size = window_size
        self.strides = strides
        self.dilation_rate = dilation_rate
        self.reach = reach
        place = _place_valid if padding == "valid" else _place_same
        down, right = (place(*axis) for axis in zip(image_size, reach, strides, strict=True))
        self.output_size, self.before, self.after, self.padded_size = zip(down, right, strict=True)

    def patches(self, images: np.ndarray, padding_value: float = 0) -> np.ndarray:
        """Return what every window sees, a view (N, H', W', K, L, C) of the padded images.

        Args:
            images: (N, H, W, C).
            padding_value: of the pixels around the images. Default 0.
        """
        rows, columns = zip(self.before, self.after, strict=True)
        padded = np.pad(images, ((0, 0), rows, columns, (0, 0)), constant_values=padding_value)  # (N, P, Q, C)
        (down, right), (apart, aside) = self.strides, self.dilation_rate
        views = sliding_window_view(padded, self.reach, axis=(1, 2))  # (N, P - K + 1, Q - L + 1, C, K, L), undilated
        return views[:, ::down, ::right, :, ::apart, ::aside].transpose(0, 1, 2, 4, 5, 3)

    def add_up(self, grad_patches: np.ndarray) -> np.ndarray:
        """Return the sum of all patches at the pixels they came from, (N, H, W, C): the adjoint of `patches`.

        Args:
            grad_patches: (N, H', W', K, L, C).
        """
        n, height, width, *window_size, channels = grad_patches.shape
        (down, right), (apart, aside), (top, left) = self.strides, self.dilation_rate, self.before
        padded = np.zeros((n, *self.padded_size, channels), grad_patches.dtype)
        for k, l in np.ndindex(*window_size):
            row, column = k * apart, l * aside
            padded[:, row : row + down * height : down, column : column + right * width : right] += grad_patches[
                :, :, :, k, l
            ]
        return padded[:, top : top + self.image_size[0], left : left + self.image_size[1]]


def _place_valid(size: int, window: int, stride: int) -> tuple[int, int, int, int]:
    """Return the output size, the zeros before and after, and the padded size along one axis."""
    return (size - window) // stride + 1, 0, 0, size


def _place_same(size: int, window: int, stride: int) -> tuple[int, int, int, int]:
    """Return the output size, the zeros before and after, and the padded size along one axis."""
    output = -(-size // stride)
    reach = (output - 1) * stride + window
    zeros = max(reach - size, 0)
    before = zeros // 2
    return output, before, zeros - before, max(size, reach)
