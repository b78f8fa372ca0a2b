"""Flatten: all numbers of a sample in one row."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from numpy_model.checks import check_rank
from numpy_model.layer import Layer


class Flatten(Layer):
    """The numbers of each sample in reading order: rows, then columns, then channels.

    Args:
        name, dtype: see `Layer`.

    Input shape: (N, ...). Output shape: (N, D), D the product of the rest.

    Source: https://keras.io/api/layers/reshaping_layers/flatten/

    Example:
        >>> Flatten().build((14, 14, 6))
        (1176,)
    """

    def build(self, input_shape: Sequence[int]) -> tuple[int, ...]:
        """Return the output shape (D,)."""
        self.input_shape = check_rank(self.name, input_shape, len(tuple(input_shape)), "(...)")
        self.output_shape = (math.prod(self.input_shape),)
        return self.output_shape

    def forward(self, inputs: np.ndarray, training: bool = False) -> np.ndarray:
        """Return the inputs as (N, D)."""
        self.check_input(inputs)
        outputs = inputs.reshape(len(inputs), *self.output_shape)
        self.remember(training, outputs)
        return outputs

    def backward(self, grad_outputs: np.ndarray) -> np.ndarray:
        """Return the gradient in the shape of the inputs."""
        self.recall(grad_outputs)
        return grad_outputs.reshape(len(grad_outputs), *self.input_shape)
