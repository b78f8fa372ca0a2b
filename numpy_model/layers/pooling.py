"""Pooling: each window of each channel becomes one number.

Letters: N images, H x W pixels, C channels, P x Q the padded image, K x L the window.
"""

from types import SimpleNamespace

import numpy as np

from numpy_model import ops
from numpy_model.geometry import Geometry
from numpy_model.layers.layer import Layer, check_rank, whole_numbers


class Pooling2D(Layer):
    """What maximum and average pooling share: windows, and the gathering of what they see.

    Args:
        pool_size: K, or (K, L), in pixels.
        strides: distance between windows in pixels, one number or (down, right). Default `pool_size`.
        padding: `"valid"` (the default) or `"same"`. Padding is never the maximum, and is not counted in an average.
        name, dtype: see `Layer`.

    Input shape: (N, H, W, C). Output shape: (N, output height, output width, C).

    Raises:
        ValueError: for arguments, or in `build` an input shape, that no pooling can have.
    """

    padding_value = 0

    def __init__(self, pool_size, strides=None, padding="valid", name=None, dtype=None):
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
        *_, channels = self.input_shape
        planes = (n, channels, *self.geometry.output_size)
        padded_planes = (n, channels, *self.geometry.padded_size)
        work = SimpleNamespace()
        rows, columns = self.pool_size
        work.taps = np.empty((columns, rows, *planes), self.dtype)  # (L, K, N, C, H', W')
        work.pooled = np.empty(planes, self.dtype)
        work.outputs = work.pooled.transpose(0, 2, 3, 1)  # (N, H', W', C)
        if not self.geometry.tiles_image:
            work.padded = np.full(padded_planes, self.padding_value, self.dtype)
            work.interior = self.geometry.interior(work.padded)  # (N, C, H, W)
            work.windows = self.geometry.taps(work.padded)  # (L, K, N, C, H', W')
        work.grad_padded = np.zeros(padded_planes, self.dtype)
        work.grad_windows = self.geometry.taps(work.grad_padded)  # (L, K, N, C, H', W')
        work.grad_inputs = self.geometry.interior(work.grad_padded).transpose(0, 2, 3, 1)  # (N, H, W, C)
        return work

    def gather(self, inputs, work):
        """Copy what the windows see into `work.taps`, one run of memory for each place in the window."""
        planes = inputs.transpose(0, 3, 1, 2)
        if self.geometry.tiles_image:
            ops.copyto(work.taps, self.geometry.taps(planes))
        else:
            ops.copyto(work.interior, planes)
            ops.copyto(work.taps, work.windows)

    def scatter(self, work):
        """Add the gradients in `work.taps`, which the taps are no longer needed for, up at their pixels."""
        if self.geometry.overlaps:
            ops.copyto(work.grad_padded, 0)
            for place in np.ndindex(self.pool_size[::-1]):
                ops.add(work.grad_windows[place], work.taps[place], out=work.grad_windows[place])
        else:
            for place in np.ndindex(self.pool_size[::-1]):
                ops.copyto(work.grad_windows[place], work.taps[place])
        return work.grad_inputs


class MaxPooling2D(Pooling2D):
    """The largest number of each window; of equal ones, the first in reading order receives the gradient.

        outputs[n, y, x, c] = max_{k, l} inputs[n, y * down + k - top, x * right + l - left, c]

    Source: https://keras.io/api/layers/pooling_layers/max_pooling2d/; TensorFlow decides ties the same way.
    """

    recordable = True

    padding_value = -np.inf

    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", name=None, dtype=None):
        super().__init__(pool_size, strides, padding, name, dtype)

    def allocate(self, n):
        """Return the work arrays for a batch of n images.

        A window is a tournament: in each of its rows the columns meet the first, and then the winners of all rows meet
        that of the first. So a window of 2 x 2 takes two rounds, where one tap after the other took three.
        """
        work = super().allocate(n)
        first_column, first = work.taps[0], work.taps[0, 0]
        pairs = [(first_column, column) for column in work.taps[1:]] + [(first, row) for row in first_column[1:]]
        work.rounds = [(winner, other, np.empty(winner.shape, bool)) for winner, other in pairs]
        work.winners = first
        return work

    def forward(self, inputs, training=False):
        """Return the largest number of each window, and mark in each round where the other is larger.

        Marks are made by comparing, and never by a masked copy: its branches follow the data, so the processor guesses
        half of them wrong, and pooling took 35 µs instead of 12 for a step of `simple_cnn`.
        """
        work = self.start_forward(inputs, training)
        self.gather(inputs, work)
        for winner, other, is_larger in work.rounds:
            if training:
                ops.greater(other, winner, out=is_larger)
            ops.maximum(other, winner, out=winner)
        ops.copyto(work.pooled, work.winners)
        return work.outputs

    def backward(self, grad_outputs):
        """Return the gradient of the inputs: that of each output, put where its maximum stood.

        The rounds are undone from the last: where the other was larger it takes all, and nothing is left.
        """
        work = self.start_backward(grad_outputs)
        ops.copyto(work.winners, grad_outputs.transpose(0, 3, 1, 2))
        for winner, other, is_larger in reversed(work.rounds):
            ops.copyto(other, is_larger)  # as numbers: to multiply by booleans takes 4.0 µs, and this 2.3
            ops.multiply(winner, other, out=other)
            ops.subtract(winner, other, out=winner)
        return self.scatter(work)


class AveragePooling2D(Pooling2D):
    """The mean of the pixels in each window.

        outputs[n, y, x, c] = mean_{k, l} inputs[n, y * down + k - top, x * right + l - left, c]

    Source: https://keras.io/api/layers/pooling_layers/average_pooling2d/
    """

    recordable = True

    def allocate(self, n):
        """Return the work arrays for a batch of n images."""
        work = super().allocate(n)
        pixels = np.zeros(self.geometry.padded_size, self.dtype)
        self.geometry.interior(pixels)[...] = 1
        work.shares = 1 / self.geometry.taps(pixels).sum(axis=(0, 1))  # (H', W'), one over the pixels of a window
        return work

    def forward(self, inputs, training=False):
        """Return the mean of each window."""
        work = self.start_forward(inputs, training)
        self.gather(inputs, work)
        ops.sum(work.taps, axis=(0, 1), out=work.pooled)
        ops.multiply(work.pooled, work.shares, out=work.pooled)
        return work.outputs

    def backward(self, grad_outputs):
        """Return the gradient of the inputs: an equal share of it for every pixel of the window."""
        work = self.start_backward(grad_outputs)
        ops.multiply(grad_outputs.transpose(0, 3, 1, 2), work.shares, out=work.taps)
        return self.scatter(work)
