"""Steps of a kernel that are collected, and taken together.

Letters: D inputs, F units, T steps that are collected at most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy_model.engine.tape import Tape

CAPACITY = 16


class DeferredKernel:
    """A kernel and the rank-one steps that are still to be taken.

        kernel = stored + lefts.T @ rights

    The gradient of a single sample is the outer product of D inputs and F gradients. To write out these D * F numbers
    and to subtract them takes a quarter of a step of `simple_cnn` at batch size 1, and drives the arrays of the other
    layers out of the L2 cache; D + F numbers say the same, and the kernel is rewritten once in 16 steps.

    The stored kernel and the rights are one matrix, (D + T, F), so that one product multiplies by both. As in
    `DenseKernel`, the numbers of one unit lie side by side in memory: a step of `simple_cnn` takes 0.98 times as long
    as otherwise.

    Args:
        kernel: the parameter (D, F), written by `write` and `finish`, and read again by `take_up`.

    Attributes:
        grad_logits: (1, F), which whoever makes the gradient fills.
    """

    def __init__(self, kernel: np.ndarray) -> None:
        n_inputs, units = kernel.shape
        self._kernel = kernel
        # Rows that are zero change nothing, so products may always run over all of them.
        self._rows = np.zeros((n_inputs + CAPACITY, units), kernel.dtype, "F")  # (D + T, F)
        self._steps = np.empty_like(self._rows[:n_inputs])  # (D, F)
        self._stored, self._rights = self._rows[:n_inputs], self._rows[n_inputs:]
        self._lefts = np.zeros((CAPACITY, n_inputs), kernel.dtype)
        self._sample = np.empty((1, n_inputs + CAPACITY), kernel.dtype)  # (1, D + T)
        self._inputs, self._along_lefts = self._sample[:, :n_inputs], self._sample[:, n_inputs:]
        self._grad_sample = np.empty_like(self._sample)
        self._grad_inputs, self._along_rights = self._grad_sample[:, :n_inputs], self._grad_sample[:, n_inputs:]
        self.grad_logits = np.zeros((1, units), kernel.dtype)
        self._start()

    def write_product(self, tape: Tape, inputs: np.ndarray, out: np.ndarray) -> None:
        """Write to the tape: `out` = inputs @ kernel, (1, D) @ (D, F)."""
        tape.copyto(self._inputs, inputs)
        tape.matmul(self._inputs, self._lefts.T, out=self._along_lefts)
        tape.matmul(self._sample, self._rows, out=out)

    def write_product_transposed(self, tape: Tape, grad_logits: np.ndarray, out: np.ndarray) -> None:
        """Write to the tape: `out` = grad_logits @ kernel.T, (1, F) @ (F, D)."""
        tape.matmul(grad_logits, self._rows.T, out=self._grad_sample)
        tape.matmul(self._along_rights, self._lefts, out=out)
        tape.add(out, self._grad_inputs, out=out)

    def descend(self, learning_rate: float) -> None:
        """Take a step of `learning_rate` against inputs.T @ grad_logits, of the last product's inputs."""
        self._lefts[self._count] = self._inputs[0]
        np.multiply(self.grad_logits[0], -learning_rate, out=self._rights[self._count])
        self._count += 1
        if self._count == CAPACITY:
            self._settle()

    def write(self, grad: np.ndarray) -> None:
        """Write the kernel with all steps into the parameter, and its last gradient into `grad`; go on collecting."""
        self._add_up(out=self._steps)
        np.copyto(self._kernel, self._steps)
        np.matmul(self._inputs.T, self.grad_logits, out=grad)

    def take_up(self) -> None:
        """Go on from the parameter as it is, if somebody changed it after `write`, or before the first step."""
        if not np.array_equal(self._kernel, self._steps):
            self._start()

    def finish(self) -> None:
        """Write the kernel with all steps into the parameter."""
        self._settle()
        np.copyto(self._kernel, self._stored)

    def _start(self) -> None:
        """Let the parameter be the stored kernel, without steps."""
        np.copyto(self._stored, self._kernel)
        np.copyto(self._steps, self._kernel)
        self._forget()

    def _settle(self) -> None:
        self._add_up(out=self._stored)
        self._forget()

    def _forget(self) -> None:
        self._rights.fill(0)
        self._count = 0

    def _add_up(self, out: np.ndarray) -> None:
        np.matmul(self._lefts.T, self._rights, out=self._steps)
        np.add(self._stored, self._steps, out=out)
