"""Libraries like `numpy_model` in which a few classes are exchanged."""

from types import SimpleNamespace

import numpy_model
from numpy_model import layers

OPTIMIZER_NAMES = ("SGD", "Adam")


def library_with(**classes):
    """Return a library like `numpy_model` in which these layers or optimizers stand in for those of the same name.

    They take over the name too: a model names its layers after their classes, and a twin's layers have the same names.
    """
    renamed = {name: type(name, (value,), {}) for name, value in classes.items()}
    own_layers = {name: renamed.get(name, getattr(layers, name)) for name in layers.__all__}
    own_optimizers = {name: renamed.get(name, getattr(numpy_model.optimizers, name)) for name in OPTIMIZER_NAMES}
    unknown = renamed.keys() - {*own_layers, *own_optimizers}
    if unknown:
        raise ValueError(f"no layer or optimizer is named {', '.join(sorted(unknown))}")
    return SimpleNamespace(
        Input=numpy_model.Input,
        Sequential=numpy_model.Sequential,
        initializers=numpy_model.initializers,
        layers=SimpleNamespace(**own_layers),
        optimizers=SimpleNamespace(**own_optimizers),
    )


def library_with_activation(activation):
    """Return a library like `numpy_model` in whose layers this activation stands in for the one it is derived from."""

    class Changed:
        def build(self, input_shape):
            if issubclass(activation, type(self.activation)):
                self.activation = activation()
            return super().build(input_shape)

    changed = (layers.Conv2D, layers.PixelBias, layers.Dense)
    return library_with(**{layer.__name__: type(layer.__name__, (Changed, layer), {}) for layer in changed})
