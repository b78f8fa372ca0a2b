"""Layers with a mistake.

Most call the right layer and spoil what it is given or what it returns: so nothing else is wrong.
"""

import contextlib
import math

import numpy as np

from numpy_model import layers


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

    def _backward_logits(self, work):
        kernel = self.params["kernel"]
        # The right layer rotates the kernel, and so undoes the half turn that it is given here.
        with holding(kernel, kernel[::-1, ::-1]):
            return super()._backward_logits(work)


class MeanBiasConv2D(layers.Conv2D):
    """Its gradient of the bias is the mean over all positions, which all add the bias: their sum would be right."""

    def _backward_logits(self, work):
        grad_inputs = super()._backward_logits(work)
        self.grads["bias"] /= math.prod(self.geometry.output_size)
        return grad_inputs


class ShiftedPaddingConv2D(layers.Conv2D):
    """It pads one pixel too many before the image, and one too few behind it."""

    def build(self, input_shape):
        output_shape = super().build(input_shape)
        if self.padding == "same":
            self.geometry.before = tuple(zeros + 1 for zeros in self.geometry.before)
        return output_shape


class SharedMaxPooling2D(layers.MaxPooling2D):
    """It sends the whole gradient of a window to all of its equal maxima, not to the first."""

    def forward(self, inputs, training=False):
        outputs = super().forward(inputs, training)
        self.gather(inputs, self._work)  # again, as they have met in their places
        return outputs

    def backward(self, grad_outputs):
        work = self.start_backward(grad_outputs)
        np.multiply(work.taps == work.pooled, grad_outputs.transpose(0, 3, 1, 2), out=work.taps)
        return self.scatter(work)


class ChannelsFirstFlatten(layers.Flatten):
    """It puts one channel after the other, where the weights expect the channels of a pixel side by side."""

    def forward(self, inputs, training=False):
        outputs = super().forward(inputs, training)
        outputs[...] = np.moveaxis(inputs, -1, 1).reshape(outputs.shape)
        return outputs

    def backward(self, grad_outputs):
        grad_inputs = super().backward(grad_outputs)
        n, *size, channels = grad_inputs.shape
        return np.moveaxis(grad_inputs.reshape(n, channels, *size), 1, -1)


class TransposedDense(layers.Dense):
    """It reads the kernel as if it were stored in the shape (units, inputs)."""

    can_defer = False  # or `fit` would not read it here

    def forward(self, inputs, training=False):
        kernel = self.params["kernel"]
        with holding(kernel, kernel.reshape(kernel.shape[::-1]).T):
            return super().forward(inputs, training)


class StaleDense(layers.Dense):
    """Its backward pass finds the inputs of the step before."""

    def _backward_logits(self, work):
        fresh = work.inputs.copy()
        work.inputs[...] = getattr(work, "stale", fresh)
        work.stale = fresh
        return super()._backward_logits(work)


class TwiceAveragedDense(layers.Dense):
    """It divides its gradients by the batch size, which the gradient of the mean loss has been divided by already."""

    def _backward_logits(self, work):
        grad_inputs = super()._backward_logits(work)
        for grad in self.grads.values():
            grad /= len(work.outputs)
        return grad_inputs


class AccumulatingDense(layers.Dense):
    """It adds its gradients to those of the step before, which nobody has set to zero."""

    def _backward_logits(self, work):
        before = {name: grad.copy() for name, grad in self.grads.items()}
        grad_inputs = super()._backward_logits(work)
        for name, grad in before.items():
            self.grads[name] += grad
        return grad_inputs


class HastyDense(layers.Dense):
    """It updates its kernel before it passes the gradient down, which so meets a kernel that the outputs never saw."""

    learning_rate = 0.005

    def _backward_logits(self, work):
        super()._backward_logits(work)
        updated = self.params["kernel"] - self.learning_rate * self.grads["kernel"]
        return work.grad_logits @ updated.T


class TwiceDifferentiatedDense(layers.Dense):
    """It takes the gradient of the logits, probabilities - targets, through the derivative of the softmax once more."""

    def backward_logits(self, grad_logits):
        return super().backward(grad_logits)
