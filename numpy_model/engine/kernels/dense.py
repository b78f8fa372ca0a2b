"""Dense layers, into arrays that are there already; and, for single samples, with steps that are collected.

Letters: N samples, D inputs, F units.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numpy_model.engine.kernels.activation import is_in_place, write_backward, write_forward
from numpy_model.engine.parameters import LARGE_SIZE

if TYPE_CHECKING:
    from numpy_model.activations import Activation
    from numpy_model.engine.deferred import DeferredKernel
    from numpy_model.engine.tape import Tape
    from numpy_model.layer import Layer


class DenseKernel:
    """`layers.Dense`.

    A large kernel lies in memory unit by unit, and so do the logits of several samples: for 16 of them the three
    products then take BLAS 0.75 times as long on AVX-512, and for 8 the one that makes the gradient of the inputs 0.25
    times as long.

    The gradient of the kernel is a product over the samples. For a single sample NumPy does not hand it to BLAS; a
    second sample of zeros makes it do so: the product of the hidden layer of `simple_cnn` takes 15 µs instead of 60.
    """

    def __init__(self, layer: Layer, n: int, activation: Activation | None) -> None:
        (n_inputs,), (units,) = layer.input_shape, layer.output_shape
        dtype = layer.dtype
        self._activation, self._use_bias = activation, layer.use_bias
        self._params, self._grads = layer.params, layer.grads
        order = "F" if n > 1 and is_large(layer.params["kernel"]) else "C"
        self._samples = np.zeros((max(n, 2), n_inputs), dtype)
        self._inputs = self._samples[:n]  # (N, D)
        self._logits = np.empty((n, units), dtype, order)
        self._outputs = self._logits if is_in_place(activation) else np.empty_like(self._logits)
        self._grad_samples = np.zeros((max(n, 2), units), dtype, order)
        self._grad_logits = self._grad_samples[:n]  # (N, F)
        self._grad_inputs = np.empty((n, n_inputs), dtype)

    @staticmethod
    def arrange(layer: Layer, name: str, array: np.ndarray) -> np.ndarray:
        """Return a parameter or gradient with its numbers in memory as the kernel wants them."""
        return np.asfortranarray(array) if is_large(array) else array

    def forward(self, tape: Tape, inputs: np.ndarray, training: bool) -> np.ndarray:
        """Write the forward pass, and return the outputs, (N, F)."""
        self._write_product(tape, inputs)
        if self._use_bias:
            # As a row, since for a single sample NumPy then has nothing to stretch, which takes 0.4 µs.
            tape.add(self._logits, self._params["bias"][np.newaxis], out=self._logits)
        write_forward(tape, self._activation, self._logits, out=self._outputs)
        return self._outputs

    def backward(self, tape: Tape, grad_outputs: np.ndarray, needs_grad_inputs: bool) -> np.ndarray:
        """Write the backward pass, and return the gradient of the inputs, (N, D)."""
        write_backward(tape, self._activation, grad_outputs, self._outputs, out=self._grad_logits)
        if self._use_bias and len(self._grad_logits) == 1:  # a sum over one sample takes 1.5 µs, and a copy 0.5
            tape.copyto(self._grads["bias"], self._grad_logits[0])
        elif self._use_bias:
            tape.sum(self._grad_logits, axis=0, out=self._grads["bias"])
        self._write_gradient(tape)
        if needs_grad_inputs:
            self._write_grad_inputs(tape)
        return self._grad_inputs

    def _write_product(self, tape: Tape, inputs: np.ndarray) -> None:
        tape.copyto(self._inputs, inputs)
        tape.matmul(self._inputs, self._params["kernel"], out=self._logits)

    def _write_gradient(self, tape: Tape) -> None:
        tape.matmul(self._samples.T, self._grad_samples, out=self._grads["kernel"])

    def _write_grad_inputs(self, tape: Tape) -> None:
        tape.matmul(self._grad_logits, self._params["kernel"].T, out=self._grad_inputs)


class DeferredDenseKernel(DenseKernel):
    """`layers.Dense` for a single sample, while the steps of its kernel are collected.

    Args:
        deferred_kernel: a `DeferredKernel`; the others as of `DenseKernel`.
    """

    def __init__(self, layer: Layer, n: int, activation: Activation | None, deferred_kernel: DeferredKernel) -> None:
        super().__init__(layer, n, activation)
        self._deferred_kernel = deferred_kernel
        self._grad_logits = deferred_kernel.grad_logits

    def _write_product(self, tape: Tape, inputs: np.ndarray) -> None:
        self._deferred_kernel.write_product(tape, inputs, out=self._logits)

    def _write_gradient(self, tape: Tape) -> None:
        """Write nothing: `DeferredKernel.descend` takes the factors of the gradient."""

    def _write_grad_inputs(self, tape: Tape) -> None:
        self._deferred_kernel.write_product_transposed(tape, self._grad_logits, out=self._grad_inputs)


def is_large(kernel: np.ndarray) -> bool:
    """Return whether the products of a kernel take so long that its order in memory matters."""
    return kernel.size > LARGE_SIZE
