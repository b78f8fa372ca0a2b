"""Poolings in plain loops.

Letters: N images, H x W pixels, C channels, K x L the window.
"""

import numpy as np

from numpy_model.checks import check_rank, whole_numbers
from numpy_model.layer import Layer
from numpy_model.naive.loops import start
from numpy_model.naive.windows import Windows


class Pooling2D(Layer):
    """What both poolings share: their windows."""

    def __init__(self, pool_size, strides=None, padding="valid", name=None, dtype=None):
        super().__init__(name, dtype)
        self.pool_size = whole_numbers(self.name, "pool_size", pool_size, 2)
        self.strides = self.pool_size if strides is None else whole_numbers(self.name, "strides", strides, 2)
        self.padding = padding

    def build(self, input_shape):
        """Place the windows, and return the output shape."""
        *size, channels = self.input_shape = check_rank(self.name, input_shape, 3, "(height, width, channels)")
        self.windows = Windows(self.name, tuple(size), self.pool_size, self.strides, self.padding)
        self.output_shape = (*self.windows.output_size, channels)
        return self.output_shape


class MaxPooling2D(Pooling2D):
    """`numpy_model.layers.MaxPooling2D` in loops."""

    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", name=None, dtype=None):
        super().__init__(pool_size, strides, padding, name, dtype)

    def forward(self, inputs, training=False):
        """Each output is the largest pixel under its window."""
        outputs = start(self, inputs)
        for n, y, x, c in np.ndindex(outputs.shape):
            outputs[n, y, x, c] = max(inputs[n, row, column, c] for _, _, row, column in self.windows.places(y, x))
        self.remember(training, np.array(inputs), outputs)
        return outputs

    def backward(self, grad_outputs):
        """Each output hands its gradient to the first pixel, in reading order, that is as large as itself."""
        inputs, outputs = self.recall(grad_outputs)
        grad_inputs = np.zeros_like(inputs)
        for n, y, x, c in np.ndindex(grad_outputs.shape):
            for _, _, row, column in self.windows.places(y, x):
                if inputs[n, row, column, c] == outputs[n, y, x, c]:
                    grad_inputs[n, row, column, c] += grad_outputs[n, y, x, c]
                    break
        return grad_inputs


class AveragePooling2D(Pooling2D):
    """`numpy_model.layers.AveragePooling2D` in loops."""

    def forward(self, inputs, training=False):
        """Each output is the mean of the pixels under its window."""
        outputs = start(self, inputs)
        for n, y, x, c in np.ndindex(outputs.shape):
            pixels = [inputs[n, row, column, c] for _, _, row, column in self.windows.places(y, x)]
            outputs[n, y, x, c] = sum(pixels) / len(pixels)
        self.remember(training, outputs)
        return outputs

    def backward(self, grad_outputs):
        """Each output hands an equal share of its gradient to every pixel under its window."""
        self.recall(grad_outputs)
        grad_inputs = np.zeros((len(grad_outputs), *self.input_shape), grad_outputs.dtype)
        for n, y, x, c in np.ndindex(grad_outputs.shape):
            places = list(self.windows.places(y, x))
            for _, _, row, column in places:
                grad_inputs[n, row, column, c] += grad_outputs[n, y, x, c] / len(places)
        return grad_inputs


class GlobalPooling2D(Layer):
    """What both global poolings share: their shapes, and the pixels of a channel."""

    def __init__(self, keepdims=False, name=None, dtype=None):
        super().__init__(name, dtype)
        self.keepdims = keepdims

    def build(self, input_shape):
        """Return the output shape, (C,) or (1, 1, C)."""
        *_, channels = self.input_shape = check_rank(self.name, input_shape, 3, "(height, width, channels)")
        self.output_shape = (1, 1, channels) if self.keepdims else (channels,)
        return self.output_shape


class GlobalMaxPooling2D(GlobalPooling2D):
    """`numpy_model.layers.GlobalMaxPooling2D` in loops."""

    def forward(self, inputs, training=False):
        """Each output is the largest pixel of a channel."""
        outputs = start(self, inputs)
        for n, *ones, c in np.ndindex(outputs.shape):
            outputs[n, *ones, c] = max(inputs[n, row, column, c] for row, column in np.ndindex(self.input_shape[:2]))
        self.remember(training, np.array(inputs), outputs)
        return outputs

    def backward(self, grad_outputs):
        """Each output hands its gradient to all pixels that are as large as itself, in equal shares."""
        inputs, outputs = self.recall(grad_outputs)
        grad_inputs = np.zeros_like(inputs)
        for n, *ones, c in np.ndindex(outputs.shape):
            places = np.ndindex(self.input_shape[:2])
            winners = [place for place in places if inputs[n, *place, c] == outputs[n, *ones, c]]
            for place in winners:
                grad_inputs[n, *place, c] = grad_outputs[n, *ones, c] / len(winners)
        return grad_inputs


class GlobalAveragePooling2D(GlobalPooling2D):
    """`numpy_model.layers.GlobalAveragePooling2D` in loops."""

    def forward(self, inputs, training=False):
        """Each output is the mean of all pixels of a channel."""
        outputs = start(self, inputs)
        for n, *ones, c in np.ndindex(outputs.shape):
            pixels = [inputs[n, row, column, c] for row, column in np.ndindex(self.input_shape[:2])]
            outputs[n, *ones, c] = sum(pixels) / len(pixels)
        self.remember(training, outputs)
        return outputs

    def backward(self, grad_outputs):
        """Each output hands an equal share of its gradient to every pixel of its channel."""
        self.recall(grad_outputs)
        height, width, _ = self.input_shape
        grad_inputs = np.empty((len(grad_outputs), *self.input_shape), grad_outputs.dtype)
        for n, *ones, c in np.ndindex(grad_outputs.shape):
            for row, column in np.ndindex(height, width):
                grad_inputs[n, row, column, c] = grad_outputs[n, *ones, c] / (height * width)
        return grad_inputs
