"""A layer without a kernel of its own: its `forward` and `backward`, as they are written."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from numpy_model.engine.parameters import put_back

if TYPE_CHECKING:
    from numpy_model.activations import Activation
    from numpy_model.engine.tape import Tape
    from numpy_model.layer import Layer


class PlainKernel:
    """Any layer, called as a user would call it, once forward and once backward in each pass.

    Args:
        layer: built.
        n: samples.
        activation: what the layer's own activation is replaced with during the calls; `None` for a layer without one.
    """

    def __init__(self, layer: Layer, n: int, activation: Activation | None) -> None:
        self._layer = layer
        self._activation = activation
        self._outputs = np.empty((n, *layer.output_shape), layer.dtype)
        self._grad_inputs = np.empty((n, *layer.input_shape), layer.dtype)
        self._grads = dict(layer.grads)

    def forward(self, tape: Tape, inputs: np.ndarray, training: bool) -> np.ndarray:
        """Write the call of the layer's `forward`, and return the outputs, (N, ...)."""
        tape.call(self._forward, inputs, training)
        return self._outputs

    def backward(self, tape: Tape, grad_outputs: np.ndarray, needs_grad_inputs: bool) -> np.ndarray:
        """Write the call of the layer's `backward`, and return the gradient of the inputs, (N, ...)."""
        tape.call(self._backward, grad_outputs)
        return self._grad_inputs

    def _forward(self, inputs: np.ndarray, training: bool) -> None:
        with self._in_place():
            self._outputs[...] = self._layer.forward(inputs, training)

    def _backward(self, grad_outputs: np.ndarray) -> None:
        with self._in_place():
            self._grad_inputs[...] = self._layer.backward(grad_outputs)
        for name, grad in self._grads.items():
            put_back(self._layer.grads, name, grad)

    @contextlib.contextmanager
    def _in_place(self) -> Iterator[None]:
        """Put the activation in the place of the layer's own."""
        own = getattr(self._layer, "activation", None)
        if own is self._activation:
            yield
            return
        self._layer.activation = self._activation
        try:
            yield
        finally:
            self._layer.activation = own
