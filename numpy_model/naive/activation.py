"""Activations as layers, in plain loops."""

import math

import numpy as np

from numpy_model import activations
from numpy_model.layer import Layer
from numpy_model.naive.loops import activate, backward_rows, start


class Activation(Layer):
    """`numpy_model.layers.Activation` in loops, row by row along the last axis."""

    def __init__(self, activation, name=None, dtype=None):
        super().__init__(name, dtype)
        self.activation = activations.get(activation)

    def forward(self, inputs, training=False):
        """Return activation(inputs)."""
        outputs = start(self, inputs)
        for index in np.ndindex(inputs.shape[:-1]):
            outputs[index] = activate(self.activation, inputs[index])
        self.remember(training, outputs)
        return outputs

    def backward(self, grad_outputs):
        """Return the gradient of the inputs."""
        (outputs,) = self.recall(grad_outputs)
        return backward_rows(self.activation, grad_outputs, outputs)


class ReLU(Activation):
    """`numpy_model.layers.ReLU` in loops."""

    def __init__(self, name=None, dtype=None):
        super().__init__("relu", name, dtype)


class Softmax(Activation):
    """`numpy_model.layers.Softmax` in loops."""

    def __init__(self, name=None, dtype=None):
        super().__init__("softmax", name, dtype)


class Elementwise(Layer):
    """What LeakyReLU and ELU share: each output is made of one input alone."""

    def forward(self, inputs, training=False):
        """One number after the other."""
        outputs = start(self, inputs)
        for index in np.ndindex(inputs.shape):
            outputs[index] = self.value(inputs[index])
        self.remember(training, np.array(inputs), outputs)
        return outputs

    def backward(self, grad_outputs):
        """Each input receives the gradient of its output, times the slope there."""
        inputs, _ = self.recall(grad_outputs)
        grad_inputs = np.empty_like(inputs)
        for index in np.ndindex(inputs.shape):
            grad_inputs[index] = grad_outputs[index] * self.slope(inputs[index])
        return grad_inputs


class LeakyReLU(Elementwise):
    """`numpy_model.layers.LeakyReLU` in loops."""

    def __init__(self, negative_slope=0.3, name=None, dtype=None):
        super().__init__(name, dtype)
        self.negative_slope = float(np.float32(negative_slope))

    def value(self, number):
        """Return the output for an input."""
        return number if number > 0 else self.negative_slope * number

    def slope(self, number):
        """Return the derivative of the output at an input."""
        return 1 if number > 0 else self.negative_slope


class ELU(Elementwise):
    """`numpy_model.layers.ELU` in loops."""

    def __init__(self, alpha=1.0, name=None, dtype=None):
        super().__init__(name, dtype)
        self.alpha = alpha

    def value(self, number):
        """Return the output for an input."""
        return number if number > 0 else self.alpha * math.expm1(number)

    def slope(self, number):
        """Return the derivative of the output at an input."""
        return 1 if number > 0 else self.alpha * math.exp(number)
