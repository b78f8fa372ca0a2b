"""Optimizers: the only place where parameters change.

Each walks over the parameters with Keras's formulas, in the parameters' own precision. `build` makes the state, one
array of a parameter's shape for each moment.
"""

import math
from typing import NoReturn

import numpy as np

from numpy_model import schedules as schedules  # as Keras offers them
from numpy_model.checks import refuse_name
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
        self.weight_decay = weight_decay
        limits = {"clipnorm": clipnorm, "clipvalue": clipvalue, "global_clipnorm": global_clipnorm}
        given = {name: check_number(name, limit, above=0) for name, limit in limits.items() if limit is not None}
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} are given; allowed is one of them")
        self.clipping = next(iter(given.items()), None)
        self.iterations = 0
        self.state = {}
        self._params = []

    def build(self, params):
        """Take over these parameters, with no step taken and all moments zero."""
        self._params = list(params)
        self.iterations = 0
        self.state = {name: [np.full_like(param, self.initial) for param in self._params] for name in self.moments}

    def apply(self, grads):
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

    def is_free_for(self, params):
        """Return whether the optimizer has no parameters yet, or these."""
        return not self._params or all(own is other for own, other in zip(self._params, params, strict=False))

    def get_state(self):
        """Return a copy of what a later `set_state` needs to go on from here."""
        return {
            "iterations": self.iterations,
            **{name: [moment.copy() for moment in self.state[name]] for name in self.state},
        }

    def set_state(self, state):
        """Go on from a state that `get_state` returned."""
        self.iterations = int(state["iterations"])
        for name, moments in self.state.items():
            for moment, saved in zip(moments, state[name], strict=True):
                np.copyto(moment, saved)


class SGD(Optimizer):
    """Stochastic gradient descent.

        velocity = momentum * velocity - learning_rate * gradient
        parameter += velocity
        parameter += momentum * velocity - learning_rate * gradient     instead, with Nesterov

    Args:
        learning_rate: above 0. Default 0.01.
        momentum: from 0 (the default, plain descent) to 1.
        nesterov: default `False`.

    Source: https://keras.io/api/optimizers/sgd/
    """

    def __init__(
        self,
        learning_rate: float | LearningRateSchedule = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
    ) -> None:
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm)
        self.momentum = check_number("momentum", momentum, least=0, most=1)
        self.nesterov = nesterov
        self.moments = ("velocity",) if momentum else ()

    @property
    def is_plain_descent(self) -> bool:
        """Whether a step is learning_rate * gradient, of each gradient by itself: then it may be taken later."""
        changes = self.momentum, self.schedule, self.clipping, self.weight_decay
        return type(self) is SGD and not any(changes)

    def update(self, param: np.ndarray, grad: np.ndarray, velocity: np.ndarray | None = None) -> None:
        """Take the step of one parameter."""
        step = grad * param.dtype.type(self.learning_rate)
        if velocity is None:
            param -= step
            return
        momentum = as_keras_casts(self.momentum, param.dtype)
        velocity *= momentum
        velocity -= step
        if self.nesterov:
            param -= step
            param += momentum * velocity
        else:
            param += velocity


class Adam(Optimizer):
    """Descent along the mean gradient, each number scaled by the root of its mean square.

        m += (gradient - m) * (1 - beta_1)
        v += (gradient² - v) * (1 - beta_2)
        parameter -= m * learning_rate * sqrt(1 - beta_2^t) / (1 - beta_1^t) / (sqrt(v) + epsilon)

    Args:
        learning_rate: above 0. Default 0.001.
        beta_1, beta_2: from 0 to below 1. Default 0.9 and 0.999.
        epsilon: 0 or above. Default 1e-7.

    Source: https://keras.io/api/optimizers/adam/. Keras adds epsilon to the root of the uncorrected v, the paper
    (Kingma and Ba, 2014, algorithm 1) to that of the corrected one: for a first gradient of 1e-6 and a rate of 0.001
    the steps are 2.4e-4 and 9.1e-4.
    """

    moments = ("m", "v")

    def __init__(
        self,
        learning_rate: float | LearningRateSchedule = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
    ) -> None:
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm)
        self.beta_1 = check_number("beta_1", beta_1, least=0, below=1)
        self.beta_2 = check_number("beta_2", beta_2, least=0, below=1)
        self.epsilon = check_number("epsilon", epsilon, least=0)

    def update(self, param, grad, m, v):
        """Take the step of one parameter."""
        number = param.dtype.type
        beta_1_power = as_keras_casts(self.beta_1, param.dtype) ** number(self.iterations)
        beta_2_power = as_keras_casts(self.beta_2, param.dtype) ** number(self.iterations)
        alpha = number(self.learning_rate) * np.sqrt(1 - beta_2_power) / (1 - beta_1_power)
        m += (grad - m) * number(1 - self.beta_1)
        v += (grad * grad - v) * number(1 - self.beta_2)
        param -= m / (np.sqrt(v) + number(self.epsilon)) * alpha


class AdamW(Adam):
    """Adam that also takes a share of every parameter off it before each step.

        parameter -= parameter * weight_decay * learning_rate

    Args: those of `Adam`, and `weight_decay`, 0.004 by default.

    Reference: Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2017; https://keras.io/api/optimizers/adamw/
    """

    def __init__(
        self,
        learning_rate: float | LearningRateSchedule = 0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
    ) -> None:
        super().__init__(learning_rate, beta_1, beta_2, epsilon, weight_decay, clipnorm, clipvalue, global_clipnorm)


class Adagrad(Optimizer):
    """Descent whose steps shrink by the root of the sum of all squared gradients so far.

        accumulator += gradient²
        parameter -= learning_rate * gradient / sqrt(accumulator + epsilon)

    Args:
        learning_rate: above 0. Default 0.001.
        initial_accumulator_value: default 0.1.
        epsilon: 0 or above. Default 1e-7.

    Reference: https://keras.io/api/optimizers/adagrad/
    """

    moments = ("accumulator",)

    def __init__(
        self,
        learning_rate: float | LearningRateSchedule = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
    ) -> None:
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm)
        value = check_number("initial_accumulator_value", initial_accumulator_value, least=0)
        self.initial = float(np.float32(value))  # Keras rounds it, in float64 too
        self.epsilon = check_number("epsilon", epsilon, least=0)

    def update(self, param: np.ndarray, grad: np.ndarray, accumulator: np.ndarray) -> None:
        """Take the step of one parameter."""
        number = param.dtype.type
        accumulator += grad * grad
        param -= number(self.learning_rate) * grad / np.sqrt(accumulator + number(self.epsilon))


class RMSprop(Optimizer):
    """Descent whose steps are scaled by the root of a running mean of the squared gradients.

        velocity = rho * velocity + (1 - rho) * gradient²
        increment = learning_rate * gradient / sqrt(velocity + epsilon)
        parameter -= increment

    With momentum, the step is momentum times the last one, plus the increment; centered, the square of the running mean
    of the gradients is taken off the velocity under the root.

    Args:
        learning_rate: above 0. Default 0.001.
        rho: from 0 to below 1. Default 0.9.
        momentum: from 0 (the default) to 1.
        epsilon: 0 or above. Default 1e-7.
        centered: default `False`.

    Reference: https://keras.io/api/optimizers/rmsprop/
    """

    def __init__(
        self,
        learning_rate: float | LearningRateSchedule = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
    ) -> None:
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm)
        self.rho = check_number("rho", rho, least=0, below=1)
        self.momentum = check_number("momentum", momentum, least=0, most=1)
        self.epsilon = check_number("epsilon", epsilon, least=0)
        self.centered = centered
        self.moments = ("velocity", *(("step",) if momentum else ()), *(("mean",) if centered else ()))

    def update(self, param: np.ndarray, grad: np.ndarray, velocity: np.ndarray, *more: np.ndarray) -> None:
        """Take the step of one parameter; `more` are the last step and the mean gradient, where they are kept."""
        number = param.dtype.type
        velocity *= number(self.rho)
        velocity += number(1 - self.rho) * grad * grad
        scale = velocity
        if self.centered:
            mean = more[-1]
            mean *= number(self.rho)
            mean += number(1 - self.rho) * grad
            scale = velocity - mean * mean
        increment = number(self.learning_rate) * grad / np.sqrt(scale + number(self.epsilon))
        if self.momentum:
            step = more[0]
            step *= number(self.momentum)
            step += increment
            increment = step
        param -= increment


def as_keras_casts(value, dtype):
    """Return a Python number in `dtype` by way of float32, as `keras.ops.cast` does: 0.9 is 0.89999998 in float64."""
    return dtype.type(np.float32(value))


def check_number(name, value, above=None, least=None, below=None, most=None):
    """Return `value` as a float, or raise `ValueError` naming it and its range."""
    wanted = {"above": above, "at least": least, "below": below, "at most": most}
    text = " and ".join(f"{words} {bound}" for words, bound in wanted.items() if bound is not None)
    try:
        number = math.nan if isinstance(value, str | bool) else float(value)
    except (TypeError, ValueError):
        number = math.nan
    inside = (
        math.isfinite(number)
        and (above is None or number > above)
        and (least is None or number >= least)
        and (below is None or number < below)
        and (most is None or number <= most)
    )
    if not inside:
        raise ValueError(f"{name} is {value!r}; allowed is a finite number {text}")
    return number


_BY_NAME = {"sgd": SGD, "adam": Adam, "adamw": AdamW, "adagrad": Adagrad, "rmsprop": RMSprop}


def get(identifier):
    """Return the optimizer of a Keras name, or the optimizer that was given."""
    if isinstance(identifier, Optimizer):
        return identifier
    if not isinstance(identifier, str) or identifier not in _BY_NAME:
        raise ValueError(f"optimizer is {identifier!r}; allowed are {', '.join(_BY_NAME)}, or an optimizer")
    return _BY_NAME[identifier]()


def __getattr__(name: str) -> NoReturn:
    refuse_name("optimizers", name, (found.__name__ for found in _BY_NAME.values()))
