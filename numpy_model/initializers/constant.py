"""Initial values that nothing is drawn for."""

from __future__ import annotations

import numpy as np

from numpy_model.initializers.initializer import Initializer


class Zeros(Initializer):
    """All values are 0."""

    def __init__(self) -> None:
        super().__init__()

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator | None) -> np.ndarray:
        """Return zeros."""
        return np.zeros(shape)


class Ones(Initializer):
    """All values are 1."""

    def __init__(self) -> None:
        super().__init__()

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Return ones."""
        return np.ones(shape)


class Constant(Initializer):
    """All values are `value`.

    Args:
        value: default 0.

    Example:
        >>> Constant(0.5)((2,))
        array([0.5, 0.5], dtype=float32)
    """

    def __init__(self, value: float = 0.0) -> None:
        super().__init__()
        self.value = value

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Return the value everywhere."""
        return np.full(shape, self.value, float)


class Identity(Initializer):
    """`gain` on the diagonal of a matrix, and 0 elsewhere.

    Args:
        gain: default 1.

    Raises:
        ValueError: when called, for a shape that is no matrix.

    Example:
        >>> Identity()((2, 2))
        array([[1., 0.],
               [0., 1.]], dtype=float32)
    """

    def __init__(self, gain: float = 1.0) -> None:
        super().__init__()
        self.gain = gain

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Return the matrix in float64."""
        if len(shape) != 2:
            raise ValueError(f"an identity has two dimensions, not the shape {tuple(shape)}; use another initializer")
        return self.gain * np.eye(*shape)
