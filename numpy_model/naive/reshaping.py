"""Layers that move numbers, in plain loops."""

import math

import numpy as np

from numpy_model.checks import check_rank, is_whole, whole_numbers
from numpy_model.layer import Layer
from numpy_model.naive.loops import start


class SameOrder(Layer):
    """What Flatten and Reshape share: the numbers of a sample keep their order."""

    def forward(self, inputs, training=False):
        """The numbers of each sample, one after the other."""
        outputs = start(self, inputs)
        for n in range(len(inputs)):
            for place, index in zip(np.ndindex(self.output_shape), np.ndindex(self.input_shape), strict=True):
                outputs[n][place] = inputs[n][index]
        self.remember(training, outputs)
        return outputs

    def backward(self, grad_outputs):
        """The gradients, back at their places."""
        self.recall(grad_outputs)
        grad_inputs = np.empty((len(grad_outputs), *self.input_shape), grad_outputs.dtype)
        for n in range(len(grad_outputs)):
            for place, index in zip(np.ndindex(self.output_shape), np.ndindex(self.input_shape), strict=True):
                grad_inputs[n][index] = grad_outputs[n][place]
        return grad_inputs


class Flatten(SameOrder):
    """`numpy_model.layers.Flatten` in loops."""

    def build(self, input_shape):
        """Return the output shape (D,)."""
        self.input_shape = check_rank(self.name, input_shape, len(tuple(input_shape)), "(...)")
        self.output_shape = (math.prod(self.input_shape),)
        return self.output_shape


class Reshape(SameOrder):
    """`numpy_model.layers.Reshape` in loops."""

    def __init__(self, target_shape, name=None, dtype=None):
        super().__init__(name, dtype)
        self.target_shape = tuple(target_shape)

    def build(self, input_shape):
        """Return the output shape, with the number that -1 stands for."""
        self.input_shape = check_rank(self.name, input_shape, len(tuple(input_shape)), "(...)")
        left = math.prod(self.input_shape) // math.prod(size for size in self.target_shape if size != -1)
        self.output_shape = tuple(left if size == -1 else size for size in self.target_shape)
        return self.output_shape


class ZeroPadding2D(Layer):
    """`numpy_model.layers.ZeroPadding2D` in loops."""

    def __init__(self, padding=(1, 1), name=None, dtype=None):
        super().__init__(name, dtype)
        rows, columns = (padding, padding) if is_whole(padding) else padding
        self.padding = [(axis, axis) if is_whole(axis) else axis for axis in (rows, columns)]

    def build(self, input_shape):
        """Return the output shape."""
        self.input_shape = check_rank(self.name, input_shape, 3, "(height, width, channels)")
        (above, below), (left, right) = self.padding
        height, width, channels = self.input_shape
        self.output_shape = (above + height + below, left + width + right, channels)
        return self.output_shape

    def forward(self, inputs, training=False):
        """Each pixel, moved, among zeros."""
        outputs = start(self, inputs)
        outputs[...] = 0
        for n, y, x, c in np.ndindex(inputs.shape):
            outputs[n, self.padding[0][0] + y, self.padding[1][0] + x, c] = inputs[n, y, x, c]
        self.remember(training, outputs)
        return outputs

    def backward(self, grad_outputs):
        """The gradient of each pixel, moved back."""
        self.recall(grad_outputs)
        grad_inputs = np.empty((len(grad_outputs), *self.input_shape), grad_outputs.dtype)
        for n, y, x, c in np.ndindex(grad_inputs.shape):
            grad_inputs[n, y, x, c] = grad_outputs[n, self.padding[0][0] + y, self.padding[1][0] + x, c]
        return grad_inputs


class UpSampling2D(Layer):
    """`numpy_model.layers.UpSampling2D` in loops."""

    def __init__(self, size=(2, 2), interpolation="nearest", name=None, dtype=None):
        super().__init__(name, dtype)
        self.size = whole_numbers(self.name, "size", size, 2)
        if interpolation != "nearest":
            raise ValueError(f"layer {self.name}: interpolation is {interpolation!r}; allowed is 'nearest'")

    def build(self, input_shape):
        """Return the output shape."""
        self.input_shape = check_rank(self.name, input_shape, 3, "(height, width, channels)")
        height, width, channels = self.input_shape
        self.output_shape = (self.size[0] * height, self.size[1] * width, channels)
        return self.output_shape

    def forward(self, inputs, training=False):
        """Each output is a copy of a pixel."""
        outputs = start(self, inputs)
        for n, y, x, c in np.ndindex(outputs.shape):
            outputs[n, y, x, c] = inputs[n, y // self.size[0], x // self.size[1], c]
        self.remember(training, outputs)
        return outputs

    def backward(self, grad_outputs):
        """Each copy hands its gradient to its pixel."""
        self.recall(grad_outputs)
        grad_inputs = np.zeros((len(grad_outputs), *self.input_shape), grad_outputs.dtype)
        for n, y, x, c in np.ndindex(grad_outputs.shape):
            grad_inputs[n, y // self.size[0], x // self.size[1], c] += grad_outputs[n, y, x, c]
        return grad_inputs
