"""Activations as layers of their own."""

from types import SimpleNamespace

import numpy as np

from numpy_model import activations, ops
from numpy_model.layers.layer import Layer, check_rank


class Activation(Layer):
    """An activation function on inputs of any shape.

    Args:
        activation: `"relu"`, `"softmax"` (along the last axis), `"linear"` or `None`.
        name, dtype: see `Layer`.

    Input and output shape: (N, ...).

    Source: https://keras.io/api/layers/core_layers/activation/
    """

    recordable = True

    def __init__(self, activation, name=None, dtype=None):
        super().__init__(name, dtype)
        self.activation = activations.get(activation)

    def build(self, input_shape):
        """Return the output shape, which is the input shape."""
        self.input_shape = check_rank(self.name, input_shape, len(tuple(input_shape)), "(...)")
        self.output_shape = self.input_shape
        return self.output_shape

    def allocate(self, n):
        """Return the work arrays for a batch of n samples."""
        shape = (n, *self.output_shape)
        return SimpleNamespace(
            logits=np.empty(shape, self.dtype),
            outputs=np.empty(shape, self.dtype),
            grad_logits=np.empty(shape, self.dtype),
        )

    def forward(self, inputs, training=False):
        """Return activation(inputs)."""
        work = self.start_forward(inputs, training)
        ops.copyto(work.logits, inputs)
        self.activation.forward(work.logits, out=work.outputs)
        return work.outputs

    def backward(self, grad_outputs):
        """Return the gradient of the inputs."""
        work = self.start_backward(grad_outputs)
        self.activation.backward(grad_outputs, work.outputs, out=work.grad_logits)
        return work.grad_logits

    def backward_logits(self, grad_logits):
        """Return the gradient of the inputs, which the caller has found already."""
        self.start_backward(grad_logits)
        return grad_logits


class ReLU(Activation):
    """max(inputs, 0).

    Source: https://keras.io/api/layers/activation_layers/relu/
    """

    recordable = True

    def __init__(self, name=None, dtype=None):
        super().__init__("relu", name, dtype)


class Softmax(Activation):
    """exp(inputs) / sum(exp(inputs)), along the last axis.

    Source: https://keras.io/api/layers/activation_layers/softmax/
    """

    recordable = True

    def __init__(self, name=None, dtype=None):
        super().__init__("softmax", name, dtype)
