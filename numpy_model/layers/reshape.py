"""Reshape: the numbers of a sample in another shape."""

import math
from collections.abc import Sequence

import numpy as np

from numpy_model.checks import check_rank, is_whole
from numpy_model.layer import Layer


class Reshape(Layer):
    """The numbers of each sample, in the same order, in another shape.

    Args:
        target_shape: of one sample, positive whole numbers; one of them may be -1, which stands for what is left.
        name, dtype: see `Layer`.

    Input shape: (N, ...). Output shape: (N, *target_shape).

    Raises:
        ValueError: for a shape that is none, or in `build` inputs of another number of values.

    Reference: https://keras.io/api/layers/reshaping_layers/reshape/

    Example:
        >>> Reshape((-1, 2)).build((2, 3))
        (3, 2)
    """

    def __init__(self, target_shape: Sequence[int], name: str | None = None, dtype: str | None = None) -> None:
        super().__init__(name, dtype)
        self.target_shape = tuple(target_shape)
        if self.target_shape.count(-1) > 1 or not all(
            is_whole(size) and (size > 0 or size == -1) for size in self.target_shape
        ):
            raise ValueError(
                f"layer {self.name}: target_shape is {target_shape!r}; allowed are positive whole numbers, "
                "of which one may be -1"
            )

    def build(self, input_shape: Sequence[int]) -> tuple[int, ...]:
        """Return the output shape, with the number that -1 stands for."""
        self.input_shape = check_rank(self.name, input_shape, len(tuple(input_shape)), "(...)")
        size, known = math.prod(self.input_shape), abs(math.prod(self.target_shape))
        self.output_shape = tuple(size // known if length == -1 else int(length) for length in self.target_shape)
        if math.prod(self.output_shape) != size:
            raise ValueError(
                f"layer {self.name} makes samples of shape {self.target_shape}, and was given {self.input_shape}, "
                f"which are {size} numbers; choose a target_shape of as many"
            )
        return self.output_shape

    def forward(self, inputs: np.ndarray, training: bool = False) -> np.ndarray:
        """Return the inputs as (N, *target_shape)."""
        self.check_input(inputs)
        outputs = inputs.reshape(len(inputs), *self.output_shape)
        self.remember(training, outputs)
        return outputs

    def backward(self, grad_outputs: np.ndarray) -> np.ndarray:
        """Return the gradient in the shape of the inputs."""
        self.recall(grad_outputs)
        return grad_outputs.reshape(len(grad_outputs), *self.input_shape)
