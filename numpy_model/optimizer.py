"""What every optimizer is: the only place where parameters change."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from numpy_model.checks import as_keras_casts, check_number
from numpy_model.schedules import LearningRateSchedule


class Optimizer:
    """What optimizers share: the parameters they walk over, the count of steps, and what is done to all gradients.

    Args:
        learning_rate: a number above 0, or a schedule of `optimizers.schedules`.
        weight_decay: share of every parameter that is taken off it, times the learning rate, before each step; `None`,
            the default, for none.
        clipnorm: the largest Euclidean norm of a parameter's gradient; `None`, the default, for no limit.
        clipvalue: the largest absolute value of a number of a gradient, likewise.
        global_clipnorm: the largest Euclidean norm of all gradients together, likewise.

    Attributes:
        iterations: steps taken so far.
        learning_rate: size of a step; of a schedule that of the last step.
        state: the moments, lists of arrays by name.
    """

    moments: tuple[str, ...] = ()
    initial = 0.0  # of every moment

    def __init__(
        self,
        learning_rate: float | LearningRateSchedule,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
    ) -> None:
        self.schedule = learning_rate if isinstance(learning_rate, LearningRateSchedule) else None
        first = self.schedule(0) if self.schedule else learning_rate
        self.learning_rate = check_number("learning_rate", first, above=0)
        if weight_decay is not None:
            check_number("weight_decay", weight_decay, least=0)
        self.weight_decay = weight_decay
        limits = {"clipnorm": clipnorm, "clipvalue": clipvalue, "global_clipnorm": global_clipnorm}
        given = {name: check_number(name, limit, above=0) for name, limit in limits.items() if limit is not None}
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} are given; allowed is one of them")
        self.clipping = next(iter(given.items()), None)
        self.iterations = 0
        self.state = {}
        self._params = []

    def build(self, params: Iterable[np.ndarray]) -> None:
        """Take over these parameters, with no step taken and every moment at its first value."""
        self._params = list(params)
        self.iterations = 0
        self.state = {name: [np.full_like(param, self.initial) for param in self._params] for name in self.moments}

    def apply(self, grads: list[np.ndarray | None]) -> None:
        """Take one step with the gradients, in the order of the parameters; `None` leaves a parameter as it is."""
        if self.schedule:
            self.learning_rate = self.schedule(self.iterations)
        self.iterations += 1
        if self.weight_decay is not None:
            for param in self._params:
                decay = as_keras_casts(self.weight_decay, param.dtype) * param.dtype.type(self.learning_rate)
                param -= param * decay
        moments = [self.state[name] for name in self.moments]
        for param, grad, *own_moments in zip(self._params, grads, *moments, strict=True):
            if grad is not None:
                self.update(param, grad, *own_moments)

    @property
    def is_plain_descent(self) -> bool:
        """Whether a step is learning_rate * gradient, of each gradient by itself: then it may be taken later."""
        return False

    def clip(self, grads: list[np.ndarray]) -> None:
        """Shorten gradients in place as `clipnorm`, `clipvalue` or `global_clipnorm` ask, one array a parameter."""
        name, limit = self.clipping
        if name == "clipvalue":
            for grad in grads:
                grad[...] = np.clip(grad, -limit, limit)
        elif name == "clipnorm":
            for grad in grads:
                grad *= grad.dtype.type(limit / max(np.sqrt(np.square(grad).sum()), limit))
        else:
            norm = np.sqrt(sum(np.square(grad).sum() for grad in grads))
            for grad in grads:
                grad *= grad.dtype.type(limit * min(1 / norm, 1 / limit) if norm else 1)

    def is_free_for(self, params: list[np.ndarray]) -> bool:
        """Return whether the optimizer has no parameters yet, or these."""
        return not self._params or all(own is other for own, other in zip(self._params, params, strict=False))

    def get_state(self) -> dict[str, int | list[np.ndarray]]:
        """Return a copy of what a later `set_state` needs to go on from here."""
        return {
            "iterations": self.iterations,
            **{name: [moment.copy() for moment in self.state[name]] for name in self.state},
        }

    def set_state(self, state: dict[str, int | list[np.ndarray]]) -> None:
        """Go on from a state that `get_state` returned."""
        self.iterations = int(state["iterations"])
        for name, moments in self.state.items():
            for moment, saved in zip(moments, state[name], strict=True):
                np.copyto(moment, saved)
