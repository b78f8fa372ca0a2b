"""The layers again, in plain loops: the specification of what they compute, and the oracle of their tests.

Nothing here is fast, and nothing is clever: one number at a time, and nothing of `layers`. `naive.Sequential` of
`naive.layers` is a model like any other.

Letters: N images, H x W pixels, C channels, F filters or units, K x L the window, D inputs.
"""

import math
from types import SimpleNamespace

import numpy as np

from numpy_model import activations, initializers, optimizers
from numpy_model.checks import check_rank, whole_numbers
from numpy_model.input import Input
from numpy_model.layer import Layer
from numpy_model.model import Sequential

__all__ = ["Input", "Sequential", "initializers", "layers", "optimizers"]


def activate(activation, logits):
    """Return the outputs of an activation for one row of logits."""
    name = kind_of(activation)
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
    name = kind_of(activation)
    if name == "Relu":
        return [grad if output > 0 else 0 for grad, output in zip(grad_outputs, outputs, strict=True)]
    if name == "Softmax":
        # d output_i / d logit_j is output_i * ((i == j) - output_j).
        return [
            sum(grad_outputs[i] * outputs[i] * ((i == j) - outputs[j]) for i in range(len(outputs)))
            for j in range(len(outputs))
        ]
    return list(grad_outputs)


def kind_of(activation):
    """Return the name of an activation, or raise `ValueError` for one that is not spelled out here."""
    name = type(activation).__name__
    if name not in ("Linear", "Relu", "Softmax"):
        raise ValueError(f"activation {name} is not written out in plain loops; use linear, relu or softmax")
    return name


def backward_rows(activation, grad_outputs, outputs):
    """Return the gradient of the logits, row by row along the last axis."""
    grad_logits = np.empty_like(grad_outputs)
    for index in np.ndindex(grad_outputs.shape[:-1]):
        grad_logits[index] = activate_backward(activation, grad_outputs[index], outputs[index])
    return grad_logits


class Windows:
    """Which pixel each window sees at each of its places: the padding and striding of a layer, one index at a time."""

    def __init__(self, layer, image_size, window_size, strides, padding):
        if padding not in ("valid", "same"):
            raise ValueError(f"layer {layer}: padding is {padding!r}; allowed are 'valid' and 'same'")
        self.image_size, self.window_size, self.strides = image_size, window_size, strides
        axes = list(zip(image_size, window_size, strides, strict=True))
        if padding == "valid" and any(window > size for size, window, _ in axes):
            raise ValueError(
                f"layer {layer}: a window of {window_size} does not fit into an image of {image_size} pixels; "
                "use a smaller window or padding='same'"
            )
        if padding == "same":
            self.output_size = tuple(math.ceil(size / stride) for size, _, stride in axes)
            self.first = [-(max((math.ceil(size / step) - 1) * step + window - size, 0) // 2)
                          for size, window, step in axes]  # fmt: skip
        else:
            self.output_size = tuple((size - window) // stride + 1 for size, window, stride in axes)
            self.first = [0, 0]

    def places(self, y, x):
        """Yield (k, l, row, column) for each place of window (y, x) that lies on the image."""
        for k in range(self.window_size[0]):
            for l in range(self.window_size[1]):
                row = self.first[0] + y * self.strides[0] + k
                column = self.first[1] + x * self.strides[1] + l
                if 0 <= row < self.image_size[0] and 0 <= column < self.image_size[1]:
                    yield k, l, row, column


class Conv2D(Layer):
    """`numpy_model.layers.Conv2D` in loops."""

    def __init__(self, filters, kernel_size, strides=(1, 1), padding="valid", activation=None, use_bias=True,
                 kernel_initializer="glorot_uniform", bias_initializer="zeros", name=None, dtype=None):  # fmt: skip
        super().__init__(name, dtype)
        (self.filters,) = whole_numbers(self.name, "filters", filters, 1)
        self.kernel_size = whole_numbers(self.name, "kernel_size", kernel_size, 2)
        self.strides = whole_numbers(self.name, "strides", strides, 2)
        self.padding, self.use_bias, self.activation = padding, use_bias, activations.get(activation)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)

    def build(self, input_shape):
        """Make kernel (K, L, C, F) and bias (F,), and return the output shape."""
        *size, channels = self.input_shape = check_rank(self.name, input_shape, 3, "(height, width, channels)")
        self.windows = Windows(self.name, tuple(size), self.kernel_size, self.strides, self.padding)
        self.add_param("kernel", (*self.kernel_size, channels, self.filters), self.kernel_initializer)
        if self.use_bias:
            self.add_param("bias", (self.filters,), self.bias_initializer)
        self.output_shape = (*self.windows.output_size, self.filters)
        return self.output_shape

    def forward(self, inputs, training=False):
        """Each output is a bias and the sum of all pixels under a kernel, weighted by it."""
        outputs = start(self, inputs)
        for n, y, x in np.ndindex(outputs.shape[:3]):
            logits = []
            for f in range(self.filters):
                total = self.params["bias"][f] if self.use_bias else 0
                for k, l, row, column in self.windows.places(y, x):
                    for c in range(self.input_shape[2]):
                        total += self.params["kernel"][k, l, c, f] * inputs[n, row, column, c]
                logits.append(total)
            outputs[n, y, x] = activate(self.activation, logits)
        self.remember(training, np.array(inputs), outputs)
        return outputs

    def backward(self, grad_outputs):
        """Each logit hands its gradient to the bias, to the weights, and to the pixels that it was made of."""
        inputs, outputs = self.recall(grad_outputs)
        grad_logits, grad_inputs = backward_rows(self.activation, grad_outputs, outputs), np.zeros_like(inputs)
        clear(self.grads)
        for n, y, x, f in np.ndindex(grad_logits.shape):
            grad = grad_logits[n, y, x, f]
            if self.use_bias:
                self.grads["bias"][f] += grad
            for k, l, row, column in self.windows.places(y, x):
                for c in range(self.input_shape[2]):
                    self.grads["kernel"][k, l, c, f] += grad * inputs[n, row, column, c]
                    grad_inputs[n, row, column, c] += grad * self.params["kernel"][k, l, c, f]
        return grad_inputs


class Dense(Layer):
    """`numpy_model.layers.Dense` in loops."""

    def __init__(self, units, activation=None, use_bias=True, kernel_initializer="glorot_uniform",
                 bias_initializer="zeros", name=None, dtype=None):  # fmt: skip
        super().__init__(name, dtype)
        (self.units,) = whole_numbers(self.name, "units", units, 1)
        self.use_bias, self.activation = use_bias, activations.get(activation)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)

    def build(self, input_shape):
        """Make kernel (D, F) and bias (F,), and return the output shape."""
        self.input_shape = check_rank(self.name, input_shape, 1, "(inputs,); put a Flatten layer before it")
        self.add_param("kernel", (*self.input_shape, self.units), self.kernel_initializer)
        if self.use_bias:
            self.add_param("bias", (self.units,), self.bias_initializer)
        self.output_shape = (self.units,)
        return self.output_shape

    def forward(self, inputs, training=False):
        """Each output is a bias and the sum of all inputs, weighted."""
        outputs = start(self, inputs)
        for n in range(len(inputs)):
            logits = []
            for f in range(self.units):
                total = self.params["bias"][f] if self.use_bias else 0
                for d in range(self.input_shape[0]):
                    total += inputs[n, d] * self.params["kernel"][d, f]
                logits.append(total)
            outputs[n] = activate(self.activation, logits)
        self.remember(training, np.array(inputs), outputs)
        return outputs

    def backward(self, grad_outputs):
        """Each logit hands its gradient to the bias, to the weights, and to the inputs that it was made of."""
        inputs, outputs = self.recall(grad_outputs)
        grad_logits, grad_inputs = backward_rows(self.activation, grad_outputs, outputs), np.zeros_like(inputs)
        clear(self.grads)
        for n, f in np.ndindex(grad_logits.shape):
            grad = grad_logits[n, f]
            if self.use_bias:
                self.grads["bias"][f] += grad
            for d in range(self.input_shape[0]):
                self.grads["kernel"][d, f] += grad * inputs[n, d]
                grad_inputs[n, d] += grad * self.params["kernel"][d, f]
        return grad_inputs


class PixelBias(Layer):
    """`numpy_model.layers.PixelBias` in loops."""

    def __init__(self, activation=None, bias_initializer="zeros", name=None, dtype=None):
        super().__init__(name, dtype)
        self.activation, self.bias_initializer = activations.get(activation), initializers.get(bias_initializer)

    def build(self, input_shape):
        """Make the bias (H, W, C), and return the output shape."""
        self.input_shape = check_rank(self.name, input_shape, 3, "(height, width, channels)")
        self.output_shape = self.input_shape
        self.add_param("bias", self.input_shape, self.bias_initializer)
        return self.output_shape

    def forward(self, inputs, training=False):
        """Each output is a pixel and its own bias."""
        outputs = start(self, inputs)
        for n, y, x in np.ndindex(outputs.shape[:3]):
            logits = [inputs[n, y, x, c] + self.params["bias"][y, x, c] for c in range(self.input_shape[2])]
            outputs[n, y, x] = activate(self.activation, logits)
        self.remember(training, outputs)
        return outputs

    def backward(self, grad_outputs):
        """Each logit hands its gradient to its bias and to its pixel."""
        (outputs,) = self.recall(grad_outputs)
        grad_inputs = backward_rows(self.activation, grad_outputs, outputs)
        clear(self.grads)
        for n, y, x, c in np.ndindex(grad_inputs.shape):
            self.grads["bias"][y, x, c] += grad_inputs[n, y, x, c]
        return grad_inputs


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


class Flatten(Layer):
    """`numpy_model.layers.Flatten` in loops."""

    def build(self, input_shape):
        """Return the output shape (D,)."""
        self.input_shape = check_rank(self.name, input_shape, len(tuple(input_shape)), "(...)")
        self.output_shape = (math.prod(self.input_shape),)
        return self.output_shape

    def forward(self, inputs, training=False):
        """The numbers of each sample, one after the other."""
        outputs = start(self, inputs)
        for n in range(len(inputs)):
            for d, index in enumerate(np.ndindex(self.input_shape)):
                outputs[n, d] = inputs[n][index]
        self.remember(training, outputs)
        return outputs

    def backward(self, grad_outputs):
        """The gradients, back at their places."""
        self.recall(grad_outputs)
        grad_inputs = np.empty((len(grad_outputs), *self.input_shape), grad_outputs.dtype)
        for n in range(len(grad_outputs)):
            for d, index in enumerate(np.ndindex(self.input_shape)):
                grad_inputs[n][index] = grad_outputs[n, d]
        return grad_inputs


class Activation(Layer):
    """`numpy_model.layers.Activation` in loops, row by row along the last axis."""

    def __init__(self, activation, name=None, dtype=None):
        super().__init__(name, dtype)
        self.activation = activations.get(activation)

    def build(self, input_shape):
        """Return the output shape, which is the input shape."""
        self.input_shape = check_rank(self.name, input_shape, len(tuple(input_shape)), "(...)")
        self.output_shape = self.input_shape
        return self.output_shape

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


def start(layer, inputs):
    """Check the inputs, and return an array for the outputs."""
    layer.check_input(inputs)
    return np.empty((len(inputs), *layer.output_shape), layer.dtype)


def clear(grads):
    """Set all gradients to zero."""
    for grad in grads.values():
        grad[...] = 0


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
