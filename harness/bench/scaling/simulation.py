"""A training step on as many cores as there are processes, worked out from what one and two of them take.

The caller hands the parameters to one worker after the other, works on its own share, and then adds up the gradients
of one worker after the other. So a step is

    begin   worker i starts when the caller has handed over i times, and it has woken up
    work    each process takes as long for its share as one process alone
    finish  the caller waits for each worker in turn, and adds its gradients

What cores take from each other, of caches and memory, is not in it. It holds with as many cores as processes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from timeit import repeat

import numpy as np

REPEATS = 200


@dataclass(frozen=True)
class Exchange:
    """What it costs to work with one worker, in µs a step.

    Attributes:
        handing_over: to copy all parameters to it.
        adding: to add its gradients.
        waking: all else, mostly until it is awake, and then the caller.
    """

    handing_over: float
    adding: float
    waking: float

    @property
    def total(self) -> float:
        """All three."""
        return self.handing_over + self.adding + self.waking


def exchange_of(beyond_share: float, weights: Sequence[np.ndarray]) -> Exchange:
    """Return the `Exchange` from the times of steps, and from copying and adding arrays.

    Args:
        beyond_share: µs that a step of two processes takes more than one of one process on half the batch.
        weights: arrays of the sizes of all parameters.
    """
    others = [np.empty_like(weight) for weight in weights]
    handing_over = microseconds(copy_all, others, weights)
    adding = microseconds(add_all, others, weights)
    return Exchange(handing_over, adding, max(0.0, beyond_share - handing_over - adding))


def simulated_step(part: float, n_processes: int, exchange: Exchange) -> float:
    """Return the µs of a step that some processes share, on as many cores.

    Args:
        part: µs of a step of one process on its share.
        n_processes: from 1.
        exchange: with each of the workers.

    >>> simulated_step(100, 2, Exchange(handing_over=5, adding=10, waking=20))
    135
    """
    ready = [worker * exchange.handing_over + exchange.waking + part for worker in range(1, n_processes)]
    now = (n_processes - 1) * exchange.handing_over + part
    for end in ready:
        now = max(now, end) + exchange.adding
    return now


def copy_all(targets: Sequence[np.ndarray], sources: Sequence[np.ndarray]) -> None:
    """Copy arrays into others."""
    for target, source in zip(targets, sources, strict=True):
        np.copyto(target, source)


def add_all(totals: Sequence[np.ndarray], grads: Sequence[np.ndarray]) -> None:
    """Add arrays to others in place."""
    for total, grad in zip(totals, grads, strict=True):
        total += grad


def microseconds(function: Callable, *arguments: Sequence[np.ndarray]) -> float:
    """Return the median of the µs that many calls take."""
    return 1e6 * float(np.median(repeat(partial(function, *arguments), number=1, repeat=REPEATS)))
