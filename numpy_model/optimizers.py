"""Optimizers, on the base `optimizer`.

Each walks over the parameters with Keras's formulas, in the parameters' own precision. `build` makes the state, one
array of a parameter's shape for each moment.
"""

from __future__ import annotations

from typing import NoReturn

import numpy as np

from numpy_model import schedules as schedules  # as Keras offers them
from numpy_model.checks import as_keras_casts, check_number, refuse_name
from numpy_model.optimizer import Optimizer
from numpy_model.schedules import LearningRateSchedule


class SGD(Optimizer):
    """Stochastic gradient descent.

        velocity = momentum * velocity - learning_rate * gradient
        parameter += velocity
        parameter += momentum * velocity - learning_rate * gradient     instead, with Nesterov

    Args:
        learning_rate: above 0. Default 0.01.
        momentum: from 0 (the default, plain descent) to 1.
        nesterov: default `False`.
        weight_decay, clipnorm, clipvalue, global_clipnorm: see `Optimizer`; default `None`.

    Raises:
        ValueError: for a number outside its range, or for two limits at once.

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
        weight_decay, clipnorm, clipvalue, global_clipnorm: see `Optimizer`; default `None`.

    Raises:
        ValueError: for a number outside its range, or for two limits at once.

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

    def update(self, param: np.ndarray, grad: np.ndarray, m: np.ndarray, v: np.ndarray) -> None:
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
        weight_decay, clipnorm, clipvalue, global_clipnorm: see `Optimizer`; default `None`.

    Raises:
        ValueError: for a number outside its range, or for two limits at once.

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
        weight_decay, clipnorm, clipvalue, global_clipnorm: see `Optimizer`; default `None`.

    Raises:
        ValueError: for a number outside its range, or for two limits at once.

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


_BY_NAME = {"sgd": SGD, "adam": Adam, "adamw": AdamW, "adagrad": Adagrad, "rmsprop": RMSprop}
NAMES = tuple(found.__name__ for found in _BY_NAME.values())


def get(identifier: object) -> Optimizer:
    """Return the optimizer of a Keras name, or the optimizer that was given."""
    if isinstance(identifier, Optimizer):
        return identifier
    if not isinstance(identifier, str) or identifier not in _BY_NAME:
        raise ValueError(f"optimizer is {identifier!r}; allowed are {', '.join(_BY_NAME)}, or an optimizer")
    return _BY_NAME[identifier]()


def __getattr__(name: str) -> NoReturn:
    refuse_name("optimizers", name, NAMES)
