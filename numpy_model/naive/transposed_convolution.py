"""Conv2DTranspose in plain loops.

Letters: N images, H x W pixels, C channels, F filters, K x L the kernel.
"""

import numpy as np

from numpy_model import activations, initializers, regularizers
from numpy_model.checks import check_rank, whole_numbers
from numpy_model.layer import Layer
from numpy_model.naive.loops import activate, backward_rows, clear, start
from numpy_model.naive.windows import Windows


class Conv2DTranspose(Layer):
    """`numpy_model.layers.Conv2DTranspose` in loops."""

    def __init__(self, filters, kernel_size, strides=(1, 1), padding="valid", activation=None, use_bias=True,
                 kernel_initializer="glorot_uniform", bias_initializer="zeros",
                 kernel_regularizer=None, bias_regularizer=None, name=None, dtype=None):  # fmt: skip
        super().__init__(name, dtype)
        self.kernel_size = whole_numbers(self.name, "kernel_size", kernel_size, 2)
        self.strides = whole_numbers(self.name, "strides", strides, 2)
        self.filters, self.padding, self.use_bias = filters, padding, use_bias
        self.activation = activations.get(activation)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)

    def build(self, input_shape):
        """Make kernel (K, L, F, C) and bias (F,), and return the output shape."""
        *size, channels = self.input_shape = check_rank(self.name, input_shape, 3, "(height, width, channels)")
        output_size = []
        for pixels, window, stride in zip(size, self.kernel_size, self.strides, strict=True):
            hangs_over = window - stride if self.padding == "valid" and window > stride else 0
            output_size.append(pixels * stride + hangs_over)
        self.windows = Windows(self.name, output_size, self.kernel_size, self.strides, self.padding)
        self.add_param(
            "kernel", (*self.kernel_size, self.filters, channels), self.kernel_initializer, self.kernel_regularizer
        )
        if self.use_bias:
            self.add_param("bias", (self.filters,), self.bias_initializer, self.bias_regularizer)
        self.output_shape = (*output_size, self.filters)
        return self.output_shape

    def forward(self, inputs, training=False):
        """Each pixel adds itself, times the kernel, to its window of the logits."""
        outputs = start(self, inputs)
        for n in range(len(inputs)):
            logits = np.zeros(self.output_shape, self.dtype)
            for y, x, c in np.ndindex(self.input_shape):
                for k, l, row, column in self.windows.places(y, x):
                    for f in range(self.filters):
                        logits[row, column, f] += self.params["kernel"][k, l, f, c] * inputs[n, y, x, c]
            for row, column in np.ndindex(self.output_shape[:2]):
                biases = self.params["bias"] if self.use_bias else [0] * self.filters
                with_bias = [logit + bias for logit, bias in zip(logits[row, column], biases, strict=True)]
                outputs[n, row, column] = activate(self.activation, with_bias)
        self.remember(training, np.array(inputs), outputs)
        return outputs

    def backward(self, grad_outputs):
        """Each pixel collects the gradients of its window, times the kernel."""
        inputs, outputs = self.recall(grad_outputs)
        grad_logits, grad_inputs = backward_rows(self.activation, grad_outputs, outputs), np.zeros_like(inputs)
        clear(self.grads)
        for n, y, x, c in np.ndindex(inputs.shape):
            for k, l, row, column in self.windows.places(y, x):
                for f in range(self.filters):
                    grad = grad_logits[n, row, column, f]
                    self.grads["kernel"][k, l, f, c] += grad * inputs[n, y, x, c]
                    grad_inputs[n, y, x, c] += grad * self.params["kernel"][k, l, f, c]
        if self.use_bias:
            for n, row, column, f in np.ndindex(grad_logits.shape):
                self.grads["bias"][f] += grad_logits[n, row, column, f]
        return grad_inputs
