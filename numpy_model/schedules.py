"""Learning rates that change from step to step, under the names of `keras.optimizers.schedules`.

Each is called with the number of steps taken so far, and returns the learning rate of the next. Keras computes them in
float32, whatever the model's type.

Reference: https://keras.io/api/optimizers/learning_rate_schedules/
"""

import math
from collections.abc import Sequence
from typing import NoReturn

from numpy_model.checks import refuse_name


class LearningRateSchedule:
    """What a learning rate that changes is: a callable (step) that returns a float."""

    def __call__(self, step: int) -> float:
        """Return the learning rate of a step, counted from 0."""
        raise NotImplementedError(f"{type(self).__name__} has no __call__(step)")


class ExponentialDecay(LearningRateSchedule):
    """rate = initial_learning_rate * decay_rate^(step / decay_steps).

    Args:
        initial_learning_rate: of the first step.
        decay_steps: steps in which the rate is multiplied by `decay_rate` once.
        decay_rate: the factor.
        staircase: whether step / decay_steps is rounded down. Default `False`.

    >>> round(ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)(20), 6)
    0.025
    """

    def __init__(
        self, initial_learning_rate: float, decay_steps: int, decay_rate: float, staircase: bool = False
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase

    def __call__(self, step: int) -> float:
        return self.initial_learning_rate * self.decay_rate ** self.periods(step)

    def periods(self, step: int) -> float:
        """Return step / decay_steps, rounded down if it is a staircase."""
        periods = step / self.decay_steps
        return math.floor(periods) if self.staircase else periods


class InverseTimeDecay(ExponentialDecay):
    """rate = initial_learning_rate / (1 + decay_rate * step / decay_steps), with the arguments of `ExponentialDecay`.

    >>> InverseTimeDecay(0.1, decay_steps=10, decay_rate=0.5)(20)
    0.05
    """

    def __call__(self, step: int) -> float:
        return self.initial_learning_rate / (1 + self.decay_rate * self.periods(step))


class PiecewiseConstantDecay(LearningRateSchedule):
    """The first of `values` up to and including the first of `boundaries`, then the second, and so on.

    Args:
        boundaries: steps, in ascending order.
        values: learning rates, one more than boundaries.

    Raises:
        ValueError: for another number of values.

    >>> [PiecewiseConstantDecay([10, 20], [0.1, 0.01, 0.001])(step) for step in (10, 11, 21)]
    [0.1, 0.01, 0.001]
    """

    def __init__(self, boundaries: Sequence[int], values: Sequence[float]) -> None:
        if len(values) != len(boundaries) + 1:
            raise ValueError(
                f"values are {len(values)} numbers for {len(boundaries)} boundaries; expected is one more than these"
            )
        self.boundaries, self.values = list(boundaries), list(values)

    def __call__(self, step: int) -> float:
        return self.values[sum(step > boundary for boundary in self.boundaries)]


class PolynomialDecay(LearningRateSchedule):
    """rate = (initial_learning_rate - end_learning_rate) * (1 - step / decay_steps)^power + end_learning_rate.

    Args:
        initial_learning_rate: of the first step.
        decay_steps: steps until the end.
        end_learning_rate: from then on. Default 0.0001.
        power: default 1.
        cycle: whether `decay_steps` is doubled, tripled and so on once it is reached. Default `False`.

    >>> round(PolynomialDecay(0.1, decay_steps=10, end_learning_rate=0.0)(5), 6)
    0.05
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.end_learning_rate = end_learning_rate
        self.power = power
        self.cycle = cycle

    def __call__(self, step: int) -> float:
        decay_steps = self.decay_steps * (max(1, math.ceil(step / self.decay_steps)) if self.cycle else 1)
        left = 1 - min(step, decay_steps) / decay_steps
        return (self.initial_learning_rate - self.end_learning_rate) * left**self.power + self.end_learning_rate


class CosineDecay(LearningRateSchedule):
    """Half a wave of a cosine, from the initial learning rate down to `alpha` times it.

        rate = initial_learning_rate * ((1 - alpha) * 0.5 * (1 + cos(π * step / decay_steps)) + alpha)

    Args:
        initial_learning_rate: of the first step.
        decay_steps: steps until the end.
        alpha: what share of the rate is left at the end. Default 0.
        warmup_target: rate to which the initial one first rises in a straight line; `None`, the default, for no rise.
        warmup_steps: steps of that rise. Default 0.

    Reference: Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2016.

    >>> round(CosineDecay(0.1, decay_steps=10)(5), 6)
    0.05
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        alpha: float = 0.0,
        warmup_target: float | None = None,
        warmup_steps: int = 0,
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.alpha = alpha
        self.warmup_target = warmup_target
        self.warmup_steps = warmup_steps

    def __call__(self, step: int) -> float:
        start, first = self.initial_learning_rate, 0
        if self.warmup_target is not None:
            if step < self.warmup_steps:
                return (self.warmup_target - start) * step / self.warmup_steps + start
            start, first = self.warmup_target, self.warmup_steps
        done = min(step - first, self.decay_steps) / self.decay_steps
        return start * ((1 - self.alpha) * 0.5 * (1 + math.cos(math.pi * done)) + self.alpha)


NAMES = ("CosineDecay", "ExponentialDecay", "InverseTimeDecay", "PiecewiseConstantDecay", "PolynomialDecay")


def __getattr__(name: str) -> NoReturn:
    refuse_name("optimizers.schedules", name, NAMES)
