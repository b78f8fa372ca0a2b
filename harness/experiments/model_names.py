"""How flags name a user's model: `my_model.py`, or `my_package.module:function`."""

from pathlib import Path

from harness.base.errors import UsageError
from harness.base.text import UNFIT, one_line

MODELS = ("numpy", "keras", "naive")


def name_of(model):
    """Return the name of a model in tables and file names: a file's stem or a function's name; others name themselves.

    Args:
        model: as flags name it.
    """
    return Path(model).stem if model.endswith(".py") else model.rpartition(":")[2]


def check_model(model, own, taken=()):
    """Raise `UsageError` unless `model` is one of the harness's own, or may be a user's.

    Args:
        model: as flags name it.
        own: the harness's models that are allowed here.
        taken: more names that a user's model cannot have.
    """
    if model in own:
        return
    if not isinstance(model, str) or not (model.endswith(".py") or ":" in model):
        raise UsageError(
            f"unknown model {model!r}; allowed are {', '.join(own)}, a file such as my_model.py, "
            "and a function such as my_package.module:function"
        )
    if model.endswith(".py"):
        if not is_file(model):
            raise UsageError(f"{one_line(model)} does not exist; name the Python file of a model")
    elif not is_function(model):
        raise UsageError(f"{one_line(model)} names no function; write it as my_package.module:function")
    if UNFIT.search(name_of(model)):  # it would stand in tables and in file names
        raise UsageError(f"{one_line(model)} has a name that cannot be printed; rename the file")
    if name_of(model) in {*own, *taken}:
        raise UsageError(f"{model} would be called {name_of(model)}, which is another model's name; rename it")


def is_file(path):
    """Return whether a path is that of a file; one that is too long for the system is not."""
    try:
        return Path(path).is_file()
    except (OSError, ValueError):
        return False


def is_function(model):
    """Return whether `model` is written as `my_package.module:function`."""
    module, colon, function = model.partition(":")
    return bool(colon) and all(name.isidentifier() for name in (*module.split("."), function))
