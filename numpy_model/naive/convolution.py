"""Convolutions in plain loops.

Letters: N images, H x W pixels, C channels, F filters, K x L the window.
"""

import numpy as np

from numpy_model import activations, initializers, regularizers
from numpy_model.checks import check_rank, whole_numbers
from numpy_model.layer import Layer
from numpy_model.naive.loops import activate, backward_rows, clear, start
from numpy_model.naive.windows import Windows


class Conv2D(Layer):
    """`numpy_model.layers.Conv2D` in loops."""

    def __init__(self, filters, kernel_size, strides=(1, 1), padding="valid", activation=None, use_bias=True,
                 kernel_initializer="glorot_uniform", bias_initializer="zeros",
                 kernel_regularizer=None, bias_regularizer=None, dilation_rate=(1, 1), groups=1,
                 name=None, dtype=None):  # fmt: skip
        super().__init__(name, dtype)
        (self.filters,) = whole_numbers(self.name, "filters", filters, 1)
        self.kernel_size = whole_numbers(self.name, "kernel_size", kernel_size, 2)
        self.strides = whole_numbers(self.name, "strides", strides, 2)
        self.dilation_rate = whole_numbers(self.name, "dilation_rate", dilation_rate, 2)
        if groups != 1:
            raise ValueError(f"layer {self.name}: groups is {groups!r}; allowed is 1")
        self.padding, self.use_bias, self.activation = padding, use_bias, activations.get(activation)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)

    def build(self, input_shape):
        """Make kernel (K, L, C, F) and bias (F,), and return the output shape."""
        *size, channels = self.input_shape = check_rank(self.name, input_shape, 3, "(height, width, channels)")
        places = (self.kernel_size, self.strides, self.padding, self.dilation_rate)
        self.windows = Windows(self.name, tuple(size), *places)
        self.add_param(
            "kernel", (*self.kernel_size, channels, self.filters), self.kernel_initializer, self.kernel_regularizer
        )
        if self.use_bias:
            self.add_param("bias", (self.filters,), self.bias_initializer, self.bias_regularizer)
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
