"""From `my_model.py` or `my_package.module:function` to the function that makes the user's model. The file is run."""

import contextlib
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from harness.base.errors import UsageError
from harness.base.user_code import call, module_of, short_name, split_name
from harness.experiments import MODELS, RunConfig
from harness.user_models.interface import Interface, read_interface

SEE_TEMPLATE = "python -m harness.parity --template prints an example"


# Seconds that a file may run before a hint is printed.
PATIENCE = 10


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
    is_file = model.endswith(".py")
    where, name = (Path(model).name, "make_model") if is_file else (model, split_name(model)[1])
    folder = Path(model).resolve().parent if is_file and Path(model).is_file() else Path()
    with contextlib.chdir(folder):  # where its user runs it, and it may read files beside it
        module = run_module(Path(model).name if is_file and folder != Path() else model)
    function = getattr(module, name, None)
    if not callable(function):
        raise UsageError(f"{where}: there is no function {name}(); write one that returns the model; {SEE_TEMPLATE}")
    make = partial(make_one, where, name, function, folder)
    interface = call(where, "an attribute of the model", read_interface, make(), where)
    return LoadedModel(short_name(model), where, interface, make)


def with_network_of_models(config: RunConfig) -> RunConfig:
    """Return a run's configuration with the network that a user's model of it names, unless it has one of its own.

    Raises:
        UsageError: if a model cannot be loaded, or two name different networks.
    """
    if config.network is not None:
        return config
    usual = {recipe.network for recipe in config.recipes().values()}
    named = {}
    for model in config.models:
        network = None if model in MODELS else load_user_model(model).interface.network
        if network is not None and network not in usual:
            named.setdefault(getattr(network, "__code__", network), model)
    if len(named) > 1:
        raise UsageError(f"{' and '.join(named.values())} name different networks; choose one with --network")
    return replace(config, network=next(iter(named.values()))) if named else config


def run_module(model):
    """Run the user's file or import the module, and return the module.

    A file that trains when it is run, trains now: a line says how to keep it from that.
    """
    advice = 'put code that trains under if __name__ == "__main__":'
    waiting = threading.Timer(PATIENCE, print, [f"running {model} takes long; {advice}"], {"file": sys.stderr})
    waiting.daemon = True
    waiting.start()
    try:
        return module_of(model)
    except UsageError as error:
        if isinstance(error.__cause__, SyntaxError | ImportError | type(None)):
            raise
        raise UsageError(f"{error}; {advice}") from error.__cause__
    finally:
        waiting.cancel()


def make_one(where, name, function, folder=Path()):
    """Call the user's function in the folder of its file, and return the model that it returns."""
    with contextlib.chdir(folder):
        model = call(where, f"{name}()", function)
    if model is None:
        raise UsageError(f"{where}: {name}() returned nothing; expected a model: end it with return")
    if isinstance(model, type):
        raise UsageError(
            f"{where}: {name}() returned the class {model.__name__}; expected a model, as {model.__name__}() makes it"
        )
    return model
