"""The penalties of regularized parameters, beside the loss of a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy_model.layer import Layer


def penalty_of(layers: list[Layer]) -> float:
    """Return the sum of all penalties, as a number."""
    return sum(regularizer(layer.params[name]) for layer in layers for name, regularizer in layer.regularizers.items())


def add_gradients(layers: list[Layer]) -> None:
    """Add the gradients of all penalties to those of the loss, in place."""
    for layer in layers:
        for name, regularizer in layer.regularizers.items():
            layer.grads[name] += regularizer.gradient(layer.params[name])
