"""Convolution as matrix products of patches.

Letters: N images, H x W pixels, C channels, F filters, K x L the kernel; D, G and S as in `patches.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numpy_model.engine.kernels.activation import is_in_place, write_backward, write_forward
from numpy_model.engine.kernels.patches import Patches, choose_groups

if TYPE_CHECKING:
    from numpy_model.activations import Activation
    from numpy_model.engine.tape import Tape
    from numpy_model.layer import Layer


class ConvolutionKernel:
    """`layers.Conv2D`."""

    def __init__(self, layer: Layer, n: int, activation: Activation | None) -> None:
        *_, channels, filters = layer.params["kernel"].shape
        dtype, n_groups = layer.dtype, groups_of(layer)
        self._activation, self._grads = activation, layer.grads
        self._patches = Patches(layer.windows, n, channels, filters, n_groups, dtype)
        self._logits = self._patches.outputs.transpose(0, 2, 3, 1)  # (N, H', W', F)
        self._outputs = self._logits if is_in_place(activation) else np.empty(self._logits.shape, dtype)
        self._grad_logits = self._patches.grad_outputs.transpose(0, 2, 3, 1)  # (N, H', W', F)

        self._kernel = as_matrix(layer.params["kernel"], n_groups)  # (D, G * F)
        self._bias = layer.params["bias"][:, None, None] if layer.use_bias else None
        self._grad_kernel = as_matrix(layer.grads["kernel"], n_groups)  # (D, G * F)
        if n == 1:  # the gradients of the only image are the gradients
            self._grad_kernels = self._grad_kernel[None]
            self._grad_biases = layer.grads["bias"][None] if layer.use_bias else None
        else:
            self._grad_kernels = np.empty((n, *self._kernel.shape), dtype)  # (N, D, G * F)
            self._grad_biases = np.empty((n, filters), dtype)  # (N, F)
        self._grad_planes = self._patches.grad_cells.reshape(n, filters, -1)  # (N, F, S)
        self._ones = np.ones(self._grad_planes.shape[2], dtype)  # (S,)

    @staticmethod
    def arrange(layer: Layer, name: str, array: np.ndarray) -> np.ndarray:
        """Return a parameter or gradient with its numbers in memory as the kernel wants them."""
        return lay_out(array, groups_of(layer)) if name == "kernel" else array

    def forward(self, tape: Tape, inputs: np.ndarray, training: bool) -> np.ndarray:
        """Write the forward pass, and return the outputs, (N, H', W', F)."""
        patches = self._patches
        tape.copyto(patches.inputs, inputs.transpose(0, 3, 1, 2))
        for chunk in patches.chunks:
            tape.matmul(self._kernel.T, chunk.stack(tape), out=chunk.products)
            chunk.combine(tape)
        if self._bias is not None:
            tape.add(patches.cells, self._bias, out=patches.cells)
        if is_in_place(self._activation):
            write_forward(tape, self._activation, patches.cells, out=patches.cells)
        else:
            write_forward(tape, self._activation, self._logits, out=self._outputs)
        return self._outputs

    def backward(self, tape: Tape, grad_outputs: np.ndarray, needs_grad_inputs: bool) -> np.ndarray:
        """Write the backward pass, and return the gradient of the inputs, (N, H, W, C)."""
        if is_in_place(self._activation):
            tape.copyto(self._grad_logits, grad_outputs)
            cells = self._patches.grad_cells
            write_backward(tape, self._activation, cells, self._patches.cells, out=cells)
        else:
            write_backward(tape, self._activation, grad_outputs, self._outputs, out=self._grad_logits)
        # From last to first, as the patches of the last are still there from the way forward.
        for index, chunk in reversed(list(enumerate(self._patches.chunks, start=1))):
            patches = chunk.patches if index == len(self._patches.chunks) else chunk.stack(tape)
            grad_products = chunk.spread(tape)
            tape.matmul(patches, grad_products.transpose(0, 2, 1), out=self._grad_kernels[chunk.images])
            if needs_grad_inputs:
                tape.matmul(self._kernel, grad_products, out=chunk.grad_patches)
                chunk.unstack(tape)
        self._sum_over_images(tape)
        return self._patches.grad_inputs.transpose(0, 2, 3, 1)

    def _sum_over_images(self, tape: Tape) -> None:
        if self._bias is not None:
            tape.matmul(self._grad_planes, self._ones, out=self._grad_biases)
        if len(self._outputs) > 1:
            tape.sum(self._grad_kernels, axis=0, out=self._grad_kernel)
            if self._bias is not None:
                tape.sum(self._grad_biases, axis=0, out=self._grads["bias"])


def groups_of(layer: Layer) -> int:
    """Return G, the number of groups of kernel rows, for a layer."""
    return choose_groups(layer.windows, layer.input_shape[2], layer.filters)


def lay_out(kernel: np.ndarray, n_groups: int) -> np.ndarray:
    """Return the kernel (K, L, C, F) with its numbers in memory in the order that the product wants."""
    matrix = np.ascontiguousarray(by_group(kernel, n_groups))
    return matrix.transpose(3, 0, 1, 2, 4).reshape(kernel.shape)[:, ::-1]


def as_matrix(kernel: np.ndarray, n_groups: int) -> np.ndarray:
    """Return the kernel as (D, G * F), a view of the same memory if `lay_out` arranged it."""
    return by_group(kernel, n_groups).reshape(-1, n_groups * kernel.shape[3])


def by_group(kernel: np.ndarray, n_groups: int) -> np.ndarray:
    """Return the view (K / G, L, C, G, F) of the kernel, its columns from last to first, as `Patches` has them."""
    rows, columns, channels, filters = kernel.shape
    return kernel[:, ::-1].reshape(n_groups, rows // n_groups, columns, channels, filters).transpose(1, 2, 3, 0, 4)
