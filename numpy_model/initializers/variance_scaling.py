"""Initial values whose variance counts the connections of a kernel."""

from __future__ import annotations

import math

import numpy as np

from numpy_model.initializers.initializer import Initializer
from numpy_model.initializers.random import draw_truncated_normal

# The standard deviation of a normal distribution cut off at two standard deviations.
# Keras divides by it, so that the drawn values have the variance that was asked for.
_TRUNCATED_STDDEV = 0.87962566103423978

MODES = ("fan_in", "fan_out", "fan_avg")
DISTRIBUTIONS = ("truncated_normal", "untruncated_normal", "uniform")


class VarianceScaling(Initializer):
    """Values with mean 0 and variance scale / n, where n counts the connections of a kernel.

    Args:
        scale: above 0; default 1.
        mode: n is `"fan_in"` (the default), the inputs that feed one output, `"fan_out"`, the outputs that one input
            feeds, or `"fan_avg"`, the mean of both.
        distribution: `"truncated_normal"` (the default), a normal distribution cut off at two standard deviations and
            then stretched to the variance, `"untruncated_normal"` or `"uniform"`.
        seed: an integer or `numpy.random.Generator`; `None`, the default, draws differently each time.

    Raises:
        ValueError: for another scale, mode or distribution.

    Reference: https://keras.io/api/layers/initializers/#variancescaling-class

    Example:
        >>> values = VarianceScaling(scale=3.0, distribution="uniform", seed=0)((9, 100))
        >>> bool(np.abs(values).max() < 1)  # sqrt(3 * 3 / 9)
        True
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | np.random.Generator | None = None,
    ) -> None:
        super().__init__(seed)
        if not scale > 0:
            raise ValueError(f"scale is {scale!r}; allowed is a number above 0")
        for argument, value, allowed in [("mode", mode, MODES), ("distribution", distribution, DISTRIBUTIONS)]:
            if value not in allowed:
                raise ValueError(f"{argument} is {value!r}; allowed are {', '.join(allowed)}")
        self.scale = scale
        self.mode = mode
        self.distribution = distribution

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Return values in float64."""
        fan_in, fan_out = compute_fans(shape)
        n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        if self.distribution == "uniform":
            limit = math.sqrt(3 * self.scale / n)
            return rng.uniform(-limit, limit, shape)
        stddev = math.sqrt(self.scale / n)
        if self.distribution == "untruncated_normal":
            return rng.normal(0, stddev, shape)
        return draw_truncated_normal(shape, rng) * stddev / _TRUNCATED_STDDEV


class GlorotUniform(VarianceScaling):
    """Values from U(-limit, limit), with limit = sqrt(6 / (fan_in + fan_out)).

    Args:
        seed: an integer or `numpy.random.Generator`; `None`, the default, draws differently each time.

    Reference: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010
    """

    def __init__(self, seed: int | np.random.Generator | None = None) -> None:
        super().__init__(1.0, "fan_avg", "uniform", seed)


class GlorotNormal(VarianceScaling):
    """Values from N(0, 2 / (fan_in + fan_out)), cut off as in `VarianceScaling`.

    Args:
        seed: an integer or `numpy.random.Generator`; `None`, the default, draws differently each time.

    Reference: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010
    """

    def __init__(self, seed: int | np.random.Generator | None = None) -> None:
        super().__init__(1.0, "fan_avg", "truncated_normal", seed)


class HeUniform(VarianceScaling):
    """Values from U(-limit, limit), with limit = sqrt(6 / fan_in).

    Args:
        seed: an integer or `numpy.random.Generator`; `None`, the default, draws differently each time.

    Reference: He et al., "Delving deep into rectifiers", 2015
    """

    def __init__(self, seed: int | np.random.Generator | None = None) -> None:
        super().__init__(2.0, "fan_in", "uniform", seed)


class HeNormal(VarianceScaling):
    """Values from N(0, 2 / fan_in), cut off as in `VarianceScaling`.

    Args:
        seed: an integer or `numpy.random.Generator`; `None`, the default, draws differently each time.

    Reference: He et al., "Delving deep into rectifiers", 2015
    """

    def __init__(self, seed: int | np.random.Generator | None = None) -> None:
        super().__init__(2.0, "fan_in", "truncated_normal", seed)


class LecunUniform(VarianceScaling):
    """Values from U(-limit, limit), with limit = sqrt(3 / fan_in).

    Args:
        seed: an integer or `numpy.random.Generator`; `None`, the default, draws differently each time.

    Reference: LeCun et al., "Efficient BackProp", 1998
    """

    def __init__(self, seed: int | np.random.Generator | None = None) -> None:
        super().__init__(1.0, "fan_in", "uniform", seed)


class LecunNormal(VarianceScaling):
    """Values from N(0, 1 / fan_in), cut off as in `VarianceScaling`.

    Args:
        seed: an integer or `numpy.random.Generator`; `None`, the default, draws differently each time.

    Reference: LeCun et al., "Efficient BackProp", 1998
    """

    def __init__(self, seed: int | np.random.Generator | None = None) -> None:
        super().__init__(1.0, "fan_in", "truncated_normal", seed)


def compute_fans(shape: tuple[int, ...]) -> tuple[float, float]:
    """Return how many inputs feed one output, and how many outputs one input feeds: `(fan_in, fan_out)`.

    Args:
        shape: of a kernel: (inputs, units) or (kernel height, kernel width, channels, filters).
    """
    if len(shape) < 2:
        raise ValueError(f"a fan needs a kernel of two dimensions or more, not one of shape {tuple(shape)}")
    receptive_field = math.prod(shape[:-2])
    return shape[-2] * receptive_field, shape[-1] * receptive_field
