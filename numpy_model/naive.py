"""The layers again, in plain loops: the specification of what they compute, and the oracle of their tests.

Nothing here is fast, and nothing is clever. A layer takes its arguments and parameters from the layer that it spells
out; `forward` and `backward` are written anew, one number at a time. `naive.Sequential` of `naive.layers` is a model
like any other.

Letters: N images, H x W pixels, C channels, F filters or units, K x L the window, D inputs.
"""

import math
from types import SimpleNamespace

import numpy as np

from numpy_model import initializers, optimizers
from numpy_model import layers as fast
from numpy_model.input import Input
from numpy_model.model import Sequential

__all__ = ["Input", "Sequential", "initializers", "layers", "optimizers"]


def activate(activation, logits):
    """Return the outputs of an activation for one row of logits."""
    name = type(activation).__name__
    if name == "Relu":
        return [logit if logit > 0 else 0 for logit in logits]
    if name == "Softmax":
        largest = max(logits)
        exponentials = [math.exp(logit - largest) for logit in logits]
        total = sum(exponentials)
        return [exponential / total for exponential in exponentials]
    return list(logits)


def activate_backward(activation, grad_outputs, outputs):
    """Return the gradient of one row of logits."""
    name = type(activation).__name__
    if name == "Relu":
        return [grad if output > 0 else 0 for grad, output in zip(grad_outputs, outputs, strict=True)]
    if name == "Softmax":
        # d output_i / d logit_j is output_i * ((i == j) - output_j).
        return [
            sum(grad_outputs[i] * outputs[i] * ((i == j) - outputs[j]) for i in range(len(outputs)))
            for j in range(len(outputs))
        ]
    return list(grad_outputs)


class Windows:
    """Which pixel each window sees at each of its places: the padding and striding of a layer, one index at a time."""

    def __init__(self, image_size, window_size, strides, padding):
        self.image_size, self.window_size, self.strides = image_size, window_size, strides
        self.first = [
            self._first(size, window, stride) if padding == "same" else 0
            for size, window, stride in zip(image_size, window_size, strides, strict=True)
        ]

    @staticmethod
    def _first(size, window, stride):
        output = math.ceil(size / stride)
        padding = max((output - 1) * stride + window - size, 0)
        return -(padding // 2)

    def places(self, y, x):
        """Yield (k, l, row, column) for each place of window (y, x) that lies on the image."""
        for k in range(self.window_size[0]):
            for l in range(self.window_size[1]):
                row = self.first[0] + y * self.strides[0] + k
                column = self.first[1] + x * self.strides[1] + l
                if 0 <= row < self.image_size[0] and 0 <= column < self.image_size[1]:
                    yield k, l, row, column


class Conv2D(fast.Conv2D):
    """`numpy_model.layers.Conv2D` in loops."""

    def forward(self, inputs, training=False):
        """Each output is a bias and the sum of all pixels under a kernel, weighted by it."""
        keep(self, inputs, training)
        kernel, filters = self.params["kernel"], range(self.filters)
        windows = Windows(self.input_shape[:2], self.kernel_size, self.strides, self.padding)
        outputs, logits = self._work.outputs, self._work.logits
        for n, y, x in np.ndindex(outputs.shape[:3]):
            for f in filters:
                total = self.params["bias"][f] if self.use_bias else 0
                for k, l, row, column in windows.places(y, x):
                    for c in range(self.input_shape[2]):
                        total += kernel[k, l, c, f] * inputs[n, row, column, c]
                logits[n, y, x, f] = total
            outputs[n, y, x] = activate(self.activation, logits[n, y, x])
        return outputs

    def backward(self, grad_outputs):
        """Each logit hands its gradient to the bias, to the weights, and to the pixels that it was made of."""
        self.start_backward(grad_outputs)
        grad_logits = np.empty_like(grad_outputs)
        for n, y, x in np.ndindex(grad_outputs.shape[:3]):
            grad_logits[n, y, x] = activate_backward(
                self.activation, grad_outputs[n, y, x], self._work.outputs[n, y, x]
            )
        return self.backward_logits(grad_logits)

    def backward_logits(self, grad_logits):
        """Do as `backward`, from the gradient of the logits."""
        self.start_backward(grad_logits)
        inputs, kernel = self._work.inputs, self.params["kernel"]
        windows = Windows(self.input_shape[:2], self.kernel_size, self.strides, self.padding)
        grad_inputs = np.zeros_like(inputs)
        for grad in self.grads.values():
            grad[...] = 0
        for n, y, x, f in np.ndindex(grad_logits.shape):
            grad = grad_logits[n, y, x, f]
            if self.use_bias:
                self.grads["bias"][f] += grad
            for k, l, row, column in windows.places(y, x):
                for c in range(self.input_shape[2]):
                    self.grads["kernel"][k, l, c, f] += grad * inputs[n, row, column, c]
                    grad_inputs[n, row, column, c] += grad * kernel[k, l, c, f]
        return grad_inputs


class Dense(fast.Dense):
    """`numpy_model.layers.Dense` in loops."""

    can_defer = False

    def forward(self, inputs, training=False):
        """Each output is a bias and the sum of all inputs, weighted."""
        keep(self, inputs, training)
        outputs, logits = self._work.outputs, self._work.logits
        for n in range(len(inputs)):
            for f in range(self.units):
                total = self.params["bias"][f] if self.use_bias else 0
                for d in range(self.input_shape[0]):
                    total += inputs[n, d] * self.params["kernel"][d, f]
                logits[n, f] = total
            outputs[n] = activate(self.activation, logits[n])
        return outputs

    def backward(self, grad_outputs):
        """Each logit hands its gradient to the bias, to the weights, and to the inputs that it was made of."""
        self.start_backward(grad_outputs)
        grad_logits = np.empty_like(grad_outputs)
        for n in range(len(grad_outputs)):
            grad_logits[n] = activate_backward(self.activation, grad_outputs[n], self._work.outputs[n])
        return self.backward_logits(grad_logits)

    def backward_logits(self, grad_logits):
        """Do as `backward`, from the gradient of the logits."""
        self.start_backward(grad_logits)
        inputs, kernel = self._work.inputs, self.params["kernel"]
        grad_inputs = np.zeros_like(inputs)
        for grad in self.grads.values():
            grad[...] = 0
        for n, f in np.ndindex(grad_logits.shape):
            grad = grad_logits[n, f]
            if self.use_bias:
                self.grads["bias"][f] += grad
            for d in range(self.input_shape[0]):
                self.grads["kernel"][d, f] += grad * inputs[n, d]
                grad_inputs[n, d] += grad * kernel[d, f]
        return grad_inputs


class PixelBias(fast.PixelBias):
    """`numpy_model.layers.PixelBias` in loops."""

    def forward(self, inputs, training=False):
        """Each output is a pixel and its own bias."""
        keep(self, inputs, training)
        outputs, logits = self._work.outputs, self._work.logits
        for n, y, x in np.ndindex(outputs.shape[:3]):
            for c in range(self.input_shape[2]):
                logits[n, y, x, c] = inputs[n, y, x, c] + self.params["bias"][y, x, c]
            outputs[n, y, x] = activate(self.activation, logits[n, y, x])
        return outputs

    def backward(self, grad_outputs):
        """Each logit hands its gradient to its bias and to its pixel."""
        self.start_backward(grad_outputs)
        grad_logits = np.empty_like(grad_outputs)
        for n, y, x in np.ndindex(grad_outputs.shape[:3]):
            grad_logits[n, y, x] = activate_backward(
                self.activation, grad_outputs[n, y, x], self._work.outputs[n, y, x]
            )
        return self.backward_logits(grad_logits)

    def backward_logits(self, grad_logits):
        """Do as `backward`, from the gradient of the logits."""
        self.start_backward(grad_logits)
        grad_inputs = np.empty_like(self._work.inputs)
        self.grads["bias"][...] = 0
        for n, y, x, c in np.ndindex(grad_logits.shape):
            self.grads["bias"][y, x, c] += grad_logits[n, y, x, c]
            grad_inputs[n, y, x, c] = grad_logits[n, y, x, c]
        return grad_inputs


class MaxPooling2D(fast.MaxPooling2D):
    """`numpy_model.layers.MaxPooling2D` in loops."""

    def forward(self, inputs, training=False):
        """Each output is the largest pixel under its window."""
        keep(self, inputs, training)
        windows = Windows(self.input_shape[:2], self.pool_size, self.strides, self.padding)
        for n, y, x, c in np.ndindex(self._work.outputs.shape):
            self._work.outputs[n, y, x, c] = max(
                inputs[n, row, column, c] for _, _, row, column in windows.places(y, x)
            )
        return self._work.outputs

    def backward(self, grad_outputs):
        """Each output hands its gradient to the first pixel, in reading order, that is as large as itself."""
        self.start_backward(grad_outputs)
        windows = Windows(self.input_shape[:2], self.pool_size, self.strides, self.padding)
        grad_inputs = np.zeros_like(self._work.inputs)
        for n, y, x, c in np.ndindex(grad_outputs.shape):
            for _, _, row, column in windows.places(y, x):
                if self._work.inputs[n, row, column, c] == self._work.outputs[n, y, x, c]:
                    grad_inputs[n, row, column, c] += grad_outputs[n, y, x, c]
                    break
        return grad_inputs


class AveragePooling2D(fast.AveragePooling2D):
    """`numpy_model.layers.AveragePooling2D` in loops."""

    def forward(self, inputs, training=False):
        """Each output is the mean of the pixels under its window."""
        keep(self, inputs, training)
        windows = Windows(self.input_shape[:2], self.pool_size, self.strides, self.padding)
        for n, y, x, c in np.ndindex(self._work.outputs.shape):
            pixels = [inputs[n, row, column, c] for _, _, row, column in windows.places(y, x)]
            self._work.outputs[n, y, x, c] = sum(pixels) / len(pixels)
        return self._work.outputs

    def backward(self, grad_outputs):
        """Each output hands an equal share of its gradient to every pixel under its window."""
        self.start_backward(grad_outputs)
        windows = Windows(self.input_shape[:2], self.pool_size, self.strides, self.padding)
        grad_inputs = np.zeros_like(self._work.inputs)
        for n, y, x, c in np.ndindex(grad_outputs.shape):
            places = list(windows.places(y, x))
            for _, _, row, column in places:
                grad_inputs[n, row, column, c] += grad_outputs[n, y, x, c] / len(places)
        return grad_inputs


class Flatten(fast.Flatten):
    """`numpy_model.layers.Flatten` in loops."""

    def forward(self, inputs, training=False):
        """The numbers of each sample, one after the other."""
        keep(self, inputs, training)
        for n in range(len(inputs)):
            for d, index in enumerate(np.ndindex(self.input_shape)):
                self._work.outputs[n, d] = inputs[n][index]
        return self._work.outputs

    def backward(self, grad_outputs):
        """The gradients, back at their places."""
        self.start_backward(grad_outputs)
        grad_inputs = np.empty_like(self._work.inputs)
        for n in range(len(grad_outputs)):
            for d, index in enumerate(np.ndindex(self.input_shape)):
                grad_inputs[n][index] = grad_outputs[n, d]
        return grad_inputs


class Activation(fast.Activation):
    """`numpy_model.layers.Activation` in loops, row by row along the last axis."""

    def forward(self, inputs, training=False):
        """Return activation(inputs)."""
        keep(self, inputs, training)
        for index in np.ndindex(inputs.shape[:-1]):
            self._work.logits[index] = inputs[index]
            self._work.outputs[index] = activate(self.activation, inputs[index])
        return self._work.outputs

    def backward(self, grad_outputs):
        """Return the gradient of the inputs."""
        self.start_backward(grad_outputs)
        grad_inputs = np.empty_like(self._work.inputs)
        for index in np.ndindex(grad_inputs.shape[:-1]):
            grad_inputs[index] = activate_backward(self.activation, grad_outputs[index], self._work.outputs[index])
        return grad_inputs


class ReLU(Activation):
    """`numpy_model.layers.ReLU` in loops."""

    def __init__(self, name=None, dtype=None):
        super().__init__("relu", name, dtype)


class Softmax(Activation):
    """`numpy_model.layers.Softmax` in loops."""

    def __init__(self, name=None, dtype=None):
        super().__init__("softmax", name, dtype)


def keep(layer, inputs, training):
    """Check the inputs, keep a copy for the backward step, and make room for logits and outputs."""
    layer.check_input(inputs)
    shape = (len(inputs), *layer.output_shape)
    layer._work = SimpleNamespace(
        inputs=np.array(inputs), logits=np.empty(shape, layer.dtype), outputs=np.empty(shape, layer.dtype)
    )
    layer._is_trained = training


layers = SimpleNamespace(
    Activation=Activation,
    AveragePooling2D=AveragePooling2D,
    Conv2D=Conv2D,
    Dense=Dense,
    Flatten=Flatten,
    MaxPooling2D=MaxPooling2D,
    PixelBias=PixelBias,
    ReLU=ReLU,
    Softmax=Softmax,
)
