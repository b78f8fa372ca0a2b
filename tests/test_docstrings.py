"""Examples in docstrings run, and every function has types in its signature."""

import ast
import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Packages and files whose functions all have types; more are added as they comply.
TYPED = [
    "numpy_model/callbacks.py",
    "numpy_model/chain.py",
    "numpy_model/checks.py",
    "numpy_model/config.py",
    "numpy_model/data.py",
    "numpy_model/engine/blas_threads.py",
    "numpy_model/engine/numpy_settings.py",
    "numpy_model/engine/sharing.py",
    "numpy_model/input.py",
    "numpy_model/layer.py",
    "numpy_model/model.py",
    "numpy_model/predictor.py",
    "numpy_model/scores.py",
    "numpy_model/summary.py",
    "numpy_model/weights_file.py",
    "numpy_model/weights_h5.py",
    "numpy_model/windows.py",
]


def modules_with_examples(*packages):
    """Return the dotted names of the modules in which an example stands."""
    paths = [path for package in packages for path in sorted((ROOT / package).rglob("*.py"))]
    paths = [path.relative_to(ROOT) for path in paths if ">>> " in path.read_text(encoding="utf-8")]
    return [".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in paths]


@pytest.mark.parametrize("name", modules_with_examples("numpy_model", "keras_model"))
def test_the_examples_of_a_module_run(name):
    failed, attempted = doctest.testmod(importlib.import_module(name))
    assert attempted and not failed


def untyped(source):
    """Return the names of functions of which a parameter or the return has no type."""
    names = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            own = node.args
            parameters = [*own.posonlyargs, *own.args, *own.kwonlyargs, *filter(None, (own.vararg, own.kwarg))]
            bare = [one.arg for one in parameters if one.annotation is None and one.arg not in ("self", "cls")]
            if bare or node.returns is None:
                names.append(node.name)
    return names


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("def f(x: int) -> None: ...", []),
        ("def f(x) -> None: ...", ["f"]),
        ("def f(x: int): ...", ["f"]),
        ("def f(*x, **y: int) -> None: ...", ["f"]),
        ("class A:\n def f(self, *, x) -> None: ...", ["f"]),
    ],
)
def test_a_function_without_types_is_found(source, names):
    assert untyped(source) == names


@pytest.mark.parametrize("place", TYPED)
def test_every_function_has_types(place):
    paths = [ROOT / place] if place.endswith(".py") else sorted((ROOT / place).rglob("*.py"))
    assert paths
    for path in paths:
        assert untyped(path.read_text(encoding="utf-8")) == [], path
