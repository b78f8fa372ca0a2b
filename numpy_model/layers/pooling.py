"""Pooling: each window of each channel becomes one number.

Letters: N images, H x W pixels, C channels, P x Q the padded image, K x L the window, T = K * L its places.
"""

from types import SimpleNamespace

import numpy as np

from numpy_model.geometry import Geometry
from numpy_model.layers.layer import Layer, check_rank, whole_numbers


class Pooling2D(Layer):
    """What maximum and average pooling share: windows, and the gathering of what they see.

    Args:
        pool_size: K, or (K, L), in pixels. Default 2.
        strides: distance between windows in pixels, one number or (down, right). Default `pool_size`.
        padding: `"valid"` (the default) or `"same"`. Padding is never the maximum, and is not counted in an average.
        name, dtype: see `Layer`.

    Input shape: (N, H, W, C). Output shape: (N, output height, output width, C).

    Raises:
        ValueError: for arguments, or in `build` an input shape, that no pooling can have.
    """

    padding_value = 0

    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", name=None, dtype=None):
        super().__init__(name, dtype)
        self.pool_size = whole_numbers(self.name, "pool_size", pool_size, 2)
        self.strides = self.pool_size if strides is None else whole_numbers(self.name, "strides", strides, 2)
        self.padding = padding

    def build(self, input_shape):
        """Place the windows on inputs of shape (H, W, C), and return the output shape."""
        height, width, channels = check_rank(self.name, input_shape, 3, "(height, width, channels)")
        self.geometry = Geometry(self.name, (height, width), self.pool_size, self.strides, self.padding)
        self.input_shape = (height, width, channels)
        self.output_shape = (*self.geometry.output_size, channels)
        return self.output_shape

    def allocate(self, n):
        """Return the work arrays for a batch of n images. Within, images are planes, (N, C, H, W)."""
        channels = self.input_shape[2]
        planes = (n, channels, *self.geometry.output_size)
        work = SimpleNamespace()
        work.padded = np.full((n, channels, *self.geometry.padded_size), self.padding_value, self.dtype)
        work.tap_grid = np.empty((*self.pool_size, *planes), self.dtype)
        work.taps = work.tap_grid.reshape(-1, *planes)  # (T, N, C, H', W')
        work.pooled = np.empty(planes, self.dtype)
        work.outputs = work.pooled.transpose(0, 2, 3, 1)  # (N, H', W', C)
        work.grad_padded = np.zeros((n, channels, *self.geometry.padded_size), self.dtype)
        work.grad_inputs = self.geometry.interior(work.grad_padded).transpose(0, 2, 3, 1)  # (N, H, W, C)
        return work

    def gather(self, inputs, work):
        """Copy what the windows see into `work.taps`."""
        planes = inputs.transpose(0, 3, 1, 2)
        if self.geometry.is_padded:
            np.copyto(self.geometry.interior(work.padded), planes)
            planes = work.padded
        np.copyto(work.tap_grid, self.geometry.taps(planes))


class MaxPooling2D(Pooling2D):
    """The largest number of each window; of equal ones, the first in reading order receives the gradient.

        outputs[n, y, x, c] = max_{k, l} inputs[n, y * down + k - top, x * right + l - left, c]

    Source: https://keras.io/api/layers/pooling_layers/max_pooling2d/; TensorFlow decides ties the same way.
    """

    padding_value = -np.inf

    def allocate(self, n):
        """Return the work arrays for a batch of n images."""
        work = super().allocate(n)
        # A window's maximum is found again at corner + offset, counted along the padded planes.
        cells = np.arange(work.grad_padded.size).reshape(work.grad_padded.shape)
        corners, *_ = self.geometry.taps(cells)
        work.corners = corners[0].copy()
        work.tap_offsets = [row * cells.shape[3] + column for row, column in np.ndindex(self.pool_size)]
        work.offsets = np.empty(work.corners.shape, np.intp)
        work.positions = np.empty(work.corners.shape, np.intp)
        work.is_larger = np.empty(work.corners.shape, bool)
        return work

    def forward(self, inputs, training=False):
        """Return the largest number of each window, and remember where it stood."""
        work = self.start_forward(inputs, training)
        self.gather(inputs, work)
        if not training:
            np.maximum.reduce(work.taps, axis=0, out=work.pooled)
            return work.outputs
        np.copyto(work.pooled, work.taps[0])
        work.offsets.fill(0)
        for tap, offset in zip(work.taps[1:], work.tap_offsets[1:], strict=True):
            np.greater(tap, work.pooled, out=work.is_larger)
            np.copyto(work.offsets, offset, where=work.is_larger)
            np.maximum(tap, work.pooled, out=work.pooled)
        return work.outputs

    def backward(self, grad_outputs):
        """Return the gradient of the inputs: that of each output, put where its maximum stood."""
        work = self.start_backward(grad_outputs)
        np.add(work.corners, work.offsets, out=work.positions)
        work.grad_padded.fill(0)
        grad_cells = work.grad_padded.reshape(-1)
        if self.geometry.overlaps:
            np.add.at(grad_cells, work.positions, grad_outputs.transpose(0, 3, 1, 2))
        else:
            grad_cells[work.positions] = grad_outputs.transpose(0, 3, 1, 2)
        return work.grad_inputs


class AveragePooling2D(Pooling2D):
    """The mean of the pixels in each window.

        outputs[n, y, x, c] = mean_{k, l} inputs[n, y * down + k - top, x * right + l - left, c]

    Source: https://keras.io/api/layers/pooling_layers/average_pooling2d/
    """

    def allocate(self, n):
        """Return the work arrays for a batch of n images."""
        work = super().allocate(n)
        pixels = np.zeros(self.geometry.padded_size, self.dtype)
        self.geometry.interior(pixels)[...] = 1
        work.shares = 1 / self.geometry.taps(pixels).sum(axis=(0, 1))  # (H', W'), one over the pixels of a window
        work.grad_taps = [tap for row in self.geometry.taps(work.grad_padded) for tap in row]
        return work

    def forward(self, inputs, training=False):
        """Return the mean of each window."""
        work = self.start_forward(inputs, training)
        self.gather(inputs, work)
        np.add.reduce(work.taps, axis=0, out=work.pooled)
        np.multiply(work.pooled, work.shares, out=work.pooled)
        return work.outputs

    def backward(self, grad_outputs):
        """Return the gradient of the inputs: an equal share of it for every pixel of the window."""
        work = self.start_backward(grad_outputs)
        shared = grad_outputs.transpose(0, 3, 1, 2) * work.shares  # (N, C, H', W')
        work.grad_padded.fill(0)
        for tap in work.grad_taps:
            np.add(tap, shared, out=tap)
        return work.grad_inputs
