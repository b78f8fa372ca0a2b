"""Activations: within other kernels, and as layers of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numpy_model.activations import Linear, Relu, Softmax

if TYPE_CHECKING:
    from numpy_model.activations import Activation
    from numpy_model.engine.tape import Tape
    from numpy_model.layer import Layer


def is_in_place(activation: Activation | None) -> bool:
    """Return whether kernels let the outputs of an activation overwrite its logits."""
    return type(activation) in (Linear, Relu)


def write_forward(tape: Tape, activation: Activation | None, logits: np.ndarray, out: np.ndarray) -> None:
    """Write out = activation(logits)."""
    kind = type(activation)
    if kind is Linear:
        if out is not logits:
            tape.copyto(out, logits)
    elif kind is Relu:
        # The maximum with a single zero is not vectorized, and takes 5 µs instead of 2. So there are zeros for one
        # image, or for all samples of a dense layer, whose memory may hold one unit after the other.
        tape.maximum(logits, np.zeros_like(logits if logits.ndim == 2 else logits[:1]), out=out)
    elif kind is Softmax:
        if len(logits) == 1:  # so maximum and sum are single numbers, with which operations take half as long
            logits, out = logits[0], out[0]
        scale = np.empty(logits.shape[:-1], logits.dtype)
        column = scale[..., np.newaxis] if scale.ndim else scale
        tape.max(logits, axis=-1, out=scale)
        tape.subtract(logits, column, out=out)
        tape.exp(out, out=out)
        tape.sum(out, axis=-1, out=scale)
        tape.divide(out, column, out=out)
    else:
        tape.call(lambda: np.copyto(out, activation.forward(logits)))


def write_backward(
    tape: Tape, activation: Activation | None, grad_outputs: np.ndarray, outputs: np.ndarray, out: np.ndarray
) -> None:
    """Write out = the gradient of the logits."""
    kind = type(activation)
    if kind is Linear:
        if out is not grad_outputs:
            tape.copyto(out, grad_outputs)
    elif kind is Relu:
        is_positive = np.empty_like(outputs, bool)  # in memory as the outputs are
        factors = np.empty_like(outputs)
        tape.greater(outputs, np.zeros((), outputs.dtype), out=is_positive)
        tape.copyto(factors, is_positive)  # as numbers: a product with booleans takes longer than copy and product
        tape.multiply(grad_outputs, factors, out=out)
    elif kind is Softmax:
        shares, total = np.empty_like(outputs), np.empty(outputs.shape[:-1], outputs.dtype)
        tape.multiply(grad_outputs, outputs, out=shares)
        tape.sum(shares, axis=-1, out=total)
        tape.multiply(outputs, total[..., np.newaxis], out=out)
        tape.subtract(shares, out, out=out)
    else:
        tape.call(lambda: np.copyto(out, activation.backward(grad_outputs, outputs)))


class ActivationKernel:
    """`layers.Activation`, `ReLU` and `Softmax`: outputs and gradients in arrays that are there already."""

    def __init__(self, layer: Layer, n: int, activation: Activation | None) -> None:
        self._activation = activation
        shape = (n, *layer.output_shape)
        self._logits = np.empty(shape, layer.dtype)
        self._outputs = np.empty(shape, layer.dtype)
        self._grad_logits = np.empty(shape, layer.dtype)

    def forward(self, tape: Tape, inputs: np.ndarray, training: bool) -> np.ndarray:
        """Write the forward pass, and return the outputs, (N, ...)."""
        tape.copyto(self._logits, inputs)
        write_forward(tape, self._activation, self._logits, out=self._outputs)
        return self._outputs

    def backward(self, tape: Tape, grad_outputs: np.ndarray, needs_grad_inputs: bool) -> np.ndarray:
        """Write the backward pass, and return the gradient of the inputs, (N, ...)."""
        write_backward(tape, self._activation, grad_outputs, self._outputs, out=self._grad_logits)
        return self._grad_logits
