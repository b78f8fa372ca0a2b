"""Parameters from a `.weights.h5` file, which Keras 3 writes."""

import collections
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from numpy_model.layer import Layer, snake_case

if TYPE_CHECKING:
    import h5py

# Two ways through Keras 3, which still reads what older versions wrote.
FROM_WHOLE_MODEL = "model.set_weights(keras.saving.load_model({path!r}).get_weights())"
FROM_WEIGHTS = (
    "build the same network in Keras, name the file so that it does not end in .weights.h5, and write "
    "keras_model.load_weights({path!r}); model.set_weights(keras_model.get_weights())"
)


def read_keras_weights(path: str | Path, layers: Sequence[Layer]) -> list[np.ndarray]:
    """Return the weights of all layers, in their order.

    Keras numbers the layers of one class, whatever their names: the arrays of the second `Dense` lie at
    `layers/dense_1/vars/0, 1, ...`

    Args:
        path: of a file that `save_weights` of Keras 3 wrote.
        layers: built.

    Raises:
        ImportError: without h5py.
        ValueError: for any other file of Keras, or arrays that are not those of the layers.
    """
    path = str(path)
    if not path.endswith(".weights.h5"):
        remedy = FROM_WHOLE_MODEL.format(path=path)
        if not path.endswith(".keras"):
            remedy += f", or, if it holds weights alone, {FROM_WEIGHTS.format(path=path)}"
        raise ValueError(f"{path} is no file of weights alone that Keras 3 wrote; write {remedy}")
    try:
        import h5py
    except ImportError as error:
        raise ImportError(f"to read {path} needs h5py: pip install h5py") from error
    with open(path, "rb"):  # a missing file stays a FileNotFoundError
        pass
    try:
        with h5py.File(path, "r") as file:
            if "layers" not in file:
                remedy = FROM_WEIGHTS.format(path=f"{path.removesuffix('.weights.h5')}.h5")
                raise ValueError(f"it has no group 'layers', as older versions of Keras write none; {remedy}")
            return [array for group, layer in grouped(layers) for array in read_layer(file, group, layer)]
    except (OSError, KeyError, RuntimeError, ValueError) as error:  # what h5py makes of damage
        raise ValueError(f"{path} is not a file of weights of this model: {error}") from error


def grouped(layers: Sequence[Layer]) -> list[tuple[str, Layer]]:
    """Return each layer with the name of its group in the file."""
    counts = collections.Counter()
    groups = []
    for layer in layers:
        name = snake_case(type(layer).__name__)
        groups.append((f"layers/{name}_{counts[name]}" if counts[name] else f"layers/{name}", layer))
        counts[name] += 1
    return groups


def read_layer(file: "h5py.File", group: str, layer: Layer) -> list[np.ndarray]:
    """Return the arrays of one layer, or raise `ValueError` if they are not the layer's."""
    n = len(file[f"{group}/vars"]) if f"{group}/vars" in file else 0
    if n != len(layer.weights):
        raise ValueError(f"{group} has {n} arrays, and layer {layer.name} has {len(layer.weights)}")
    arrays = []
    for index, (name, weight) in enumerate(layer.weights.items()):
        dataset = file[f"{group}/vars/{index}"]
        if dataset.external or dataset.is_virtual or dataset.file.filename != file.filename:
            raise ValueError(f"{dataset.name} lies in another file")
        if dataset.shape != weight.shape or dataset.dtype.kind != "f":
            raise ValueError(
                f"{dataset.name} holds {dataset.dtype} {dataset.shape}, and {layer.name}/{name} has shape "
                f"{weight.shape}"
            )
        arrays.append(dataset[...])
    return arrays
