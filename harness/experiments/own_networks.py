"""Networks by the names that flags take: those of `networks`, and users' own."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING

from harness.base.errors import UsageError
from harness.base.user_code import accepts, call, check_user_code, function_of, is_user_code, line_of, short_name
from harness.experiments.networks import NETWORKS

if TYPE_CHECKING:
    from numpy_model.model import Sequential

# As users know the modules that networks are made with.
LIBRARIES = {"keras_model.library": "keras", "numpy_model.naive": "naive", "numpy_model": "numpy"}


def check_network(name: str) -> None:
    """Raise `UsageError` unless `name` may name a network. No code of a user's is run.

    Args:
        name: one of `NETWORKS`, or a user's function as `FILE.py`, `FILE.py:FUNCTION` or `MODULE:FUNCTION`.
    """
    if isinstance(name, str) and name in NETWORKS:
        return
    if not isinstance(name, str) or not is_user_code(name):
        raise UsageError(
            f"unknown network {name!r}; allowed are {', '.join(NETWORKS)}, a file such as my_network.py, and a "
            "function such as my_networks.py:three_blocks or my_package.module:three_blocks"
        )
    check_user_code("network", name)


def network_of(name: str) -> Callable:
    """Return the network of a name, as a function (nn, input_shape, n_classes) of the library.

    Raises:
        UsageError: if a user's function cannot be found. What it raises when it is called, and a model that does not
            fit the data, is a `UsageError` too.
    """
    return NETWORKS[name] if name in NETWORKS else own_network(name)


def own_network(name: str) -> Callable:
    """Return a user's network, whose failures name its file and line."""
    function = function_of("network", name, default="make_model")
    where = line_of(function)
    if is_maker(function):
        return network_of_model(call(where, f"{function.__name__}()", function), where, short_name(name))

    def network(nn: ModuleType, input_shape: tuple[int, ...] = (28, 28, 1), n_classes: int = 10) -> Sequential:
        library = LIBRARIES.get(nn.__name__, nn.__name__)
        sizes = sizes_for(function, input_shape, n_classes)
        model = call(where, f"{function.__name__}(nn) with {library}", partial(function, nn, **sizes))
        if not isinstance(model, nn.Sequential):
            kind = type(model)
            name = kind.__name__ if kind.__name__ != "Sequential" else f"{kind.__module__.split('.')[0]}.Sequential"
            raise UsageError(f"{where}: {function.__name__}(nn) returned a {name}; expected nn.Sequential([...])")
        check_shapes(model, input_shape, n_classes, f"{where}: {function.__name__}(nn)")
        return model

    network.__name__ = short_name(name)
    return network


def sizes_for(function: Callable, input_shape: tuple[int, ...], n_classes: int) -> dict[str, object]:
    """Return those of the sizes of a data set that a network's function takes, by argument."""
    sizes = {"input_shape": input_shape, "n_classes": n_classes}
    return {key: size for key, size in sizes.items() if accepts(function, key)}


def is_maker(function: Callable) -> bool:
    """Return whether a function needs no argument, as one that makes a user's model: a network takes `nn`."""
    required = [item for item in inspect.signature(function).parameters.values() if item.default is item.empty]
    return not required


def network_of_model(model, where: str, name: str) -> Callable:
    """Return the network that a user's model names, as a function (nn, input_shape, n_classes) of the library."""
    named = getattr(model, "network", None)
    if isinstance(named, str) and named in NETWORKS:
        return NETWORKS[named]
    if not callable(named):
        raise UsageError(f"{where}: the model names no network; give it an attribute network, or name one otherwise")

    def network(nn: ModuleType, input_shape: tuple[int, ...] = (28, 28, 1), n_classes: int = 10):
        return call(where, "network(nn)", partial(named, nn, **sizes_for(named, input_shape, n_classes)))

    network.__name__ = name
    return network


def check_shapes(model: Sequential, input_shape: tuple[int, ...], n_classes: int, what: str) -> None:
    """Raise `UsageError` unless a model takes the images of a data set, and has an output for each of its classes."""
    for words, own, expected in (
        ("takes images", tuple(model.input_shape)[-len(input_shape) :], tuple(input_shape)),
        ("has outputs", tuple(model.output_shape)[-1:], (n_classes,)),
    ):
        if own != expected:
            argument = "input_shape" if expected == tuple(input_shape) else "n_classes"
            raise UsageError(
                f"{what} {words} of shape {own}; the data set needs {expected}: take the argument {argument}"
            )
