"""Initial values of parameters: the Keras names, defaults and formulas.

An initializer is called with a shape, and draws from its own `seed` or from the generator that it is handed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from numpy_model.checks import refuse_name
from numpy_model.initializers.constant import Constant, Identity, Ones, Zeros
from numpy_model.initializers.initializer import Initializer
from numpy_model.initializers.random import Orthogonal, RandomNormal, RandomUniform, TruncatedNormal
from numpy_model.initializers.variance_scaling import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    VarianceScaling,
)

__all__ = [
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
]

# Constant has no name here, as Keras makes none from "constant" alone.
_BY_NAME = {
    "zeros": Zeros,
    "ones": Ones,
    "identity": Identity,
    "random_normal": RandomNormal,
    "truncated_normal": TruncatedNormal,
    "random_uniform": RandomUniform,
    "glorot_uniform": GlorotUniform,
    "he_normal": HeNormal,
    "glorot_normal": GlorotNormal,
    "lecun_normal": LecunNormal,
    "he_uniform": HeUniform,
    "lecun_uniform": LecunUniform,
    "variance_scaling": VarianceScaling,
    "orthogonal": Orthogonal,
}


def get(identifier: object) -> Callable:
    """Return the initializer of a Keras name, or the callable that was given."""
    if isinstance(identifier, type) and issubclass(identifier, Initializer):
        return identifier()
    if callable(identifier):
        return identifier
    if not isinstance(identifier, str) or identifier not in _BY_NAME:
        raise ValueError(
            f"initializer is {identifier!r}; allowed are {', '.join(_BY_NAME)}, or a callable(shape, dtype)"
        )
    return _BY_NAME[identifier]()


def __getattr__(name: str) -> NoReturn:
    refuse_name("initializers", name, __all__)
