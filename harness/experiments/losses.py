"""The losses, each a function of the library, and how flags name them."""

from collections.abc import Callable

from harness.base.errors import UsageError
from harness.base.user_code import call, check_user_code, function_of, is_user_code, line_of, short_name

# Keras's names; labels become one-hot targets for all but the first.
KERAS_NAMES = (
    "sparse_categorical_crossentropy",
    "categorical_crossentropy",
    "binary_crossentropy",
    "mean_squared_error",
    "mean_absolute_error",
)
LOSS = KERAS_NAMES[0]  # unless another is named
ALLOWED = f"{', '.join(KERAS_NAMES)}, and a function in a file, as in FILE.py:FUNCTION"


def crossentropy(nn: object) -> str:
    """-log(probability of the label)."""
    return LOSS


def is_crossentropy(loss: Callable) -> bool:
    """Return whether a loss, a function of the library, is -log(p) of the label's probability."""
    import numpy_model

    return isinstance(numpy_model.losses.get(loss(numpy_model)), numpy_model.losses.Crossentropy)


def check_loss(name: str) -> None:
    """Raise `UsageError` unless `name` may name a loss. No code of a user's is run.

    Args:
        name: a name of Keras's, or a user's function as `FILE.py:FUNCTION`.
    """
    if isinstance(name, str) and is_user_code(name):
        check_user_code("loss", name)
    elif name not in KERAS_NAMES:
        raise UsageError(f"unknown loss {name!r}; allowed are {ALLOWED}")


def loss_of(name: str) -> Callable:
    """Return the loss of a name, as a function (nn) of the library that returns a name or a loss of the library.

    Raises:
        UsageError: if a user's function cannot be found. What it raises when it is called is a `UsageError` too.
    """
    if name == KERAS_NAMES[0]:
        return crossentropy
    if name in KERAS_NAMES:

        def loss(nn: object) -> str:
            return name

    else:
        function = function_of("loss", name)

        def loss(nn: object) -> object:
            return call(line_of(function), f"{function.__name__}(nn)", lambda: function(nn))

    loss.__name__ = short_name(name)
    return loss
