"""Where windows lie on an image: the arithmetic of padding and strides.

Letters: H x W an image, P x Q the padded image, K x L a window.
"""

from numpy.lib.stride_tricks import as_strided

PADDINGS = ("valid", "same")


class Geometry:
    """The windows of one layer.

    With `"valid"` padding a window never leaves the image: output = (input - window) // stride + 1. With `"same"`,
    output = ceil(input / stride), and the zeros that this needs are split evenly, the odd one at the end.

    Args:
        layer: the name that errors mention.
        image_size: (H, W).
        window_size: (K, L).
        strides: (down, right), the distance between windows in pixels.
        padding: `"valid"` or `"same"`.

    Attributes:
        output_size: number of windows (down, right).
        before, after: number of zeros (above, left of) and (below, right of) the image.
        padded_size: (P, Q), room for the image, its padding and every window.

    Raises:
        ValueError: for another padding, or a window that does not fit.

    Source: https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2
    """

    def __init__(self, layer, image_size, window_size, strides, padding):
        if padding not in PADDINGS:
            raise ValueError(f"layer {layer}: padding is {padding!r}; allowed are 'valid' and 'same'")
        if padding == "valid" and any(window > size for window, size in zip(window_size, image_size, strict=True)):
            raise ValueError(
                f"layer {layer}: a window of {window_size} does not fit into an image of {image_size} pixels; "
                f"use a smaller window or padding='same'"
            )
        self.image_size = image_size
        self.window_size = window_size
        self.strides = strides
        place = _place_valid if padding == "valid" else _place_same
        down, right = (place(*axis) for axis in zip(image_size, window_size, strides, strict=True))
        self.output_size, self.before, self.after, self.padded_size = zip(down, right, strict=True)

    @property
    def overlaps(self):
        """Whether a pixel can lie in more than one window."""
        return any(window > stride for window, stride in zip(self.window_size, self.strides, strict=True))

    @property
    def tiles_image(self):
        """Whether windows lie side by side without padding. Pixels that fill no window may be left at the end."""
        return self.window_size == self.strides and all(
            output * window <= size
            for output, window, size in zip(self.output_size, self.window_size, self.image_size, strict=True)
        )

    def interior(self, planes):
        """Return the view of padded planes (..., P, Q) that is the image itself, (..., H, W)."""
        (top, left), (height, width) = self.before, self.image_size
        return planes[..., top : top + height, left : left + width]

    def taps(self, planes):
        """Return the view (L, K, ..., *output_size): what all windows see at each of their places, columns first.

        Args:
            planes: (..., P, Q).
        """
        *outer, row, column = planes.strides
        shape = (*self.window_size[::-1], *planes.shape[:-2], *self.output_size)
        return as_strided(planes, shape, (column, row, *outer, row * self.strides[0], column * self.strides[1]))


def _place_valid(size, window, stride):
    """Return the output size, the zeros before and after, and the padded size along one axis."""
    return (size - window) // stride + 1, 0, 0, size


def _place_same(size, window, stride):
    """Return the output size, the zeros before and after, and the padded size along one axis."""
    output = -(-size // stride)
    reach = (output - 1) * stride + window
    zeros = max(reach - size, 0)
    before = zeros // 2
    return output, before, zeros - before, max(size, reach)
