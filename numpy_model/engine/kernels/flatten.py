"""Flatten: one copy into contiguous memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy_model.activations import Activation
    from numpy_model.engine.tape import Tape
    from numpy_model.layer import Layer


class FlattenKernel:
    """`layers.Flatten`: the inputs are copied into an array that is both (N, ...) and (N, D)."""

    def __init__(self, layer: Layer, n: int, activation: Activation | None) -> None:
        self._outputs = np.empty((n, *layer.output_shape), layer.dtype)
        self._inputs = self._outputs.reshape(n, *layer.input_shape)  # the same memory

    def forward(self, tape: Tape, inputs: np.ndarray, training: bool) -> np.ndarray:
        """Write the forward pass, and return the outputs, (N, D)."""
        tape.copyto(self._inputs, inputs)
        return self._outputs

    def backward(self, tape: Tape, grad_outputs: np.ndarray, needs_grad_inputs: bool) -> np.ndarray:
        """Return the gradient of the inputs, (N, ...), a view."""
        return grad_outputs.reshape(self._inputs.shape)
