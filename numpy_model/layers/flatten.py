"""Flatten: all numbers of a sample in one row."""

import math
from types import SimpleNamespace

import numpy as np

from numpy_model import ops
from numpy_model.layers.layer import Layer, check_rank


class Flatten(Layer):
    """The numbers of each sample in reading order: rows, then columns, then channels.

    Input shape: (N, ...). Output shape: (N, D), D the product of the rest.

    Source: https://keras.io/api/layers/reshaping_layers/flatten/
    """

    recordable = True

    def build(self, input_shape):
        """Return the output shape (D,)."""
        self.input_shape = check_rank(self.name, input_shape, len(tuple(input_shape)), "(...)")
        self.output_shape = (math.prod(self.input_shape),)
        return self.output_shape

    def allocate(self, n):
        """Return the work arrays for a batch of n samples."""
        work = SimpleNamespace()
        work.outputs = np.empty((n, *self.output_shape), self.dtype)
        work.inputs = work.outputs.reshape(n, *self.input_shape)  # the same memory
        return work

    def forward(self, inputs, training=False):
        """Return the inputs as (N, D)."""
        work = self.start_forward(inputs, training)
        ops.copyto(work.inputs, inputs)
        return work.outputs

    def backward(self, grad_outputs):
        """Return the gradient in the shape of the inputs."""
        self.start_backward(grad_outputs)
        return grad_outputs.reshape(len(grad_outputs), *self.input_shape)
