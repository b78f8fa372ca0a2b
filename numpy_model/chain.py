"""The layers of a network, one after the other, and their parameters."""

import itertools
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

import numpy as np

from numpy_model import config
from numpy_model.checks import check_only, check_path, is_whole, real_numbers
from numpy_model.input import Input
from numpy_model.layer import Layer
from numpy_model.summary import summary_table
from numpy_model.weights_file import read_weights, write_weights
from numpy_model.weights_h5 import read_keras_weights


class Chain:
    """Layers from first to last, and the way to their parameters: `Sequential` before it computes.

    Args and attributes are those of `Sequential`.
    """

    def __init__(
        self, layers: Sequence[Input | Layer] | Input | None = None, trainable: bool = True, name: str | None = None
    ) -> None:
        self.trainable = trainable
        self.name = name or "sequential"
        self.layers: list[Layer] = []
        self.input_shape = self.output_shape = None
        self._lock = threading.RLock()
        for layer in layers if isinstance(layers, list | tuple) else [] if layers is None else [layers]:
            self._append(layer)
        self._start_anew()

    @property
    def trainable(self) -> bool:
        """`True`: all layers are trained. No other value can be set."""
        return True

    @trainable.setter
    def trainable(self, value: bool) -> None:
        check_only("trainable", value, True)

    def _start_anew(self) -> None:
        """Do what is to be done whenever the layers are others than before."""

    def add(self, layer: Input | Layer, rebuild: bool = True) -> None:
        """Put an `Input` or a layer at the end; compile after it.

        Args:
            layer: the `Input` if there is none yet, or else a new layer.
            rebuild: `True`, the default: layers are built when they are added.

        Raises:
            ValueError: if it is no layer, is in a model already, or does not fit on the one before.
        """
        check_only("rebuild", rebuild, True)
        with self._lock:
            self._append(layer)
            self._start_anew()

    def pop(self, rebuild: bool = True) -> Layer:
        """Take the last layer off, and return it; compile after it.

        Args:
            rebuild: `True`, the default.

        Raises:
            ValueError: if there is no layer.
        """
        check_only("rebuild", rebuild, True)
        with self._lock:
            if not self.layers:
                raise ValueError(f"{self.name} has no layer to pop; add one first")
            layer = self.layers.pop()
            self.output_shape = layer.input_shape
            self._start_anew()
            return layer

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """Return a layer by its name or its index.

        Raises:
            ValueError: for both or neither, or if there is no such layer.
        """
        if (name is None) == (index is None):
            raise ValueError(f"get_layer takes a name or an index, and received name={name!r}, index={index!r}")
        names = [layer.name for layer in self.layers]
        if index is not None and not is_whole(index):
            raise ValueError(f"index is {index!r}; allowed is a whole number")
        if index is not None and -len(names) <= index < len(names):
            return self.layers[index]
        if name in names:
            return self.layers[names.index(name)]
        wanted = f"name {name!r}" if index is None else f"index {index!r}"
        raise ValueError(f"{self.name} has no layer of {wanted}; there are {', '.join(names)}")

    def _append(self, layer: Input | Layer) -> None:
        if self.input_shape is None and isinstance(layer, Input):
            self.input_shape = self.output_shape = layer.shape
            return
        if self.input_shape is None or not isinstance(layer, Layer):
            raise ValueError(
                "Sequential needs an Input, such as Input((28, 28, 1)), and then layers, "
                f"and layer {len(self.layers) + (self.input_shape is not None)} of its list is {layer!r}"
            )
        if layer.input_shape is not None:
            raise ValueError(f"layer {layer.name} is in a model already; make a new one for each place")
        if self.layers and layer.dtype != self.layers[0].dtype:
            raise ValueError(
                f"layer {layer.name} computes in {layer.dtype}, and the first layer in {self.layers[0].dtype}; "
                "give all layers of a model the same dtype"
            )
        self._number_name(layer)
        self.output_shape = layer.build(self.output_shape)
        self.layers.append(layer)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a Sequential cannot be copied or pickled; build it again, and use get_weights and set_weights")

    def _number_name(self, layer: Layer) -> None:
        taken = {other.name for other in self.layers}
        numbered = (f"{layer.name}_{count}" for count in itertools.count(1))
        layer.name = next(name for name in itertools.chain([layer.name], numbered) if name not in taken)

    @property
    def dtype(self) -> np.dtype:
        """The type that the layers compute in."""
        return np.dtype(self.layers[0].dtype if self.layers else config.floatx())

    @property
    def params(self) -> dict[str, np.ndarray]:
        """The parameter arrays themselves, in Keras's order, under names such as `conv2d_1/kernel`."""
        return {f"{layer.name}/{name}": param for layer in self.layers for name, param in layer.params.items()}

    @property
    def weights(self) -> dict[str, np.ndarray]:
        """The arrays of `params`, and after those of each layer the ones that are not trained, in Keras's order."""
        return {f"{layer.name}/{name}": array for layer in self.layers for name, array in layer.weights.items()}

    def count_params(self) -> int:
        """Return the number of numbers in all weights, trained or not."""
        return sum(layer.count_params() for layer in self.layers)

    def count_multiplications(self) -> int:
        """Return the multiplications that the matrix products of one sample's forward pass take."""
        return sum(layer.count_multiplications() for layer in self.layers)

    def initialize(self, seed: int | np.random.Generator | None) -> None:
        """Draw all parameters again with the layers' initializers, from one seed or generator."""
        rng = np.random.default_rng(seed)
        with self._lock:
            for layer in self.layers:
                layer.initialize(rng)

    def get_weights(self) -> list[np.ndarray]:
        """Return copies of all weights, in Keras's order: of each layer the parameters, and then its state."""
        with self._lock:
            return [param.copy() for param in self.weights.values()]

    def set_weights(self, weights: Sequence[np.ndarray]) -> None:
        """Set all weights.

        Args:
            weights: arrays in Keras's order, as `get_weights` returns them.

        Raises:
            ValueError: for another number of arrays, or an array of another shape or without real numbers; then none
                is set.
        """
        if not isinstance(weights, list | tuple):
            raise ValueError(f"weights is a {type(weights).__name__}; allowed is a list of arrays, as of get_weights")
        params = list(self.weights.values())
        if len(weights) != len(params):
            raise ValueError(f"{self.name} has {len(params)} parameter arrays, and received {len(weights)}")
        converted = [  # all of them, before any is set
            real_numbers(f"parameter {index} of {self.name}", weight, param.shape, self.dtype)
            for index, (param, weight) in enumerate(zip(params, weights, strict=True))
        ]
        with self._lock:
            for param, weight in zip(params, converted, strict=True):
                np.copyto(param, weight)

    def save_weights(self, filepath: str | Path, overwrite: bool = True, max_shard_size: float | None = None) -> None:
        """Write all weights to an npz file, under names such as `conv2d/kernel`.

        Args:
            filepath: ends in `.npz`.
            overwrite: whether to replace a file that is there. Default `True`.
            max_shard_size: `None`, the default: one file holds all.

        Raises:
            ValueError: for another ending, or for a file that is not to be replaced.
        """
        check_only("max_shard_size", max_shard_size, None)
        check_path("filepath", filepath)
        if not overwrite and Path(filepath).exists():
            raise ValueError(
                f"overwrite is {overwrite!r} and {filepath} is there; allowed is True, or another filepath"
            )
        with self._lock:
            write_weights(filepath, self.weights)

    def load_weights(self, filepath: str | Path, skip_mismatch: bool = False) -> None:
        """Read all weights from a file of `save_weights`, or from a `.weights.h5` of Keras 3.

        Args:
            filepath: of an npz file, or one that ends in `.weights.h5`, which needs h5py. Of other files of Keras the
                error says how to take the weights.
            skip_mismatch: `False`, the default: all arrays must fit.

        Raises:
            ValueError: if the arrays in the file are not those of this model; then none is set.
        """
        check_only("skip_mismatch", skip_mismatch, False)
        check_path("filepath", filepath)
        if Path(filepath).suffix in (".h5", ".hdf5", ".keras"):
            self.set_weights(read_keras_weights(filepath, self.layers))
        else:
            self.set_weights(read_weights(filepath, {name: param.shape for name, param in self.weights.items()}))

    def summary(
        self,
        line_length: int | None = None,
        positions: Sequence[float] | None = None,
        print_fn: Callable[[str], object] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Sequence[str] | None = None,
    ) -> None:
        """Print a table of layers, output shapes and parameter counts, as Keras does.

        Args:
            line_length, positions: `None`, the default: columns are as wide as their text.
            print_fn: is given the table as text. Default `print`.
            expand_nested: without effect, as no layer holds a model. Default `False`.
            show_trainable: `False`, the default: all layers are trained.
            layer_range: `None`, the default: all layers are shown.

        Raises:
            ValueError: for any other value.
        """
        check_only("line_length", line_length, None)
        check_only("positions", positions, None)
        check_only("expand_nested", expand_nested, False, True)
        check_only("show_trainable", show_trainable, False)
        check_only("layer_range", layer_range, None)
        if print_fn is not None and not callable(print_fn):
            raise ValueError(f"print_fn is {print_fn!r}; allowed is a function of the text, or None")
        (print_fn or print)(summary_table(self))
