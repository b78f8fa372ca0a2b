"""One training step: forward through all layers, backward through all layers, then the optimizer.

Letters: N samples, F classes.
"""

import contextlib
import functools

import numpy as np

from numpy_model import activations, arithmetic, losses, ops
from numpy_model.deferred import DeferredKernel
from numpy_model.layers import Dense
from numpy_model.parameters import LARGE_SIZE, join, move
from numpy_model.recorded import RecordedPass
from numpy_model.scores import RunningScores, check_finite, epoch_scores
from numpy_model.team import split, sum_over

# A large batch is worked off in blocks, whose gradients add up: so memory stays flat, and a block's work arrays are
# small enough to be found in the cache again.
BLOCK_SIZE = 32

# Losses are read off in chunks: often enough to stop soon after one is not finite, seldom enough to cost nothing.
CHUNK_SIZE = 1024

# Recordings that are kept: of training, prediction and evaluation, for blocks of two sizes each, and some more.
MOST_PASSES = 8


class Network:
    """Layers from first to last.

    Args:
        layers: built.

    Attributes:
        params, grads: all parameters and their gradients, as `join` arranges them.
        ends_in_softmax: whether the outputs are probabilities.
    """

    def __init__(self, layers):
        self.layers = layers
        self.params = join([layer.params for layer in layers])
        self.grads = join([layer.grads for layer in layers])
        self.ends_in_softmax = isinstance(getattr(layers[-1], "activation", None), activations.Softmax)
        self._softmax = activations.Softmax()
        self._is_recordable = all(vars(type(layer)).get("recordable") for layer in layers)
        self._passes = {}

    def move_to(self, params, grads):
        """Move parameters and gradients into these arrays, of the same sizes."""
        move([layer.params for layer in self.layers], params)
        move([layer.grads for layer in self.layers], grads)
        self.params, self.grads = params, grads
        for layer in self.layers:
            layer.forget_work_arrays()
        self.forget_passes()

    def forget_passes(self):
        """Forget all recordings: from now on, some layer computes with other arrays."""
        self._passes.clear()

    def forward(self, x, training=False):
        """Return the outputs of the last layer, (N, ...)."""
        for layer in self.layers:
            x = layer.forward(x, training)
        return x

    def predict(self, x, out, block_size, as_logits=False):
        """Write the outputs for all samples into `out`, (N, ...), at most `block_size` of them at a time.

        With `as_logits`, write what a softmax turns into the probabilities.
        """
        for block in split(len(x), block_size):
            out[block] = self._run(self._predict_block, as_logits, x[block])

    def _predict_block(self, as_logits, x):
        outputs = self.forward(x)
        self._end_pass()
        return self.layers[-1].logits if as_logits and self.ends_in_softmax else outputs

    def backpropagate(self, x, targets, out, n):
        """Fill the gradients with those of a part of n samples, and `out` with its logits, (N, F)."""

        def fill(block):
            out[block] = self.backpropagate_block(x[block], targets[block], n)

        sum_over(split(len(x), BLOCK_SIZE), fill, self.grads)

    def backpropagate_block(self, x, targets, n):
        """Fill the gradients with those of a part of n samples, and return its logits, (N, F), in a work array."""
        return self._run(self._backpropagate_block, n, x, targets)

    def _backpropagate_block(self, n, x, targets):
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
        self._end_pass()
        return logits

    def _end_pass(self):
        """Let no layer go backward from a forward that was before this pass, which used the same arrays."""
        for layer in self.layers:
            ops.run(layer.forget_inputs)

    def _run(self, function, setting, *inputs):
        """Return function(setting, *inputs): played, if it ran before with this setting and this many samples."""
        if not self._is_recordable:
            return function(setting, *inputs)
        key = (function.__name__, setting, len(inputs[0]))
        if key in self._passes:
            return self._passes[key].play(*inputs)
        if len(self._passes) == MOST_PASSES:
            self._passes.clear()
        self._passes[key] = RecordedPass(functools.partial(function, setting), *inputs)
        return self._passes[key].outputs


class Trainer:
    """Takes the steps of one model.

    Args:
        team: a `Team`.
        loss: from `losses`.
        optimizer: from `optimizers`, to be built on the parameters of the network before the first step.

    Raises:
        ValueError: if loss and last layer do not go together.
    """

    def __init__(self, team, loss, optimizer):
        network = team.network
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
        self._deferred = []

    def train_epoch(self, x, targets, order, batch_size, epoch, metrics, callbacks):
        """Take one step for each batch, and return the mean loss and metrics by name, while the weights move.

        Args:
            x, targets: (N, *input_shape) and (N, F).
            order: of the samples; `None` takes them as they are.
            batch_size: samples a step.
            epoch: its number, from 0, for messages.
            metrics: names.
            callbacks: as `fit` takes them.

        Raises:
            FloatingPointError: at the first loss that is not finite, naming epoch and step.
        """
        n = len(x)
        logits = np.empty_like(targets)
        seen_targets = targets if order is None else targets[order]
        sample_losses = np.empty(n, targets.dtype)
        checked = 0
        running = RunningScores(metrics)
        collecting = self.single_sample_steps() if batch_size == 1 else contextlib.nullcontext()
        with arithmetic.of_networks(), collecting:
            for start in range(0, n, batch_size):
                stop = min(start + batch_size, n)
                samples = x[start:stop] if order is None else x[order[start:stop]]
                logits[start:stop] = self.step(samples, seen_targets[start:stop])
                if callbacks:
                    self._call(callbacks, start // batch_size, running, logits[start:stop], seen_targets[start:stop])
                if stop - checked >= CHUNK_SIZE or stop == n:
                    chunk = slice(checked, stop)
                    sample_losses[chunk] = losses.cross_entropy(logits[chunk], seen_targets[chunk])
                    check_finite(sample_losses[chunk], checked, batch_size, epoch)
                    checked = stop
        return epoch_scores(sample_losses, logits, seen_targets, metrics)

    def _call(self, callbacks, batch, running, logits, targets):
        """Call the callbacks after a step. Parameters and gradients are current for them, also where steps wait."""
        for layer in self._deferred:
            layer.deferred_kernel.write(layer.grads["kernel"])
        logs = running.add(losses.cross_entropy(logits, targets), logits, targets)
        for callback in callbacks:
            callback.on_train_batch_end(batch, logs)

    def step(self, x, targets):
        """Update the parameters once, and return the logits from before the update, (N, F).

        Args:
            x: (N, *input_shape).
            targets: (N, F), from the loss's `encode`.
        """
        if len(x) == 1:
            logits = self._network.backpropagate_block(x, targets, 1)
        else:
            logits = np.empty_like(targets)
            self._team.backpropagate(x, targets, logits)
        self._optimizer.apply(self._grads)
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
        self._deferred = deferred = [layer for layer in dense if layer.params["kernel"].size > LARGE_SIZE]
        for layer in deferred:
            layer.deferred_kernel = DeferredKernel(layer.params["kernel"])
        self._network.forget_passes()
        kernels = {id(layer.grads["kernel"]): layer.deferred_kernel for layer in deferred}
        self._grads = [kernels.get(id(grad), grad) for grad in whole_grads]
        try:
            yield
        finally:
            self._network.forget_passes()
            self._grads, self._deferred = whole_grads, []
            for layer in deferred:
                layer.deferred_kernel.finish()
                layer.deferred_kernel = None
