"""The optimizers, each a function of the library and the learning rate, and how flags name them."""

import ast
import inspect
import math
from collections.abc import Callable
from functools import partial

from harness.base.errors import UsageError
from harness.base.user_code import accepts, call, check_user_code, function_of, is_user_code, line_of, short_name


def sgd(nn, learning_rate):
    """Plain stochastic gradient descent."""
    return nn.optimizers.SGD(learning_rate=learning_rate)


def momentum(nn, learning_rate):
    """Descent with a velocity that keeps 0.9 of itself."""
    return nn.optimizers.SGD(learning_rate=learning_rate, momentum=0.9)


def write_up_adam(nn, learning_rate):
    """Adam with the betas of the write-up."""
    return nn.optimizers.Adam(learning_rate=learning_rate, beta_1=0.95, beta_2=0.99)


def forgetful_adam(nn, learning_rate):
    """Adam as the write-up's code computes it: moments begin at zero in every batch, and nothing corrects for that.

        step = learning_rate * (1 - 0.95) * grad / sqrt((1 - 0.99) * grad² + 1e-7)

    That is an Adam without memory, with half the learning rate: every weight moves by about as much, up or down.
    Keras's form adds its epsilon outside the root, which differs for gradients below 0.003 alone.
    """
    left_of_grad, left_of_square = 1 - 0.95, 1 - 0.99
    return nn.optimizers.Adam(
        learning_rate=learning_rate * left_of_grad / math.sqrt(left_of_square),
        beta_1=0.0,
        beta_2=0.0,
        epsilon=math.sqrt(1e-7 / left_of_square),
    )


def published_adam(nn, learning_rate):
    """`forgetful_adam` to the letter, in NumPy alone."""
    from harness.experiments.published_code import MomentsOfOneBatch

    return MomentsOfOneBatch(learning_rate)


# Keras's classes, by the names that Keras gives them in `compile`.
KERAS_NAMES = {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW", "adagrad": "Adagrad", "rmsprop": "RMSprop"}
ALLOWED = f"{', '.join(KERAS_NAMES)}, each also with arguments as in adam:learning_rate=0.001,beta_1=0.95; momentum; "
ALLOWED += "and a function in a file, as in FILE.py:FUNCTION"


def check_optimizer(name: str) -> None:
    """Raise `UsageError` unless `name` may name an optimizer. No code of a user's is run.

    Args:
        name: `"momentum"`, a name of Keras's with or without arguments, or a user's function as `FILE.py:FUNCTION`.
    """
    if not isinstance(name, str):  # as argparse makes of --optimizer=--
        raise UsageError(f"unknown optimizer {name!r}; allowed are {ALLOWED}")
    if is_own(name):
        check_user_code("optimizer", name)
    elif name != "momentum":
        keras_name, _ = keras_settings(name)
        if keras_name not in KERAS_NAMES:
            raise UsageError(f"unknown optimizer {name!r}; allowed are {ALLOWED}")


def is_own(name: str) -> bool:
    """Return whether a name is that of a user's function: arguments of a Keras optimizer stand behind a colon too."""
    return is_user_code(name) and name.partition(":")[0] not in KERAS_NAMES


def keras_settings(name: str) -> tuple[str, dict[str, object]]:
    """Return the name of a Keras optimizer, and its arguments.

    Raises:
        UsageError: if an argument has no value that Python can read.

    >>> keras_settings("adam:learning_rate=0.001,beta_1=0.95")
    ('adam', {'learning_rate': 0.001, 'beta_1': 0.95})
    """
    keras_name, _, text = name.partition(":")
    settings = {}
    for part in filter(None, text.split(",")):
        key, equals, value = part.partition("=")
        try:
            settings[key.strip()] = ast.literal_eval(value.strip())
        except (ValueError, SyntaxError) as error:
            expected = "its value must be a number, True, False or None" if equals else f"write it as {key}=VALUE"
            raise UsageError(f"optimizer {keras_name} has the argument {part!r}; {expected}") from error
    return keras_name, settings


def chosen_learning_rate(optimizer: str | None, learning_rate: float | None) -> float | None:
    """Return the learning rate that a user gave, by itself or among the arguments of the optimizer; else `None`.

    Raises:
        UsageError: if it is given in both places, and differs.
    """
    named = None if optimizer is None or is_own(optimizer) else keras_settings(optimizer)[1].get("learning_rate")
    if None not in (named, learning_rate) and named != learning_rate:
        raise UsageError(f"the learning rate is given twice, as {learning_rate} and in {optimizer}; leave one out")
    return learning_rate if named is None else named


def optimizer_of(name: str) -> Callable:
    """Return the optimizer of a name, as a function (nn, learning_rate) of the library.

    Raises:
        UsageError: if a user's function cannot be found, or takes no learning rate. What the function raises when it
            is called is a `UsageError` too.
    """
    if name == "momentum":
        return momentum
    if name == "sgd":
        return sgd
    if is_own(name):
        return own_optimizer(name)
    keras_name, settings = keras_settings(name)
    settings.pop("learning_rate", None)

    def optimizer(nn, learning_rate):
        kind = getattr(nn.optimizers, KERAS_NAMES[keras_name])
        try:
            return kind(learning_rate=learning_rate, **settings)
        except (TypeError, ValueError) as error:
            raise UsageError(f"optimizer {name} cannot be made: {error}{allowed_of(kind, settings)}") from error

    optimizer.__name__ = name
    return optimizer


def allowed_of(kind: type, settings: dict[str, object]) -> str:
    """Return in words which arguments an optimizer takes, if it was given others."""
    allowed = list(inspect.signature(kind).parameters)
    return "" if settings.keys() <= set(allowed) else f"; allowed are {', '.join(allowed)}"


def own_optimizer(name: str) -> Callable:
    """Return a user's optimizer, whose failures name its file and line."""
    function = function_of("optimizer", name)
    where = line_of(function)
    if not accepts(function, "learning_rate"):
        raise UsageError(
            f"{where}: {function.__name__} takes no learning_rate; write it as {function.__name__}(nn, learning_rate)"
        )

    def optimizer(nn, learning_rate):
        return call(
            where, f"{function.__name__}(nn, learning_rate)", partial(function, nn, learning_rate=learning_rate)
        )

    optimizer.__name__ = short_name(name)
    return optimizer
