"""Initial values that are drawn, whatever the connections of a kernel."""

from __future__ import annotations

import math

import numpy as np

from numpy_model.initializers.initializer import Initializer


class RandomNormal(Initializer):
    """Values from N(mean, stddev²).

    Args:
        mean: default 0.
        stddev: default 0.05.
        seed: an integer or `numpy.random.Generator`; `None`, the default, draws differently each time.
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | np.random.Generator | None = None) -> None:
        super().__init__(seed)
        self.mean = mean
        self.stddev = stddev

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator | None) -> np.ndarray:
        """Return values in float64."""
        return rng.normal(self.mean, self.stddev, shape)


class RandomUniform(Initializer):
    """Values from U(minval, maxval).

    Args:
        minval, maxval: default -0.05 and 0.05.
        seed: an integer or `numpy.random.Generator`; `None`, the default, draws differently each time.
    """

    def __init__(
        self, minval: float = -0.05, maxval: float = 0.05, seed: int | np.random.Generator | None = None
    ) -> None:
        super().__init__(seed)
        self.minval = minval
        self.maxval = maxval

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator | None) -> np.ndarray:
        """Return values in float64."""
        return rng.uniform(self.minval, self.maxval, shape)


class TruncatedNormal(RandomNormal):
    """Values from N(mean, stddev²), none beyond two standard deviations.

    Args: see `RandomNormal`.

    Reference: https://keras.io/api/layers/initializers/#truncatednormal-class

    Example:
        >>> bool(np.abs(TruncatedNormal(stddev=0.1, seed=0)((100,))).max() <= 0.2)
        True
    """

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Return values in float64."""
        return self.mean + self.stddev * draw_truncated_normal(shape, rng)


class Orthogonal(Initializer):
    """A matrix with orthonormal rows or columns, whichever are fewer; of a kernel, the last axis are the columns.

        values = gain * Q,  with Q R = a normal random matrix, and R's diagonal positive

    Args:
        gain: default 1.
        seed: an integer or `numpy.random.Generator`; `None`, the default, draws differently each time.

    Raises:
        ValueError: when called, for a shape of fewer than two dimensions.

    Reference: Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear
        neural networks", 2014

    Example:
        >>> rows = Orthogonal(seed=0)((2, 3), "float64")
        >>> bool(np.allclose(rows @ rows.T, np.eye(2)))
        True
    """

    def __init__(self, gain: float = 1.0, seed: int | np.random.Generator | None = None) -> None:
        super().__init__(seed)
        self.gain = gain

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Return values in float64."""
        if len(shape) < 2:
            raise ValueError(f"an orthogonal kernel has two dimensions or more, not the shape {tuple(shape)}")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
        q *= np.sign(np.diag(r))
        return self.gain * (q if rows >= columns else q.T).reshape(shape)


def draw_truncated_normal(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Return values from N(0, 1) in which each one beyond two standard deviations was drawn again."""
    values = rng.standard_normal(shape)
    while (outside := np.abs(values) > 2).any():
        values[outside] = rng.standard_normal(np.count_nonzero(outside))
    return values
