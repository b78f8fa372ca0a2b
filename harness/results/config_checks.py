"""What stands in a run's `config.json`: the type of every value that is read, and limits of what is worked through."""

import math
from collections.abc import Callable

from harness.base.checks import LARGEST_NUMBER, MAX_CLASSES
from harness.base.errors import UsageError
from harness.training.records import COLUMNS

Check = Callable[[object], bool]

# Loops run over all trainings of a run.
MOST_TRAININGS = 10_000
LONGEST_NAME = 255
NUMBERS = COLUMNS[5:]
# What a run's `config.json` keeps under `resume` as flags named it, since it may be a file.
AS_NAMED = ("dataset", "models", "experiment", "network", "optimizer", "loss")


def is_text(value: object) -> bool:
    """Return whether a value is a string."""
    return isinstance(value, str)


def is_name(value: object) -> bool:
    """Return whether a value is a string that may be in the name of a file."""
    return is_text(value) and len(value) <= LONGEST_NAME


def is_whole(value: object) -> bool:
    """Return whether a value is a whole number from 0."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < LARGEST_NUMBER


def is_positive(value: object) -> bool:
    """Return whether a value is a whole number from 1."""
    return is_whole(value) and value > 0


def is_number(value: object) -> bool:
    """Return whether a value is a finite number."""
    return (isinstance(value, float) and math.isfinite(value)) or is_whole(value)


def is_list_of(check: Check) -> Check:
    """Return a function that says whether a value is a list of values that pass the check."""
    return lambda value: isinstance(value, list) and all(map(check, value))


def is_dictionary_of(check: Check) -> Check:
    """Return a function that says whether a value is a dictionary of values that pass the check."""
    return lambda value: isinstance(value, dict) and all(map(check, value.values()))


def is_none_or(check: Check) -> Check:
    """Return a function that says whether a value is None, or passes the check."""
    return lambda value: value is None or check(value)


def is_published(value: object) -> bool:
    """Return whether a value is what was published of one model after one epoch, in one column of numbers."""
    checks = {"model": is_text, "epoch": is_whole, "column": NUMBERS.__contains__, "value": is_number}
    return isinstance(value, dict) and value.keys() == checks.keys() and all(checks[key](value[key]) for key in checks)


def is_resume(value: object) -> bool:
    """Return whether a value says where the data and the models of a run are, and of what version the code is."""
    checks = {"dataset": is_text, "models": is_list_of(is_text), "code": is_dictionary_of(is_none_or(is_text))}
    later = {name: is_none_or(is_text) for name in ("experiment", "network", "optimizer", "loss")}
    return (
        isinstance(value, dict)
        and checks.keys() <= value.keys()
        and all(checks[key](value[key]) for key in checks)
        and all(check(value.get(key)) for key, check in later.items())
    )


CHECKS = {
    "dataset": (is_name, "a name"),
    "experiment": (is_name, "a name"),
    "based_on": (is_name, "a name"),
    "own_code": (is_none_or(is_dictionary_of(is_none_or(is_text))), "texts by name, or null"),
    "network": (is_none_or(is_name), "a name, or null"),
    "optimizer": (is_none_or(is_name), "a name, or null"),
    "loss": (is_none_or(is_name), "a name, or null"),
    "models": (is_list_of(is_name), "a list of names"),
    "seeds": (is_list_of(is_whole), "a list of whole numbers from 0"),
    "epochs": (is_positive, "a whole number from 1"),
    "batch_size": (is_positive, "a whole number from 1"),
    "learning_rate": (is_number, "a finite number"),
    "limit": (is_none_or(is_positive), "a whole number from 1, or null"),
    "class_names": (is_list_of(is_text), "a list of texts"),
    "threads": (is_none_or(is_positive), "a whole number from 1, or null"),
    "keras_steps_per_execution": (is_positive, "a whole number from 1"),
    "sha256": (is_none_or(is_dictionary_of(is_text)), "texts by name, or null"),
    "n_train": (is_whole, "a whole number from 0"),
    "n_test": (is_whole, "a whole number from 0"),
    "n_parameters": (is_dictionary_of(is_whole), "whole numbers by name"),
    "resume": (is_resume, "data, models and code"),
    "published": (is_list_of(is_published), "a list of a model, an epoch, a column and a value each"),
}


def check_config(config: dict, file: str) -> None:
    """Raise `UsageError` unless every value of a configuration that is there, and is read, has its type and size.

    Args:
        config: a dictionary.
        file: where it stands, for the message.
    """
    for key, (is_right, words) in CHECKS.items():
        if key in config and not is_right(config[key]):
            raise UsageError(f"{file}: {key} is not {words}; it was not written by this version, or is damaged")
    n_trainings = len(config.get("models", [])) * len(config.get("seeds", []))
    for found, what, most in (
        (n_trainings, "trainings", MOST_TRAININGS),
        (len(config.get("models", [])), "models", MOST_TRAININGS),
        (len(config.get("seeds", [])), "seeds", MOST_TRAININGS),
        (len(config.get("class_names", [])), "classes", MAX_CLASSES),
    ):
        if found > most:
            raise UsageError(f"{file} has {found} {what}, and at most {most} are read; name the folder of a run")
