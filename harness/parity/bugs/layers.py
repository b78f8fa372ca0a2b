"""Layers with a mistake.

Most call the right layer and spoil what it is given or what it returns: so nothing else is wrong.
"""

import contextlib
import math

import numpy as np

from numpy_model import layers
from numpy_model.activations import Linear, Softmax


@contextlib.contextmanager
def holding(array, numbers):
    """Let the body find other numbers in an array."""
    right = array.copy()
    array[...] = numbers
    try:
        yield
    finally:
        array[...] = right


class UnrotatedConv2D(layers.Conv2D):
    """Its gradient of the inputs takes the kernel as the forward pass does, not rotated by half a turn."""

    def backward(self, grad_outputs):
        kernel = self.params["kernel"]
        # The right layer rotates the kernel, and so undoes the half turn that it is given here.
        with holding(kernel, kernel[::-1, ::-1]):
            return super().backward(grad_outputs)


class MeanBiasConv2D(layers.Conv2D):
    """Its gradient of the bias is the mean over all positions, which all add the bias: their sum would be right."""

    def backward(self, grad_outputs):
        grad_inputs = super().backward(grad_outputs)
        self.grads["bias"] /= math.prod(self.windows.output_size)
        return grad_inputs


class ShiftedPaddingConv2D(layers.Conv2D):
    """It pads one pixel too many before the image, and one too few behind it."""

    def build(self, input_shape):
        output_shape = super().build(input_shape)
        if self.padding == "same":
            self.windows.before = tuple(zeros + 1 for zeros in self.windows.before)
            self.windows.after = tuple(zeros - 1 for zeros in self.windows.after)
        return output_shape


class SharedMaxPooling2D(layers.MaxPooling2D):
    """It sends the whole gradient of a window to all of its equal maxima, not to the first."""

    def forward(self, inputs, training=False):
        outputs = super().forward(inputs, training)
        patches = self.windows.patches(inputs, padding_value=-np.inf)  # (N, H', W', K, L, C)
        self.remember(training, patches == outputs[:, :, :, None, None], outputs)
        return outputs

    def backward(self, grad_outputs):
        is_largest, _ = self.recall(grad_outputs)
        return self.windows.add_up(np.where(is_largest, grad_outputs[:, :, :, None, None], 0))


class ChannelsFirstFlatten(layers.Flatten):
    """It puts one channel after the other, where the weights expect the channels of a pixel side by side."""

    def forward(self, inputs, training=False):
        return super().forward(np.moveaxis(inputs, -1, 1).reshape(inputs.shape), training)

    def backward(self, grad_outputs):
        grad_inputs = super().backward(grad_outputs)
        n, *size, channels = grad_inputs.shape
        return np.moveaxis(grad_inputs.reshape(n, channels, *size), 1, -1)


class TransposedDense(layers.Dense):
    """It reads the kernel as if it were stored in the shape (units, inputs)."""

    def forward(self, inputs, training=False):
        kernel = self.params["kernel"]
        with holding(kernel, kernel.reshape(kernel.shape[::-1]).T):
            return super().forward(inputs, training)


class StaleDense(layers.Dense):
    """Its backward pass finds the inputs of the step before."""

    stale = None

    def recall(self, grad_outputs):
        inputs, outputs = super().recall(grad_outputs)
        stale, self.stale = self.stale, inputs.copy()
        return inputs if stale is None else stale, outputs


class TwiceAveragedDense(layers.Dense):
    """It divides its gradients by the batch size, which the gradient of the mean loss has been divided by already."""

    def backward(self, grad_outputs):
        grad_inputs = super().backward(grad_outputs)
        for grad in self.grads.values():
            grad /= len(grad_outputs)
        return grad_inputs


class AccumulatingDense(layers.Dense):
    """It adds its gradients to those of the step before, which nobody has set to zero."""

    def backward(self, grad_outputs):
        before = {name: grad.copy() for name, grad in self.grads.items()}
        grad_inputs = super().backward(grad_outputs)
        for name, grad in before.items():
            self.grads[name] += grad
        return grad_inputs


class HastyDense(layers.Dense):
    """It updates its kernel before it passes the gradient down, which so meets a kernel that the outputs never saw."""

    learning_rate = 0.005

    def backward(self, grad_outputs):
        super().backward(grad_outputs)
        _, outputs = self.recall(grad_outputs)
        updated = self.params["kernel"] - self.learning_rate * self.grads["kernel"]
        return self.activation.backward(grad_outputs, outputs) @ updated.T


class TwiceDifferentiatedDense(layers.Dense):
    """It takes the gradient of the logits, probabilities - targets, through the derivative of the softmax once more."""

    def backward(self, grad_outputs):
        _, outputs = self.recall(grad_outputs)
        if isinstance(self.activation, Linear):  # a model trains its last layer on the logits, without its softmax
            grad_outputs = Softmax().backward(grad_outputs, Softmax().forward(outputs))
        return super().backward(grad_outputs)
