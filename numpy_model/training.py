"""One training step: forward through all layers, backward through all layers, then the optimizer.

Letters: N samples, F classes.
"""

import contextlib

import numpy as np

from numpy_model import activations, losses
from numpy_model.deferred import DeferredKernel
from numpy_model.layers import Dense

# The work arrays of more images than this do not fit into the L2 cache together. A larger batch is worked off in blocks
# whose gradients add up: with blocks of 8 images a batch of 128 takes 1.4 times less time than in one piece.
BLOCK_SIZE = 8

# Kernels of fewer numbers stay in the L1 cache, and are as quickly rewritten as deferred.
DEFERRED_SIZE = 10_000


class Trainer:
    """Takes the steps of one model.

    Args:
        layers: of the model, built.
        loss: from `losses`.
        optimizer: from `optimizers`, built on the parameters of the layers.

    Raises:
        ValueError: if loss and last layer do not go together.
    """

    def __init__(self, layers, loss, optimizer):
        self._layers = layers
        self._optimizer = optimizer
        self._softmax = activations.Softmax()
        self._grads = [grad for layer in layers for grad in layer.grads.values()]
        last = layers[-1]
        self._ends_in_softmax = isinstance(getattr(last, "activation", None), activations.Softmax)
        if self._ends_in_softmax == loss.from_logits:
            remedy = "use from_logits=False" if loss.from_logits else "use from_logits=True, or add a softmax"
            has = "a softmax" if self._ends_in_softmax else "no softmax"
            raise ValueError(f"the last layer, {last.name}, has {has}, and the loss expects otherwise; {remedy}")
        if len(last.output_shape) != 1:
            raise ValueError(f"the last layer, {last.name}, must give one row of classes, not {last.output_shape}")

    def step(self, x, targets):
        """Update the parameters once, and return the logits from before the update, (N, F).

        Args:
            x: (N, *input_shape).
            targets: (N, F), from the loss's `encode`.
        """
        n = len(x)
        if n <= BLOCK_SIZE:
            logits = self._backpropagate(x, targets, n)
            self._optimizer.apply(self._grads)
            return logits
        logits = np.empty(targets.shape, targets.dtype)
        totals = None
        for start in range(0, n, BLOCK_SIZE):
            block = slice(start, start + BLOCK_SIZE)
            logits[block] = self._backpropagate(x[block], targets[block], n)
            if totals is None:
                totals = [grad.copy() for grad in self._grads]
            else:
                for total, grad in zip(totals, self._grads, strict=True):
                    np.add(total, grad, out=total)
        self._optimizer.apply(totals)
        return logits

    @contextlib.contextmanager
    def single_sample_steps(self):
        """Collect the steps of large dense kernels while the body trains on one sample at a time.

        The parameters are up to date again when the body ends, however it ends.
        """
        if self._optimizer.needs_whole_gradients:
            yield
            return
        whole_grads = self._grads
        dense = [layer for layer in self._layers if isinstance(layer, Dense)]
        deferred = [layer for layer in dense if layer.count_params() > DEFERRED_SIZE]
        for layer in deferred:
            layer.deferred_kernel = DeferredKernel(layer.params["kernel"])
        kernels = {id(layer.grads["kernel"]): layer.deferred_kernel for layer in deferred}
        self._grads = [kernels.get(id(grad), grad) for grad in whole_grads]
        try:
            yield
        finally:
            self._grads = whole_grads
            for layer in deferred:
                layer.deferred_kernel.settle()
                layer.deferred_kernel = None

    def logits(self, x):
        """Return the logits of one batch, (N, F), without training."""
        outputs = self._forward(x, training=False)
        return self._layers[-1].logits if self._ends_in_softmax else outputs

    def _forward(self, x, training):
        for layer in self._layers:
            x = layer.forward(x, training)
        return x

    def _backpropagate(self, x, targets, n):
        """Fill the gradients of all layers with those of a block out of n samples, and return its logits."""
        outputs = self._forward(x, training=True)
        grad_logits = np.empty_like(targets)
        *hidden, last = self._layers
        if self._ends_in_softmax:
            logits = last.logits
            losses.cross_entropy_gradient(outputs, targets, n, out=grad_logits)
            grad = last.backward_logits(grad_logits)
        else:
            logits = outputs
            self._softmax.forward(logits, out=grad_logits)
            losses.cross_entropy_gradient(grad_logits, targets, n, out=grad_logits)
            grad = last.backward(grad_logits)
        for layer in reversed(hidden):
            grad = layer.backward(grad)
        return logits
