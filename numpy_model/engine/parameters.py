"""Arrays of many layers in one vector, so that an optimizer takes one step for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy_model.layer import Layer

# A larger array stays by itself: its step takes so long that the call around it costs nothing.
LARGE_SIZE = 10_000


def join(dictionaries: list[dict[str, np.ndarray]]) -> list[np.ndarray]:
    """Move all small arrays of the dictionaries into one vector, and put views of it in their places.

    A step of `simple_cnn` at batch size 1 spends 1.5 µs of calls on each array that it updates, and there are eight.

    Args:
        dictionaries: of arrays by name, such as the `params` or the `grads` of every layer.

    Returns:
        The vector, if there is a small array, and then the large arrays.
    """
    small = [array for dictionary in dictionaries for array in dictionary.values() if array.size <= LARGE_SIZE]
    large = [array for dictionary in dictionaries for array in dictionary.values() if array.size > LARGE_SIZE]
    joined = [np.empty(sum(array.size for array in small), small[0].dtype), *large] if small else large
    move(dictionaries, joined)
    return joined


def move(dictionaries: list[dict[str, np.ndarray]], joined: list[np.ndarray]) -> None:
    """Move all arrays of the dictionaries into `joined`, arrays like those that `join` returns."""
    joined = list(joined)
    entries = [(dictionary, name, array) for dictionary in dictionaries for name, array in dictionary.items()]
    small = [entry for entry in entries if entry[2].size <= LARGE_SIZE]
    if small:
        vector, start = joined.pop(0), 0
        for dictionary, name, array in small:
            dictionary[name] = place(vector[start : start + array.size], array)
            start += array.size
    for dictionary, name, array in entries:
        if array.size > LARGE_SIZE:
            dictionary[name] = joined.pop(0)
            np.copyto(dictionary[name], array)


def place(cells: np.ndarray, array: np.ndarray) -> np.ndarray:
    """Copy `array` into the vector `cells`, and return it there, in the same shape and the same order in memory."""
    axes = sorted(range(array.ndim), key=lambda axis: abs(array.strides[axis]), reverse=True)
    view = cells.reshape([array.shape[axis] for axis in axes]).transpose(np.argsort(axes))
    view = view[tuple(slice(None, None, -1 if stride < 0 else 1) for stride in array.strides)]
    np.copyto(view, array)
    return view


def places_of(layers: list[Layer]) -> list[tuple[dict[str, np.ndarray], str, np.ndarray]]:
    """Return each parameter and gradient as dictionary, name, and the array in which the engine has it."""
    dictionaries = [arrays for layer in layers for arrays in (layer.params, layer.grads)]
    return [(arrays, name, array) for arrays in dictionaries for name, array in arrays.items()]


def put_back(arrays: dict[str, np.ndarray], name: str, place: np.ndarray) -> None:
    """Copy an array that was put in the place of the engine's own into that, and put it back.

    Raises:
        ValueError: if the array has another shape.
    """
    array = arrays[name]
    if array is place:
        return
    if np.shape(array) != place.shape:
        raise ValueError(f"{name} has shape {np.shape(array)}, and the layer was built with {place.shape}")
    place[...] = array
    arrays[name] = place


def check_attributes(layer: Layer) -> None:
    """Raise `ValueError` if a layer keeps a parameter or gradient as an attribute, which would be left where it was."""
    for kind in ("params", "grads"):
        for name, array in getattr(layer, kind).items():
            for attribute, value in vars(layer).items():
                if value is array:
                    raise ValueError(
                        f"layer {layer.name} keeps {kind}[{name!r}] as its attribute {attribute} too; a model moves "
                        f"its arrays in memory, so write self.{kind}[{name!r}] wherever it is used"
                    )
