"""The errors that end a command, each with its exit code."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas


class HarnessError(Exception):
    """An error whose message says what is wrong, where, and how to mend it."""

    exit_code = 1


class UsageError(HarnessError):
    """The command or the call was written wrongly."""

    exit_code = 2


class DataError(HarnessError):
    """A data set is missing, damaged or not of the form that is read."""

    exit_code = 3


class ModelError(HarnessError):
    """A model could not be built or trained, or its training diverged.

    Args:
        message: what happened.
        epochs: a DataFrame of the epochs that were finished, or `None`.
    """

    exit_code = 4

    def __init__(self, message: str, epochs: "pandas.DataFrame | None" = None) -> None:
        super().__init__(message)
        self.epochs = epochs
