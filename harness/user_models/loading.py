"""From `my_model.py` or `my_package.module:function` to the function that makes the user's model. The file is run."""

import importlib
import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from harness.base.errors import UsageError
from harness.experiments.model_names import name_of
from harness.user_models.calls import call
from harness.user_models.interface import Interface, read_interface

SEE_TEMPLATE = "python -m harness.parity --template prints an example"


@dataclass(frozen=True)
class LoadedModel:
    """A user's model, ready to be made.

    Attributes:
        name: in tables and file names.
        where: the file or function, for messages.
        interface: what the model has, read from a first one.
        make: a function () that returns a new one.
    """

    name: str
    where: str
    interface: Interface
    make: Callable

    def network_name(self, default):
        """Return the name of the network that it names, or the default."""
        return getattr(self.interface.network, "__name__", default)


def load_user_model(model):
    """Run the user's file, or import the module, make a model, and return a `LoadedModel`.

    Args:
        model: the path of a file with a function `make_model()`, or `my_package.module:function`.

    Raises:
        UsageError: if that fails, or the model lacks a method.
    """
    if model.endswith(".py"):
        where, name, module = Path(model).name, "make_model", run_file(Path(model))
    else:
        module_name, _, name = model.partition(":")
        where, module = model, call(model, f"import {module_name}", importlib.import_module, module_name)
    function = getattr(module, name, None)
    if not callable(function):
        raise UsageError(f"{where}: there is no function {name}(); write one that returns the model; {SEE_TEMPLATE}")
    make = partial(make_one, where, name, function)
    return LoadedModel(name_of(model), where, read_interface(make(), where), make)


def run_file(path):
    """Run a Python file and return its module, under a name that no other module has."""
    if not path.is_file():
        raise UsageError(f"{path} does not exist; name the Python file of a model")
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        # For files beside it that it imports. At the end, so that a keras_model.py among them does not hide ours.
        sys.path.append(folder)
    spec = importlib.util.spec_from_file_location(f"user_model_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    call(path.name, "running the file", spec.loader.exec_module, module)
    return module


def make_one(where, name, function):
    """Call the user's function, and return the model that it returns."""
    model = call(where, f"{name}()", function)
    if model is None:
        raise UsageError(f"{where}: {name}() returned nothing; expected a model: end it with return")
    if isinstance(model, type):
        raise UsageError(
            f"{where}: {name}() returned the class {model.__name__}; expected a model, as {model.__name__}() makes it"
        )
    return model
