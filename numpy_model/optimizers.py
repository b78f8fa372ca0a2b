"""Optimizers: the only place where parameters change.

Each walks over the parameters with Keras's formulas, in the parameters' own precision. `build` makes the state, one
array of a parameter's shape for each moment.
"""

import math
from typing import NoReturn

import numpy as np

from numpy_model.checks import refuse_name


class Optimizer:
    """What optimizers share: the parameters they walk over, and the count of steps.

    Attributes:
        iterations: steps taken so far.
        learning_rate: size of a step.
        state: the moments, lists of arrays by name.
    """

    moments = ()

    def __init__(self, learning_rate):
        self.learning_rate = check_number("learning_rate", learning_rate, above=0)
        self.iterations = 0
        self.state = {}
        self._params = []

    def build(self, params):
        """Take over these parameters, with no step taken and all moments zero."""
        self._params = list(params)
        self.iterations = 0
        self.state = {name: [np.zeros_like(param) for param in self._params] for name in self.moments}

    def apply(self, grads):
        """Take one step with the gradients, in the order of the parameters; `None` leaves a parameter as it is."""
        self.iterations += 1
        moments = [self.state[name] for name in self.moments]
        for param, grad, *own_moments in zip(self._params, grads, *moments, strict=True):
            if grad is not None:
                self.update(param, grad, *own_moments)

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

    def __init__(self, learning_rate=0.01, momentum=0.0, nesterov=False):
        super().__init__(learning_rate)
        self.momentum = check_number("momentum", momentum, least=0, most=1)
        self.nesterov = nesterov
        self.moments = ("velocity",) if momentum else ()

    def update(self, param, grad, velocity=None):
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

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
        super().__init__(learning_rate)
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


def as_keras_casts(value, dtype):
    """Return a Python number in `dtype` by way of float32, as `keras.ops.cast` does: 0.9 is 0.89999998 in float64."""
    return dtype.type(np.float32(value))


def check_number(name, value, above=None, least=None, below=None, most=None):
    """Return `value` as a float, or raise `ValueError` naming it and its range."""
    wanted = {"above": above, "at least": least, "below": below, "at most": most}
    text = " and ".join(f"{words} {bound}" for words, bound in wanted.items() if bound is not None)
    try:
        number = float(value)
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


_BY_NAME = {"sgd": SGD, "adam": Adam}


def get(identifier):
    """Return the optimizer of a Keras name, or the optimizer that was given."""
    if isinstance(identifier, Optimizer):
        return identifier
    if not isinstance(identifier, str) or identifier not in _BY_NAME:
        raise ValueError(f"optimizer is {identifier!r}; allowed are {', '.join(_BY_NAME)}, or an optimizer")
    return _BY_NAME[identifier]()


def __getattr__(name: str) -> NoReturn:
    refuse_name("optimizers", name, (found.__name__ for found in _BY_NAME.values()))
