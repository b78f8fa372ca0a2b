"""How flags name a user's model: `my_model.py`, or `my_package.module:function`."""

from pathlib import Path

from harness.errors import UsageError


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
    if not (model.endswith(".py") or ":" in model):
        raise UsageError(
            f"unknown model {model!r}; allowed are {', '.join(own)}, a file such as my_model.py, "
            "and a function such as my_package.module:function"
        )
    if model.endswith(".py") and not Path(model).is_file():
        raise UsageError(f"{model} does not exist; name the Python file of a model")
    if name_of(model) in {*own, *taken}:
        raise UsageError(f"{model} would be called {name_of(model)}, which is another model's name; rename it")
