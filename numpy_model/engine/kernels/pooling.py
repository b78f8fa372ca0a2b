"""Pooling: all windows at once, one run of memory for each place in the window.

Letters: N images, H x W pixels, C channels, P x Q the padded image, K x L the window, H' x W' the windows of an image.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import as_strided

from numpy_model.activations import Linear
from numpy_model.engine.kernels.activation import write_backward, write_forward

if TYPE_CHECKING:
    from numpy_model.activations import Activation
    from numpy_model.engine.tape import Tape
    from numpy_model.layer import Layer
    from numpy_model.windows import Windows


class PoolingKernel:
    """What maximum and average pooling share. Within, images are planes, (N, C, H, W).

    Args:
        layer: built.
        n: N.
        padding_value: of the pixels around the image.
    """

    def __init__(self, layer: Layer, n: int, padding_value: float) -> None:
        windows, (*_, channels) = layer.windows, layer.input_shape
        rows, columns = windows.window_size
        planes = (n, channels, *windows.output_size)
        padded_planes = (n, channels, *windows.padded_size)
        self._windows = windows
        self._taps = np.empty((columns, rows, *planes), layer.dtype)  # (L, K, N, C, H', W')
        self._pooled = np.empty(planes, layer.dtype)
        self._outputs = self._pooled.transpose(0, 2, 3, 1)  # (N, H', W', C)
        self._padded = np.full(padded_planes, padding_value, layer.dtype)
        self._grad_padded = np.zeros(padded_planes, layer.dtype)
        self._grad_windows = taps(windows, self._grad_padded)  # (L, K, N, C, H', W')
        self._grad_inputs = interior(windows, self._grad_padded).transpose(0, 2, 3, 1)  # (N, H, W, C)

    def _gather(self, tape: Tape, inputs: np.ndarray) -> None:
        """Copy what the windows see into the taps."""
        planes = inputs.transpose(0, 3, 1, 2)
        if tiles_image(self._windows):
            tape.copyto(self._taps, taps(self._windows, planes))
        else:
            tape.copyto(interior(self._windows, self._padded), planes)
            tape.copyto(self._taps, taps(self._windows, self._padded))

    def _scatter(self, tape: Tape) -> np.ndarray:
        """Add the gradients in the taps up at their pixels."""
        places = list(np.ndindex(self._taps.shape[:2]))
        if overlaps(self._windows):
            tape.copyto(self._grad_padded, 0)
            for place in places:
                tape.add(self._grad_windows[place], self._taps[place], out=self._grad_windows[place])
        else:
            for place in places:
                tape.copyto(self._grad_windows[place], self._taps[place])
        return self._grad_inputs


class MaxPoolingKernel(PoolingKernel):
    """`layers.MaxPooling2D`, followed by an activation if the plan moves one here, else `None`.

    A window is a tournament: in each of its rows the columns meet the first, and then the winners of all rows meet that
    of the first. So a window of 2 x 2 takes two rounds, where one tap after the other took three.
    """

    def __init__(self, layer: Layer, n: int, activation: Activation | None) -> None:
        super().__init__(layer, n, padding_value=-np.inf)
        first_column, first = self._taps[0], self._taps[0, 0]
        pairs = [(first_column, column) for column in self._taps[1:]] + [(first, row) for row in first_column[1:]]
        self._rounds = [(winner, other, np.empty(winner.shape, bool)) for winner, other in pairs]
        self._winners = first
        self._activation = activation or Linear()

    def forward(self, tape: Tape, inputs: np.ndarray, training: bool) -> np.ndarray:
        """Write the forward pass, and return the largest number of each window, (N, H', W', C).

        In each round it is marked where the other is larger. Marks are made by comparing, and never by a masked copy:
        its branches follow the data, so the processor guesses half of them wrong, and pooling took 35 µs instead of 12
        for a step of `simple_cnn`.
        """
        self._gather(tape, inputs)
        for winner, other, is_larger in self._rounds:
            if training:
                tape.greater(other, winner, out=is_larger)
            tape.maximum(other, winner, out=winner)
        write_forward(tape, self._activation, self._winners, out=self._pooled)
        return self._outputs

    def backward(self, tape: Tape, grad_outputs: np.ndarray, needs_grad_inputs: bool) -> np.ndarray:
        """Write the backward pass, and return the gradient of the inputs, (N, H, W, C).

        The rounds are undone from the last: where the other was larger it takes all, and nothing is left.
        """
        # To multiply numbers that lie in another order takes 3.0 µs; to copy and then to multiply them takes 1.7.
        tape.copyto(self._winners, grad_outputs.transpose(0, 3, 1, 2))
        write_backward(tape, self._activation, self._winners, self._pooled, out=self._winners)
        for winner, other, is_larger in reversed(self._rounds):
            tape.copyto(other, is_larger)  # as numbers: to multiply by booleans takes 4.0 µs, and this 2.3
            tape.multiply(winner, other, out=other)
            tape.subtract(winner, other, out=winner)
        return self._scatter(tape)


class AveragePoolingKernel(PoolingKernel):
    """`layers.AveragePooling2D`."""

    def __init__(self, layer: Layer, n: int, activation: Activation | None) -> None:
        super().__init__(layer, n, padding_value=0)
        self._shares = 1 / layer.n_pixels[0, :, :, 0]  # (H', W')

    def forward(self, tape: Tape, inputs: np.ndarray, training: bool) -> np.ndarray:
        """Write the forward pass, and return the mean of each window, (N, H', W', C)."""
        self._gather(tape, inputs)
        tape.sum(self._taps, axis=(0, 1), out=self._pooled)
        tape.multiply(self._pooled, self._shares, out=self._pooled)
        return self._outputs

    def backward(self, tape: Tape, grad_outputs: np.ndarray, needs_grad_inputs: bool) -> np.ndarray:
        """Write the backward pass, and return the gradient of the inputs, (N, H, W, C)."""
        tape.multiply(grad_outputs.transpose(0, 3, 1, 2), self._shares, out=self._taps)
        return self._scatter(tape)


def overlaps(windows: Windows) -> bool:
    """Return whether a pixel can lie in more than one window."""
    return any(window > stride for window, stride in zip(windows.window_size, windows.strides, strict=True))


def tiles_image(windows: Windows) -> bool:
    """Return whether windows lie side by side without padding. Pixels that fill no window may be left at the end."""
    return windows.window_size == windows.strides and all(
        output * window <= size
        for output, window, size in zip(windows.output_size, windows.window_size, windows.image_size, strict=True)
    )


def interior(windows: Windows, planes: np.ndarray) -> np.ndarray:
    """Return the view of padded planes (..., P, Q) that is the image itself, (..., H, W)."""
    (top, left), (height, width) = windows.before, windows.image_size
    return planes[..., top : top + height, left : left + width]


def taps(windows: Windows, planes: np.ndarray) -> list[np.ndarray]:
    """Return the view (L, K, ..., H', W'): what all windows see at each of their places, columns first.

    Args:
        windows: a `Windows`.
        planes: (..., P, Q).
    """
    *outer, row, column = planes.strides
    (down, right), shape = windows.strides, (*windows.window_size[::-1], *planes.shape[:-2], *windows.output_size)
    return as_strided(planes, shape, (column, row, *outer, row * down, column * right))
