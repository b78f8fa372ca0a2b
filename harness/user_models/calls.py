"""Calls of a user's model: whatever goes wrong there becomes one message."""

import numpy as np

from harness.base.errors import UsageError
from harness.base.text import message_of
from harness.base.user_code import call
from harness.user_models.interface import METHODS, written


class GuardedModel:
    """A user's model whose methods can be called, and fail with a `UsageError` that names file and method.

    Args:
        model: the user's object.
        where: its file or function, for messages.

    Attributes:
        step: number of the training step that is taken, for messages; `None` outside of one.
        checks_inputs: whether to look after every call if the model has changed its inputs. Default `True`.
    """

    def __init__(self, model, where):
        self._model = model
        self._where = where
        self.step = None
        self.checks_inputs = True

    def call(self, method, *arguments):
        """Call a method, and return what it returns.

        Args:
            method: its name.
            arguments: numbers, arrays and lists of arrays, which the method must not change.
        """
        before = [copy_of(argument) for argument in arguments] if self.checks_inputs else arguments
        # A list of our own, so that a method may take it apart.
        given = [list(argument) if isinstance(argument, list) else argument for argument in arguments]
        answer = call(self._where, written(method), getattr(self._model, method), *given, step=self.step)
        for name, argument, kept in zip(METHODS[method], arguments, before, strict=False):  # not all take a rate
            if self.checks_inputs and not is_equal(argument, kept):
                raise UsageError(f"{self._where}: {written(method)} changes {name} in place; let it change a copy")
        return answer

    def numbers(self, answer, method):
        """Return what a method returned as an array of floats, a copy."""
        try:
            numbers = call(self._where, written(method), np.array, answer, step=self.step)
        except UsageError as error:  # a list of lists of different lengths, a tensor that is on a graph, ...
            raise self.error(
                method, f"a {type(answer).__name__} that cannot be an array: {message_of(error.__cause__)}", "numbers"
            ) from error
        if numbers.dtype.kind not in "fiu":
            raise self.error(method, f"a {type(answer).__name__} of type {numbers.dtype}", "numbers")
        return numbers if numbers.dtype.kind == "f" else numbers.astype(np.float64)

    def error(self, method, received, expected):
        """Return the `UsageError` for a method that returned something else than expected."""
        return UsageError(f"{self._where}: {written(method)} returned {received}; expected {expected}")


def copy_of(argument):
    """Return a copy of an array, a number or a list of arrays."""
    return [np.copy(array) for array in argument] if isinstance(argument, list) else np.copy(argument)


def is_equal(argument, kept):
    """Return whether an array, a number or a list of arrays is what it was when it was copied."""
    if isinstance(argument, list):
        return all(map(is_equal, argument, kept))
    return np.array_equal(argument, kept, equal_nan=True)
