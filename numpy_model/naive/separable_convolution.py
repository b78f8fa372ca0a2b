"""Convolutions in which every channel has kernels of its own, in plain loops.

Letters: N images, H x W pixels, C channels, M kernels for each channel, F filters, K x L the kernel.
"""

import numpy as np

from numpy_model import activations, initializers, regularizers
from numpy_model.checks import check_rank, whole_numbers
from numpy_model.layer import Layer
from numpy_model.naive.loops import activate, backward_rows, clear, start
from numpy_model.naive.windows import Windows


class DepthwiseConv2D(Layer):
    """`numpy_model.layers.DepthwiseConv2D` in loops."""

    def __init__(self, kernel_size, strides=(1, 1), padding="valid", depth_multiplier=1, activation=None,
                 use_bias=True, depthwise_initializer="glorot_uniform", bias_initializer="zeros",
                 depthwise_regularizer=None, bias_regularizer=None, name=None, dtype=None):  # fmt: skip
        super().__init__(name, dtype)
        self.kernel_size = whole_numbers(self.name, "kernel_size", kernel_size, 2)
        self.strides = whole_numbers(self.name, "strides", strides, 2)
        self.padding, self.depth, self.use_bias = padding, depth_multiplier, use_bias
        self.activation = activations.get(activation)
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)

    def build(self, input_shape):
        """Make kernel (K, L, C, M) and bias (C * M,), and return the output shape."""
        *size, channels = self.input_shape = check_rank(self.name, input_shape, 3, "(height, width, channels)")
        self.windows = Windows(self.name, tuple(size), self.kernel_size, self.strides, self.padding)
        self.add_param(
            "kernel", (*self.kernel_size, channels, self.depth), self.depthwise_initializer, self.depthwise_regularizer
        )
        if self.use_bias:
            self.add_param("bias", (channels * self.depth,), self.bias_initializer, self.bias_regularizer)
        self.output_shape = (*self.windows.output_size, channels * self.depth)
        return self.output_shape

    def forward(self, inputs, training=False):
        """Each output is a bias and the sum of the pixels of its channel under a kernel, weighted by it."""
        outputs = start(self, inputs)
        for n, y, x in np.ndindex(outputs.shape[:3]):
            logits = []
            for f in range(self.output_shape[2]):
                c, m = divmod(f, self.depth)
                total = self.params["bias"][f] if self.use_bias else 0
                for k, l, row, column in self.windows.places(y, x):
                    total += self.params["kernel"][k, l, c, m] * inputs[n, row, column, c]
                logits.append(total)
            outputs[n, y, x] = activate(self.activation, logits)
        self.remember(training, np.array(inputs), outputs)
        return outputs

    def backward(self, grad_outputs):
        """Each logit hands its gradient to the bias, to the kernel, and to the pixels that it was made of."""
        inputs, outputs = self.recall(grad_outputs)
        grad_logits, grad_inputs = backward_rows(self.activation, grad_outputs, outputs), np.zeros_like(inputs)
        clear(self.grads)
        for n, y, x, f in np.ndindex(grad_logits.shape):
            grad, (c, m) = grad_logits[n, y, x, f], divmod(f, self.depth)
            if self.use_bias:
                self.grads["bias"][f] += grad
            for k, l, row, column in self.windows.places(y, x):
                self.grads["kernel"][k, l, c, m] += grad * inputs[n, row, column, c]
                grad_inputs[n, row, column, c] += grad * self.params["kernel"][k, l, c, m]
        return grad_inputs


class SeparableConv2D(Layer):
    """`numpy_model.layers.SeparableConv2D` in loops: each logit from pixels at once, with nothing in between."""

    def __init__(self, filters, kernel_size, strides=(1, 1), padding="valid", depth_multiplier=1, activation=None,
                 use_bias=True, depthwise_initializer="glorot_uniform", pointwise_initializer="glorot_uniform",
                 bias_initializer="zeros", depthwise_regularizer=None, pointwise_regularizer=None,
                 bias_regularizer=None, name=None, dtype=None):  # fmt: skip
        super().__init__(name, dtype)
        self.kernel_size = whole_numbers(self.name, "kernel_size", kernel_size, 2)
        self.strides = whole_numbers(self.name, "strides", strides, 2)
        self.filters, self.padding, self.depth, self.use_bias = filters, padding, depth_multiplier, use_bias
        self.activation = activations.get(activation)
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.pointwise_initializer = initializers.get(pointwise_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)
        self.pointwise_regularizer = regularizers.get(pointwise_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)

    def build(self, input_shape):
        """Make both kernels and the bias, and return the output shape."""
        *size, channels = self.input_shape = check_rank(self.name, input_shape, 3, "(height, width, channels)")
        self.windows = Windows(self.name, tuple(size), self.kernel_size, self.strides, self.padding)
        self.add_param(
            "depthwise_kernel",
            (*self.kernel_size, channels, self.depth),
            self.depthwise_initializer,
            self.depthwise_regularizer,
        )
        self.add_param(
            "pointwise_kernel",
            (1, 1, channels * self.depth, self.filters),
            self.pointwise_initializer,
            self.pointwise_regularizer,
        )
        if self.use_bias:
            self.add_param("bias", (self.filters,), self.bias_initializer, self.bias_regularizer)
        self.output_shape = (*self.windows.output_size, self.filters)
        return self.output_shape

    def forward(self, inputs, training=False):
        """Each output is a bias and a sum over pixels and kernels of a product of three."""
        outputs = start(self, inputs)
        depthwise, pointwise = self.params["depthwise_kernel"], self.params["pointwise_kernel"][0, 0]
        for n, y, x in np.ndindex(outputs.shape[:3]):
            logits = []
            for f in range(self.filters):
                total = self.params["bias"][f] if self.use_bias else 0
                for k, l, row, column in self.windows.places(y, x):
                    for c, m in np.ndindex(depthwise.shape[2:]):
                        weight = depthwise[k, l, c, m] * pointwise[c * self.depth + m, f]
                        total += weight * inputs[n, row, column, c]
                logits.append(total)
            outputs[n, y, x] = activate(self.activation, logits)
        self.remember(training, np.array(inputs), outputs)
        return outputs

    def backward(self, grad_outputs):
        """Each product of three hands its gradient to each of the three, times the other two."""
        inputs, outputs = self.recall(grad_outputs)
        grad_logits, grad_inputs = backward_rows(self.activation, grad_outputs, outputs), np.zeros_like(inputs)
        clear(self.grads)
        depthwise, pointwise = self.params["depthwise_kernel"], self.params["pointwise_kernel"][0, 0]
        for n, y, x, f in np.ndindex(grad_logits.shape):
            grad = grad_logits[n, y, x, f]
            if self.use_bias:
                self.grads["bias"][f] += grad
            for k, l, row, column in self.windows.places(y, x):
                for c, m in np.ndindex(depthwise.shape[2:]):
                    first, second = depthwise[k, l, c, m], pointwise[c * self.depth + m, f]
                    pixel = inputs[n, row, column, c]
                    self.grads["depthwise_kernel"][k, l, c, m] += grad * second * pixel
                    self.grads["pointwise_kernel"][0, 0, c * self.depth + m, f] += grad * first * pixel
                    grad_inputs[n, row, column, c] += grad * first * second
        return grad_inputs
