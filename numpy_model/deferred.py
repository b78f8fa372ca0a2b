"""Steps of a kernel that are collected, and taken together.

Letters: D inputs, F units.
"""

import numpy as np

CAPACITY = 16


class DeferredKernel:
    """A kernel and the rank-one steps that are still to be taken.

        kernel = stored - lefts.T @ rights

    The gradient of a single sample is the outer product of D inputs and F gradients. To write out these D * F numbers
    and to subtract them takes a quarter of a step of `simple_cnn` at batch size 1, and drives the arrays of the other
    layers out of the L2 cache; D + F numbers say the same, and the kernel is rewritten once in 16 steps.

    Args:
        stored: the kernel (D, F), up to date.
    """

    def __init__(self, stored):
        self._stored = stored
        self._lefts = np.zeros((CAPACITY, stored.shape[0]), stored.dtype)
        # Rows that are zero change nothing, so products may always run over all of them.
        self._rights = np.zeros((CAPACITY, stored.shape[1]), stored.dtype)
        # A transpose is a new object each time, and three a step cost 0.5 µs.
        self._stored_transposed, self._lefts_transposed = stored.T, self._lefts.T
        self._rights_transposed = self._rights.T
        self._count = 0
        self._sample = None

    def product(self, inputs, out):
        """Write inputs @ kernel into `out`: (1, D) @ (D, F)."""
        np.matmul(inputs, self._stored, out=out)
        np.subtract(out, np.matmul(np.matmul(inputs, self._lefts_transposed), self._rights), out=out)

    def product_transposed(self, grad_logits, out):
        """Write grad_logits @ kernel.T into `out`: (1, F) @ (F, D)."""
        np.matmul(grad_logits, self._stored_transposed, out=out)
        np.subtract(out, np.matmul(np.matmul(grad_logits, self._rights_transposed), self._lefts), out=out)

    def set_gradient(self, inputs, grad_logits):
        """Keep the gradient inputs.T @ grad_logits as its factors (1, D) and (1, F)."""
        self._sample = inputs, grad_logits

    def descend(self, learning_rate):
        """Take a step of `learning_rate` against the gradient that was set."""
        inputs, grad_logits = self._sample
        self._lefts[self._count] = inputs[0]
        np.multiply(grad_logits[0], learning_rate, out=self._rights[self._count])
        self._count += 1
        if self._count == CAPACITY:
            self.settle()

    def settle(self):
        """Take all collected steps in the stored kernel."""
        np.subtract(self._stored, np.matmul(self._lefts_transposed, self._rights), out=self._stored)
        self._rights.fill(0)
        self._count = 0
