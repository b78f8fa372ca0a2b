"""Dense in plain loops.

Letters: N samples, D inputs, F units.
"""

import numpy as np

from numpy_model import activations, initializers, regularizers
from numpy_model.checks import check_rank, whole_numbers
from numpy_model.layer import Layer
from numpy_model.naive.loops import activate, backward_rows, clear, start


class Dense(Layer):
    """`numpy_model.layers.Dense` in loops."""

    def __init__(self, units, activation=None, use_bias=True, kernel_initializer="glorot_uniform",
                 bias_initializer="zeros", kernel_regularizer=None, bias_regularizer=None,
                 name=None, dtype=None):  # fmt: skip
        super().__init__(name, dtype)
        (self.units,) = whole_numbers(self.name, "units", units, 1)
        self.use_bias, self.activation = use_bias, activations.get(activation)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)

    def build(self, input_shape):
        """Make kernel (D, F) and bias (F,), and return the output shape."""
        self.input_shape = check_rank(self.name, input_shape, 1, "(inputs,); put a Flatten layer before it")
        self.add_param("kernel", (*self.input_shape, self.units), self.kernel_initializer, self.kernel_regularizer)
        if self.use_bias:
            self.add_param("bias", (self.units,), self.bias_initializer, self.bias_regularizer)
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
