"""One training step: the gradients of a batch, then the optimizer.

Letters: N samples, F classes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from numpy_model.engine.deferred import DeferredKernel
from numpy_model.engine.numpy_settings import fast_numpy
from numpy_model.engine.parameters import LARGE_SIZE
from numpy_model.engine.penalties import add_gradients, penalty_of
from numpy_model.layers import Dense
from numpy_model.scores import RunningScores, check_finite, epoch_scores

if TYPE_CHECKING:
    from numpy_model.callbacks import CallbackList
    from numpy_model.engine.network import Network
    from numpy_model.engine.worker_pool import WorkerPool
    from numpy_model.layer import Layer
    from numpy_model.losses import Loss
    from numpy_model.optimizer import Optimizer

# Losses are read off in chunks: often enough to stop soon after one is not finite, seldom enough to cost nothing.
CHUNK_SIZE = 1024


class Trainer:
    """Takes the steps of one model.

    Args:
        pool: a `WorkerPool`.
        loss: from `losses`, which goes with the last layer.
        optimizer: from `optimizers`, to be built on the parameters of the network before the first step.
    """

    def __init__(self, pool: WorkerPool, loss: Loss, optimizer: Optimizer) -> None:
        self._loss, self._optimizer = loss, optimizer
        self._network = pool.network
        self._network.loss = loss
        self._network.forget_plans()
        pool.restart()  # the workers' copies have the loss of before
        self._pool = pool
        self._grads = pool.network.grads

    def train_epoch(
        self,
        x: np.ndarray,
        targets: np.ndarray,
        order: np.ndarray | None,
        batch_size: int,
        epoch: int,
        metrics: list[str],
        callbacks: CallbackList,
        sample_weight: np.ndarray | None = None,
    ) -> dict[str, float]:
        """Take one step for each batch, and return the mean loss and metrics by name, while the weights move.

        Args:
            x, targets: (N, *input_shape) and (N, F).
            order: of the samples; `None` takes them as they are.
            batch_size: samples a step.
            epoch: its number, from 0, for messages.
            metrics: names.
            callbacks: a `CallbackList`; the epoch ends early where one stops the training.
            sample_weight: (N,), or `None`.

        Raises:
            FloatingPointError: at the first loss that is not finite, naming epoch and step.
        """
        n = len(x)
        logits = np.empty_like(targets)
        seen_targets = targets if order is None else targets[order]
        seen_weights = sample_weight if sample_weight is None or order is None else sample_weight[order]
        weights = None
        sample_losses = np.empty(n, targets.dtype)
        checked, total_penalty = 0, 0.0
        running = RunningScores(metrics)
        watched = bool(callbacks)  # asked once, and not at each step
        collecting = self.single_sample_steps() if batch_size == 1 else contextlib.nullcontext()
        with fast_numpy(), collecting:
            for start in range(0, n, batch_size):
                stop = min(start + batch_size, n)
                if watched:
                    self._tell(callbacks, "on_train_batch_begin", start // batch_size, {})
                samples = x[start:stop] if order is None else gather(x, order[start:stop])
                if seen_weights is not None:
                    weights = seen_weights[start:stop]
                logits[start:stop], penalty = self.step(samples, seen_targets[start:stop], weights)
                total_penalty += penalty * (stop - start)
                if watched:
                    batch = logits[start:stop], seen_targets[start:stop]
                    self._tell_of_step(callbacks, start // batch_size, running, *batch, weights, penalty)
                ended = stop == n or (watched and callbacks.stopped)
                if stop - checked >= CHUNK_SIZE or ended:
                    chunk = slice(checked, stop)
                    sample_losses[chunk] = self._loss.forward(logits[chunk], seen_targets[chunk])
                    check_finite(sample_losses[chunk], checked, batch_size, epoch, x)
                    checked = stop
                if ended:
                    break
        seen_weights = None if seen_weights is None else seen_weights[:stop]
        scored = self._loss, sample_losses[:stop], logits[:stop], seen_targets[:stop]
        return epoch_scores(*scored, metrics, seen_weights, total_penalty / stop)

    def _tell_of_step(
        self,
        callbacks: CallbackList,
        batch: int,
        running: RunningScores,
        logits: np.ndarray,
        targets: np.ndarray,
        weights: np.ndarray | None,
        penalty: float,
    ) -> None:
        """Tell the callbacks of a step. Parameters and gradients are current for them, also where steps wait."""
        for layer, deferred_kernel in self._network.deferred.items():
            deferred_kernel.write(layer.grads["kernel"])
        logs = running.add(self._loss, logits, targets, weights, penalty)
        self._tell(callbacks, "on_train_batch_end", batch, logs)

    def _tell(self, callbacks: CallbackList, method: str, *arguments: object) -> None:
        """Call a method of the callbacks. No steps wait meanwhile: they may change weights, predict and train."""
        deferred, grads = self._network.deferred, self._grads
        self._network.deferred, self._grads = {}, self._network.grads
        try:
            callbacks.call(method, *arguments)
        finally:
            self._network.deferred, self._grads = deferred, grads
            for deferred_kernel in deferred.values():
                deferred_kernel.take_up()

    def step(
        self, x: np.ndarray, targets: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> tuple[np.ndarray, float]:
        """Update the parameters once, and return logits (N, F) and the penalty from before the update.

        Args:
            x: (N, *input_shape).
            targets: (N, F), from the loss's `encode`.
            sample_weight: (N,), or `None`.
        """
        if len(x) == 1:
            logits = self._network.backpropagate_block(x, targets, 1, sample_weight)
        else:
            logits = np.empty_like(targets)
            self._pool.backpropagate(x, targets, logits, sample_weight)
        penalty = 0.0
        if self._network.is_penalized:
            penalty = penalty_of(self._network.layers)
            add_gradients(self._network.layers)
        if self._optimizer.clipping:
            self._apply_clipped()
        else:
            self._optimizer.apply(self._grads)
        for deferred_kernel in self._network.deferred.values():
            deferred_kernel.descend(self._optimizer.learning_rate)
        return logits, penalty

    def _apply_clipped(self) -> None:
        """Update the parameters with clipped gradients, and leave the gradients as they are."""
        before = [grad.copy() for grad in self._grads]
        self._optimizer.clip([grad for layer in self._network.layers for grad in layer.grads.values()])
        self._optimizer.apply(self._grads)
        for grad, whole in zip(self._grads, before, strict=True):
            grad[...] = whole

    @contextlib.contextmanager
    def single_sample_steps(self) -> Iterator[None]:
        """Collect the steps of large dense kernels while the body trains on one sample at a time.

        The parameters are up to date again when the body ends, however it ends. Plain descent alone can wait: it only
        scales a gradient and subtracts it.
        """
        if not self._optimizer.is_plain_descent:
            yield
            return
        network = self._network
        large = [layer for layer in network.layers if type(layer) is Dense and can_wait(layer)]
        network.deferred = {layer: DeferredKernel(layer.params["kernel"]) for layer in large}
        network.forget_plans()
        kept = {id(layer.grads["kernel"]) for layer in large}
        self._grads = [None if id(grad) in kept else grad for grad in network.grads]
        try:
            yield
        finally:
            for deferred_kernel in network.deferred.values():
                deferred_kernel.finish()
            network.deferred = {}
            network.forget_plans()
            self._grads = network.grads


def gather(x: np.ndarray, indices: np.ndarray) -> np.ndarray:
    """Return some samples; a single one as a view, which takes 1.5 µs less."""
    if len(indices) == 1:
        first = indices[0]
        return x[first : first + 1]
    return x[indices]


def can_wait(layer: Layer) -> bool:
    """Return whether the steps of a dense layer's kernel may be collected: a large one that has no penalty."""
    return layer.params["kernel"].size > LARGE_SIZE and "kernel" not in layer.regularizers


def check_loss(network: Network, loss: Loss) -> None:
    """Raise `ValueError` if a loss and the last layer do not go together."""
    last = network.layers[-1]
    if loss.activation:
        name = loss.activation.__name__.lower()
        has_it = isinstance(getattr(last, "activation", None), loss.activation)
        if has_it == loss.from_logits:
            remedy = "use from_logits=False" if loss.from_logits else f"use from_logits=True, or add a {name}"
            has = f"a {name}" if has_it else f"no {name}"
            raise ValueError(f"the last layer, {last.name}, has {has}, and the loss expects otherwise; {remedy}")
    if len(last.output_shape) != 1:
        raise ValueError(f"the last layer, {last.name}, must give one row of outputs, not {last.output_shape}")
