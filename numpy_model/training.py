"""One training step: forward through all layers, backward through all layers, then the optimizer.

Letters: N samples, F classes.
"""

import contextlib

import numpy as np

from numpy_model import activations, losses
from numpy_model.deferred import DeferredKernel
from numpy_model.layers import Dense
from numpy_model.parameters import LARGE_SIZE, join


class Network:
    """Layers from first to last.

    Args:
        layers: built.

    Attributes:
        grads: of all parameters, as `join` arranges them.
        ends_in_softmax: whether the outputs are probabilities.
    """

    def __init__(self, layers):
        self.layers = layers
        self.grads = join([layer.grads for layer in layers])
        self.ends_in_softmax = isinstance(getattr(layers[-1], "activation", None), activations.Softmax)
        self._softmax = activations.Softmax()
        self._totals = None

    def forward(self, x, training=False):
        """Return the outputs of the last layer, (N, ...)."""
        for layer in self.layers:
            x = layer.forward(x, training)
        return x

    def logits(self, x):
        """Return what a softmax turns into the probabilities, (N, F)."""
        outputs = self.forward(x)
        return self.layers[-1].logits if self.ends_in_softmax else outputs

    def backpropagate(self, x, targets, n):
        """Fill the gradients of all layers with those of a part of n samples, and return its logits, (N, F)."""
        outputs = self.forward(x, training=True)
        grad_logits = np.empty_like(targets)
        last = self.layers[-1]
        if self.ends_in_softmax:
            logits = last.logits
            grad = last.backward_logits(losses.cross_entropy_gradient(outputs, targets, n, out=grad_logits))
        else:
            logits = outputs
            self._softmax.forward(logits, out=grad_logits)
            grad = last.backward(losses.cross_entropy_gradient(grad_logits, targets, n, out=grad_logits))
        for layer in self.layers[-2::-1]:
            grad = layer.backward(grad)
        return logits

    def backpropagate_blocks(self, x, targets, n, blocks, logits):
        """Do as `backpropagate`, block by block, and return the gradients of all blocks together."""
        if len(blocks) == 1:
            logits[blocks[0]] = self.backpropagate(x[blocks[0]], targets[blocks[0]], n)
            return self.grads
        if self._totals is None:
            self._totals = [np.empty_like(grad) for grad in self.grads]
        for block in blocks:
            logits[block] = self.backpropagate(x[block], targets[block], n)
            for total, grad in zip(self._totals, self.grads, strict=True):
                if block is blocks[0]:
                    np.copyto(total, grad)
                else:
                    np.add(total, grad, out=total)
        return self._totals

    def replica(self):
        """Return a network that shares the parameters, for another thread."""
        return Network([layer.replica() for layer in self.layers])


class Trainer:
    """Takes the steps of one model, and computes its outputs.

    Args:
        team: a `Team` of `Network`s.
        loss: from `losses`.
        optimizer: from `optimizers`, to be built on the parameters of the network before the first step.

    Raises:
        ValueError: if loss and last layer do not go together.
    """

    def __init__(self, team, loss, optimizer):
        network = team.first
        last = network.layers[-1]
        if network.ends_in_softmax == loss.from_logits:
            remedy = "use from_logits=False" if loss.from_logits else "use from_logits=True, or add a softmax"
            has = "a softmax" if network.ends_in_softmax else "no softmax"
            raise ValueError(f"the last layer, {last.name}, has {has}, and the loss expects otherwise; {remedy}")
        if len(last.output_shape) != 1:
            raise ValueError(f"the last layer, {last.name}, must give one row of classes, not {last.output_shape}")
        self._optimizer = optimizer
        self._network = network
        self._team = team
        self._grads = network.grads

    def step(self, x, targets):
        """Update the parameters once, and return the logits from before the update, (N, F).

        Args:
            x: (N, *input_shape).
            targets: (N, F), from the loss's `encode`.
        """
        n = len(x)
        if n == 1:
            logits = self._network.backpropagate(x, targets, 1)
            self._optimizer.apply(self._grads)
            return logits
        logits = np.empty(targets.shape, targets.dtype)
        totals, *others = self._team.share(
            lambda network, blocks: network.backpropagate_blocks(x, targets, n, blocks, logits), n
        )
        for grads in others:
            for total, grad in zip(totals, grads, strict=True):
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
        dense = [layer for layer in self._network.layers if isinstance(layer, Dense) and layer.can_defer]
        deferred = [layer for layer in dense if layer.params["kernel"].size > LARGE_SIZE]
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
