"""What a worker process does: build a network, warm it up, and take one turn after the other."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.bench.calls import make_call
from harness.bench.plan import MOST_IMAGES, Contender, Workload

if TYPE_CHECKING:
    from numpy_model.model import Sequential


@dataclass(frozen=True)
class Turn:
    """What a turn took.

    Attributes:
        n_images: that went through the network in each call.
        calls: how many.
        seconds: of all calls, until the end of their last steps.
        waiting: seconds of all calls after that.
    """

    n_images: int
    calls: int
    seconds: float
    waiting: float

    @property
    def microseconds_per_image(self) -> float:
        """Without waiting."""
        return 1e6 * self.seconds / (self.n_images * self.calls)

    @property
    def waiting_microseconds_per_image(self) -> float:
        """Waiting alone."""
        return 1e6 * self.waiting / (self.n_images * self.calls)


class Turns:
    """One contender's turns at one workload.

    A workload without a number of images gets as many as one call takes through the network in the seconds of a turn:
    then what a call costs by itself does not count.

    Args:
        contender: a `Contender`.
        workload: a `Workload`.
        least_seconds: what a turn lasts at least, without waiting. Default 0: one call.
    """

    def __init__(self, contender: Contender, workload: Workload, least_seconds: float = 0.0) -> None:
        self._workload = workload
        self._least_seconds = least_seconds
        self._trainer, self._call = make_call(contender, workload)
        self._weights = self._trainer.get_weights()
        self._use(workload.n_images or workload.batch_size)
        self._time_call()  # which makes work arrays, compiles and traces
        if workload.n_images is None:
            self._fill_turn()

    @property
    def model(self) -> Sequential:
        """The model that is trained."""
        return self._trainer.model

    @property
    def n_parameters(self) -> int:
        """How many numbers the network learns."""
        return sum(weight.size for weight in self._weights)

    def take(self) -> Turn:
        """Train or predict from the first weights until a turn has lasted long enough, and return the `Turn`."""
        seconds = waiting = calls = 0
        while not calls or seconds < self._least_seconds:
            steps, waited = self._time_call()
            seconds, waiting, calls = seconds + steps, waiting + waited, calls + 1
        return Turn(self._n_images, calls, seconds, waiting)

    def _time_call(self) -> tuple[float, ...]:
        """Return the seconds of one call, until the end of its last step and after it."""
        self._trainer.start(self._weights)
        start = time.perf_counter()
        self._call()
        seconds = time.perf_counter() - start
        return seconds - self._call.waiting, self._call.waiting

    def _use(self, n_images: int) -> None:
        workload = self._workload
        rng = np.random.default_rng(0)
        x = rng.random((n_images, workload.side, workload.side, 1), dtype=np.float32) - np.float32(0.5)
        self._call.use(x, rng.integers(0, 10, n_images), workload.batch_size)
        self._n_images = n_images

    def _fill_turn(self) -> None:
        """Use as many images as one call takes through the network in a turn, and 0.1 more.

        From the first step alone, and a call that lasts an eighth of a turn at least: what a call costs by itself is in
        both.
        """
        least, batch_size = self._least_seconds, self._workload.batch_size
        most_steps = max(1, MOST_IMAGES // batch_size)
        n_steps, (first, _) = 1, self._time_call()
        seconds = first
        while seconds < least and n_steps < most_steps and (n_steps == 1 or seconds < least / 8):
            n_steps = min(math.ceil(n_steps * min(max(least / 4 / seconds, 2), 20)), most_steps)
            self._use(n_steps * batch_size)
            seconds, _ = self._time_call()
        if seconds < least and n_steps < most_steps:
            step = max(seconds - first, seconds / 2) / (n_steps - 1)
            n_steps = min(math.ceil(n_steps + (1.1 * least - seconds) / step), most_steps)
            self._use(n_steps * batch_size)
