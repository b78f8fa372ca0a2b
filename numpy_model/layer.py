"""What every layer is: parameters, a forward step, and the backward step beside it."""

import math
import re
from collections.abc import Callable, Sequence

import numpy as np

from numpy_model import config
from numpy_model.checks import check_only, check_rank
from numpy_model.initializers import Initializer
from numpy_model.regularizers import L1L2


class Layer:
    """A step of a network.

    A layer is three methods. `build(input_shape)` makes the parameters and returns the output shape.
    `forward(inputs, training)` returns the outputs. `backward(grad_outputs)` returns the gradient of the loss with
    respect to the inputs, and fills `grads`, which has the keys and shapes of `params`. Shapes given to `build` are
    those of one sample; arrays have the batch in front. The 1/N of a mean loss is in `grad_outputs` already.

    Args:
        name: default the class's name in snake case.
        dtype: `"float32"` or `"float64"`; default `config.floatx()`.

    Attributes:
        params: arrays by name, in Keras's order: kernel, then bias. They change in place. A model moves them in memory,
            so a layer reads them by name each time.
        grads: the gradient of the loss for each of `params`, of the last `backward`; moved likewise.
        regularizers: from `regularizers`, by the name of the parameter whose penalty they are; most have none.
        state: arrays by name that belong to the weights but are not trained, such as moving means; most have none.
        input_shape, output_shape: of one sample, once built.

    Example:
        >>> import numpy as np
        >>> class Double(Layer):
        ...     def forward(self, inputs, training=False):
        ...         self.remember(training, outputs := 2 * inputs)
        ...         return outputs
        ...     def backward(self, grad_outputs):
        ...         self.recall(grad_outputs)
        ...         return 2 * grad_outputs
        >>> layer = Double()
        >>> layer.build((2,))
        (2,)
        >>> layer.forward(np.array([[1.0, 2.0]]), training=True)
        array([[2., 4.]])
        >>> layer.backward(np.array([[1.0, 0.0]]))
        array([[2., 0.]])
    """

    # Whether a training pass must see the whole batch at once, in one process: set by a layer in which a sample depends
    # on the others, or which counts its passes.
    whole_batch = False

    def __init__(self, name: str | None = None, dtype: str | None = None) -> None:
        self.name = name or snake_case(type(self).__name__)
        self.dtype = config.check_float_type(dtype or config.floatx())
        self.params = {}
        self.grads = {}
        self.state = {}
        self.input_shape = None
        self.output_shape = None
        self.regularizers = {}
        self._initializers = {}
        self._remembered = None

    @property
    def trainable(self) -> bool:
        """`True`: a layer is trained. No other value can be set."""
        return True

    @trainable.setter
    def trainable(self, value: bool) -> None:
        check_only("trainable", value, True)

    def build(self, input_shape: Sequence[int]) -> tuple[int, ...]:
        """Return the output shape: the input shape, of any rank, unless a layer has a `build` of its own."""
        self.input_shape = check_rank(self.name, input_shape, len(tuple(input_shape)), "(...)")
        self.output_shape = self.input_shape
        return self.output_shape

    def add_param(
        self,
        name: str,
        shape: tuple[int, ...],
        initializer: Callable[..., np.ndarray],
        regularizer: L1L2 | None = None,
    ) -> None:
        """Make the parameter `name` and its gradient, or raise `MemoryError` if there is no room for both."""
        # Numbers are drawn in float64, and then made of the layer's type.
        needed = math.prod(shape) * (np.dtype(np.float64).itemsize + 2 * np.dtype(self.dtype).itemsize)
        config.check_memory(
            needed, f"layer {self.name}: {name} of shape {shape}", "make the images or the layer smaller"
        )
        if regularizer is not None:
            self.regularizers[name] = regularizer
        self._initializers[name] = initializer
        self.params[name] = np.array(initializer(shape, self.dtype), dtype=self.dtype, order="C")
        self.grads[name] = np.zeros(shape, self.dtype)

    def add_state(self, name: str, shape: tuple[int, ...], initializer: Callable) -> None:
        """Make the array `name` that is not trained."""
        self._initializers[name] = initializer
        self.state[name] = np.array(initializer(shape, self.dtype), dtype=self.dtype, order="C")

    @property
    def weights(self) -> dict[str, np.ndarray]:
        """All arrays that a file of weights holds, in Keras's order: the parameters, and then the state."""
        return {**self.params, **self.state}

    def initialize(self, rng: np.random.Generator) -> None:
        """Draw all weights again, in their order, from the generator `rng`."""
        for name, weight in self.weights.items():
            initializer = self._initializers[name]
            # A user's callable knows of shape and type only, and draws as it will.
            options = {"rng": rng} if isinstance(initializer, Initializer) else {}
            weight[...] = initializer(weight.shape, self.dtype, **options)

    def count_params(self) -> int:
        """Return the number of numbers in all weights, trained or not."""
        return sum(weight.size for weight in self.weights.values())

    def count_multiplications(self) -> int:
        """Return the multiplications that the matrix products of one sample's forward pass take.

        Each pixel of the outputs takes one for each number of the kernel; a layer without a kernel takes none. Where
        that is not so, a layer counts for itself. A step of training makes about three times as many.
        """
        return self.params["kernel"].size * math.prod(self.output_shape[:-1]) if "kernel" in self.params else 0

    def check_input(self, inputs: np.ndarray) -> None:
        """Raise `RuntimeError` before `build`, and `ValueError` unless `inputs` is a batch of the shape built for."""
        if self.input_shape is None:
            raise RuntimeError(f"layer {self.name} is not built; call build(input_shape) first")
        if inputs.shape[1:] != self.input_shape:
            raise ValueError(
                f"layer {self.name} was built for inputs of shape {('N', *self.input_shape)}, "
                f"and received {inputs.shape}"
            )

    def remember(self, training: bool, *arrays: np.ndarray) -> None:
        """Keep what a training forward computed for `backward`; any other forward makes `backward` an error.

        Args:
            training: as `forward` was given it.
            arrays: what `recall` will return. The last of them are the outputs.
        """
        self._remembered = arrays if training else None

    def recall(self, grad_outputs: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return what the last training forward remembered.

        Raises:
            RuntimeError: if the last forward was not for training, or there was none.
            ValueError: if the gradient does not have the shape of the outputs.
        """
        if self._remembered is None:
            raise RuntimeError(f"layer {self.name}: backward needs forward(inputs, training=True) before it")
        outputs = self._remembered[-1]
        if grad_outputs.shape != outputs.shape:
            raise ValueError(
                f"layer {self.name}: grad_outputs has shape {grad_outputs.shape}, its outputs have {outputs.shape}"
            )
        return self._remembered


def snake_case(name: str) -> str:
    """Return a class's name as Keras writes its layers: `Conv2DTranspose` is `conv2d_transpose`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=.)(?=[A-Z][a-z])", "_", name).lower()
