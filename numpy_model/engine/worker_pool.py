"""A pool of worker processes for one batch."""

from __future__ import annotations

import math
import multiprocessing
import os
from typing import TYPE_CHECKING

import numpy as np

from numpy_model import config
from numpy_model.engine.shared_memory import START_METHOD
from numpy_model.engine.sharing import add, parts, split, sum_over
from numpy_model.engine.worker import Worker

if TYPE_CHECKING:
    from numpy_model.engine.network import Network

# What it costs to share a batch, in multiplications, of which a core makes some 25,000 in a µs: to wake a process, and
# to hand over each parameter and add up its gradient. So `simple_cnn` is shared from 8 images on, where two processes
# take 0.92 times as long as one (0.73 at 16), LeNet from 16 (0.72), and 32-32-pool-64-64-pool-128 filters from 2 (0.64
# at 8). The rule counts, and does not measure: the same shapes give the same bits.
SHARING_COST, PARAMETER_COST = 7_000_000, 32

# Images of a part that are enough for any network, as nobody knows how much a layer without a kernel computes.
SMALLEST_TRAINING_PART = 16

# To fork takes as long as to predict some hundred images, and to start a new process as some thousand.
SMALLEST_PREDICTION_PART = 256 if START_METHOD == "fork" else 4096

# Samples that a process takes at a time: so many that handing over costs nothing, so few that memory stays flat. To
# predict takes 1.04 times as long with 128, as it takes a moment until the other process is awake.
LARGEST_PART = 512


class WorkerPool:
    """A network, and its copies in worker processes, which share the work on a batch.

    Threads would have to wait for Python's lock after each of the hundred short operations of a step: two of them were
    1.1 times as fast as one at batch size 128, where two processes are 1.7 times as fast. Workers start when there is
    work for them. The network works alone in a daemonic process, such as a worker of `multiprocessing.Pool`, which may
    have no children; where the system allows no further process; and where workers cannot be forks, and a layer or the
    loss cannot be pickled.

    Args:
        network: a `Network`.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self._workers = []
        self._owner = os.getpid()
        self._can_start = True
        self._smallest_training_part = smallest_training_part(network) if network else SMALLEST_TRAINING_PART

    def predict(self, x: np.ndarray, out: np.ndarray, block_size: int, as_logits: bool) -> None:
        """Do `Network.predict` for any number of samples."""
        n_processes = self._n_processes(len(x), SMALLEST_PREDICTION_PART)
        for samples in split(len(x), n_processes * LARGEST_PART):
            self._share(n_processes, "predict", out[samples], x=x[samples], block_size=block_size, as_logits=as_logits)

    def backpropagate(
        self, x: np.ndarray, targets: np.ndarray, out: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> None:
        """Do `Network.backpropagate` for a whole batch."""
        if self.network.whole_batch:
            self.network.backpropagate(x, targets, out, len(x), sample_weight)
            return
        arrays = {"x": x, "targets": targets} | ({} if sample_weight is None else {"sample_weight": sample_weight})
        n_processes = self._n_processes(len(x), self._smallest_training_part)

        def fill(samples: slice) -> None:
            inputs = samples_of(samples, arrays)
            workers = self._share(n_processes, "backpropagate", out[samples], **inputs, batch_size=len(x))
            for worker in workers:
                add(self.network.grads, worker.grads)

        sum_over(split(len(x), n_processes * LARGEST_PART), fill, self.network.grads)

    def shares(self, n: int) -> list[int]:
        """Return how many of the n samples of a training batch each process has, that of the caller first."""
        n_processes = self._n_processes(n, self._smallest_training_part)
        rounds = [parts(samples.stop - samples.start, n_processes) for samples in split(n, n_processes * LARGEST_PART)]
        return [sum(part.stop - part.start for part in own) for own in zip(*rounds, strict=True)]

    def restart(self) -> None:
        """End all workers: when there is work again others begin, with the network as it is then."""
        self._workers.clear()

    def _n_processes(self, n: int, smallest_part: int) -> int:
        n_processes = max(1, min(config.threads(), n // smallest_part))
        # A worker would go on with what such a layer, when the worker began, had counted and averaged.
        if n_processes == 1 or self.network.whole_batch or multiprocessing.current_process().daemon:
            return 1
        return n_processes if self._start(n_processes - 1) else 1

    def _start(self, n: int) -> bool:
        """Return whether there are `n` workers, after starting those that were missing."""
        if os.getpid() != self._owner:
            # This is a fork of the process that has the workers, and must not come between the two.
            self._workers, self._owner = [], os.getpid()
        try:
            while self._can_start and len(self._workers) < n:
                self._workers.append(Worker(self.network, LARGEST_PART))
        except OSError:  # no process, pipe or memory left, or it cannot be sent: it is not tried again at every batch
            self._can_start = False
        return len(self._workers) >= n

    def _share(self, n_processes: int, job: str, out: np.ndarray, **inputs: object) -> list[Worker]:
        """Do a job in equal parts side by side, and return the workers that had one."""
        first, *others = parts(len(out), n_processes)
        workers = self._workers[: len(others)]
        try:
            for worker, part in zip(workers, others, strict=True):
                worker.begin(job, **samples_of(part, inputs))
            getattr(self.network, job)(out=out[first], **samples_of(first, inputs))
            for worker, part in zip(workers, others, strict=True):
                out[part] = worker.finish()
        except BaseException:
            self._workers.clear()  # some may still be at work: start again with others
            raise
        return workers


def smallest_training_part(network: Network) -> int:
    """Return how many images a process must have so that it gains more time than it costs."""
    # Forward, and backward to both factors of each product.
    per_image = 3 * sum(layer.count_multiplications() for layer in network.layers)
    cost = SHARING_COST + PARAMETER_COST * sum(param.size for param in network.params)
    return min(SMALLEST_TRAINING_PART, math.ceil(cost / per_image)) if per_image else SMALLEST_TRAINING_PART


def samples_of(part: slice, inputs: dict[str, object]) -> dict[str, object]:
    """Return the inputs of a job with one part of the samples of each array."""
    return {name: value[part] if isinstance(value, np.ndarray) else value for name, value in inputs.items()}
