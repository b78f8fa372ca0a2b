"""Convolution as matrix products of patches.

Letters: N images, H x W pixels, C channels, F filters, K x L the kernel; D, G and S as in `patches.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numpy_model.engine.kernels.activation import is_in_place, write_backward, write_forward
from numpy_model.engine.kernels.layout import choose_groups
from numpy_model.engine.kernels.patches import Patches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy_model.activations import Activation
    from numpy_model.engine.tape import Tape
    from numpy_model.layer import Layer


class ConvolutionKernel:
    """`layers.Conv2D`."""

    def __init__(self, layer: Layer, n: int, activation: Activation | None) -> None:
        *_, channels, filters = layer.params["kernel"].shape
        dtype, n_groups = layer.dtype, groups_of(layer)
        self._activation, self._n_groups, self._use_bias = activation, n_groups, layer.use_bias
        self._patches = Patches(layer.windows, n, channels, filters, n_groups, dtype)
        self._logits = self._patches.outputs.transpose(0, 2, 3, 1)  # (N, H', W', F)
        self._outputs = self._logits if is_in_place(activation) else np.empty(self._logits.shape, dtype)
        self._grad_logits = self._patches.grad_outputs.transpose(0, 2, 3, 1)  # (N, H', W', F)

        chunk = self._patches.chunks[0]
        filled_depth, filled_products = chunk.patches.shape[1], chunk.filled_grad_products.shape[1]
        self._params = np.zeros((filled_depth, n_groups * filters), dtype)  # (D+, G * F), kernel and bias
        self._copies = list(self._parameters(layer.params, self._params))
        self._all_grads = np.empty((n, filled_depth, filled_products), dtype)  # (N, D+, F+), by image
        self._gradients = list(self._parameters(layer.grads, self._all_grads))

    def _parameters(self, arrays: dict[str, np.ndarray], matrix: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Return kernel and bias, or their gradients, as matrices, each with its part of (..., D+, G * F or more)."""
        depth, filters, n_groups = self._patches.depth, self._logits.shape[3], self._n_groups
        yield as_matrix(arrays["kernel"], n_groups), matrix[..., :depth, : n_groups * filters]
        if self._use_bias:
            first = self._patches.unmoved_group * filters
            yield arrays["bias"], matrix[..., depth, first : first + filters]

    @staticmethod
    def arrange(layer: Layer, name: str, array: np.ndarray) -> np.ndarray:
        """Return a parameter or gradient with its numbers in memory as the kernel wants them."""
        return lay_out(array, groups_of(layer)) if name == "kernel" else array

    def forward(self, tape: Tape, inputs: np.ndarray, training: bool) -> np.ndarray:
        """Write the forward pass, and return the outputs, (N, H', W', F)."""
        patches = self._patches
        tape.copyto(patches.inputs, inputs.transpose(0, 3, 1, 2))
        for params, part in self._copies:
            tape.copyto(part, params)
        for chunk in patches.chunks:
            chunk.stack(tape)
            tape.matmul(self._params.T, chunk.patches, out=chunk.products)
            chunk.combine(tape)
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
        for chunk in reversed(self._patches.chunks):
            if chunk is not self._patches.chunks[-1]:
                chunk.stack(tape)
            chunk.spread(tape)
            grad_products = chunk.filled_grad_products.transpose(0, 2, 1)
            tape.matmul(chunk.patches, grad_products, out=self._all_grads[chunk.images])
            if needs_grad_inputs:
                tape.matmul(self._params[: self._patches.depth], chunk.grad_products, out=chunk.grad_patches)
                chunk.unstack(tape)
        for grads, parts in self._gradients:
            if len(parts) == 1:  # to add up one image takes 1.5 µs, and to copy 0.5
                tape.copyto(grads, parts[0])
            else:
                tape.sum(parts, axis=0, out=grads)
        return self._patches.grad_inputs.transpose(0, 2, 3, 1)


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
