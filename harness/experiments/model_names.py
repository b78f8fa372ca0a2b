"""How flags name models: those of the harness, and users' own as `my_model.py` or `my_package.module:function`."""

from collections.abc import Sequence
from importlib.util import find_spec

from harness.base.errors import UsageError
from harness.base.user_code import check_user_code, is_user_code, short_name

# Keras on other backends than TensorFlow, by model; the backend is the name of its library, and of an extra.
BACKENDS = {"keras-jax": "jax", "keras-torch": "torch"}
MODELS = ("numpy", "keras", *BACKENDS, "naive")


def without_missing(models: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """Return the models whose library is installed, and a line for each that is left out.

    Raises:
        UsageError: if none is left.
    """
    missing = [model for model in models if model in BACKENDS and find_spec(BACKENDS[model]) is None]
    left = tuple(model for model in models if model not in missing)
    lines = [
        f"{model} is left out: {BACKENDS[model]} is not installed; install it with pip install -e .[{BACKENDS[model]}]"
        for model in missing
    ]
    if not left:
        raise UsageError("; ".join(lines))
    return left, lines


def check_model(model: str, own: Sequence[str], taken: Sequence[str] = ()) -> None:
    """Raise `UsageError` unless `model` is one of the harness's own, or may be a user's.

    Args:
        model: as flags name it.
        own: the harness's models that are allowed here.
        taken: more names that a user's model cannot have.
    """
    if model in own:
        return
    if not isinstance(model, str) or not is_user_code(model):
        raise UsageError(
            f"unknown model {model!r}; allowed are {', '.join(own)}, a file such as my_model.py, "
            "and a function such as my_package.module:function"
        )
    check_user_code("model", model)
    if short_name(model) in {*own, *taken}:
        raise UsageError(f"{model} would be called {short_name(model)}, which is another model's name; rename it")
