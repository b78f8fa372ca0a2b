"""Flatten: one copy into contiguous memory."""

import numpy as np


class FlattenKernel:
    """`layers.Flatten`: the inputs are copied into an array that is both (N, ...) and (N, D)."""

    def __init__(self, layer, n, activation):
        self._outputs = np.empty((n, *layer.output_shape), layer.dtype)
        self._inputs = self._outputs.reshape(n, *layer.input_shape)  # the same memory

    def forward(self, tape, inputs, training):
        """Write the forward pass, and return the outputs, (N, D)."""
        tape.copyto(self._inputs, inputs)
        return self._outputs

    def backward(self, tape, grad_outputs, needs_grad_inputs):
        """Return the gradient of the inputs, (N, ...), a view."""
        return grad_outputs.reshape(self._inputs.shape)
