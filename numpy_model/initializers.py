"""Initial values of parameters: the Keras names, defaults and formulas.

An initializer is called with a shape, and draws from its own `seed` or from the generator that it is handed.
"""

import math
from typing import NoReturn

import numpy as np

from numpy_model import config
from numpy_model.checks import refuse_name

# The standard deviation of a normal distribution cut off at two standard deviations.
# Keras divides by it, so that the drawn values have the variance that was asked for.
_TRUNCATED_STDDEV = 0.87962566103423978


class Initializer:
    """A callable (shape, dtype) that can also be handed the generator to draw from."""

    def __init__(self, seed=None):
        self.seed = seed

    def __call__(self, shape, dtype=None, rng=None):
        """Return an array of `shape`, drawn from `rng`, or else from the initializer's own seed."""
        return self.draw(shape, rng or np.random.default_rng(self.seed)).astype(dtype or config.floatx())


class Zeros(Initializer):
    """All values are 0."""

    def __init__(self):
        super().__init__()

    def draw(self, shape, rng):
        """Return zeros."""
        return np.zeros(shape)


class RandomNormal(Initializer):
    """Values from N(mean, stddev²).

    Args:
        mean: default 0.
        stddev: default 0.05.
        seed: an integer or `numpy.random.Generator`; `None`, the default, draws differently each time.
    """

    def __init__(self, mean=0.0, stddev=0.05, seed=None):
        super().__init__(seed)
        self.mean = mean
        self.stddev = stddev

    def draw(self, shape, rng):
        """Return values in float64."""
        return rng.normal(self.mean, self.stddev, shape)


class RandomUniform(Initializer):
    """Values from U(minval, maxval).

    Args:
        minval, maxval: default -0.05 and 0.05.
        seed: an integer or `numpy.random.Generator`; `None`, the default, draws differently each time.
    """

    def __init__(self, minval=-0.05, maxval=0.05, seed=None):
        super().__init__(seed)
        self.minval = minval
        self.maxval = maxval

    def draw(self, shape, rng):
        """Return values in float64."""
        return rng.uniform(self.minval, self.maxval, shape)


class GlorotUniform(Initializer):
    """Values from U(-limit, limit), with limit = sqrt(6 / (fan_in + fan_out)).

    Args:
        seed: an integer or `numpy.random.Generator`; `None`, the default, draws differently each time.

    Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.
    """

    def draw(self, shape, rng):
        """Return values in float64."""
        fan_in, fan_out = compute_fans(shape)
        limit = math.sqrt(6 / (fan_in + fan_out))
        return rng.uniform(-limit, limit, shape)


class HeNormal(Initializer):
    """Values from N(0, 2 / fan_in), none beyond two standard deviations of the uncut distribution.

    Args:
        seed: an integer or `numpy.random.Generator`; `None`, the default, draws differently each time.

    Source: He et al., "Delving deep into rectifiers", 2015; the cut is Keras's.
    """

    def draw(self, shape, rng):
        """Return values in float64."""
        fan_in, _ = compute_fans(shape)
        return _draw_truncated_normal(shape, rng) * math.sqrt(2 / fan_in) / _TRUNCATED_STDDEV


class GlorotNormal(Initializer):
    """Values from N(0, 2 / (fan_in + fan_out)), none beyond two standard deviations of the uncut distribution.

    Args:
        seed: an integer or `numpy.random.Generator`; `None`, the default, draws differently each time.

    Source: Glorot and Bengio, 2010; the cut is Keras's.
    """

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Return values in float64."""
        fan_in, fan_out = compute_fans(shape)
        return _draw_truncated_normal(shape, rng) * math.sqrt(2 / (fan_in + fan_out)) / _TRUNCATED_STDDEV


class LecunNormal(Initializer):
    """Values from N(0, 1 / fan_in), none beyond two standard deviations of the uncut distribution.

    Args:
        seed: an integer or `numpy.random.Generator`; `None`, the default, draws differently each time.

    Source: LeCun et al., "Efficient BackProp", 1998; the cut is Keras's.
    """

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Return values in float64."""
        fan_in, _ = compute_fans(shape)
        return _draw_truncated_normal(shape, rng) * math.sqrt(1 / fan_in) / _TRUNCATED_STDDEV


class HeUniform(Initializer):
    """Values from U(-limit, limit), with limit = sqrt(6 / fan_in).

    Args:
        seed: an integer or `numpy.random.Generator`; `None`, the default, draws differently each time.

    Source: He et al., "Delving deep into rectifiers", 2015.
    """

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Return values in float64."""
        fan_in, _ = compute_fans(shape)
        limit = math.sqrt(6 / fan_in)
        return rng.uniform(-limit, limit, shape)


class LecunUniform(Initializer):
    """Values from U(-limit, limit), with limit = sqrt(3 / fan_in).

    Args:
        seed: an integer or `numpy.random.Generator`; `None`, the default, draws differently each time.

    Source: LeCun et al., "Efficient BackProp", 1998.
    """

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Return values in float64."""
        fan_in, _ = compute_fans(shape)
        limit = math.sqrt(3 / fan_in)
        return rng.uniform(-limit, limit, shape)


def _draw_truncated_normal(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Return values from N(0, 1) in which each one beyond two standard deviations was drawn again."""
    values = rng.standard_normal(shape)
    while (outside := np.abs(values) > 2).any():
        values[outside] = rng.standard_normal(np.count_nonzero(outside))
    return values


def compute_fans(shape):
    """Return how many inputs feed one output, and how many outputs one input feeds: `(fan_in, fan_out)`.

    Args:
        shape: of a kernel: (inputs, units) or (kernel height, kernel width, channels, filters).
    """
    if len(shape) < 2:
        raise ValueError(f"a fan needs a kernel of two dimensions or more, not one of shape {tuple(shape)}")
    receptive_field = math.prod(shape[:-2])
    return shape[-2] * receptive_field, shape[-1] * receptive_field


_BY_NAME = {
    "zeros": Zeros,
    "random_normal": RandomNormal,
    "random_uniform": RandomUniform,
    "glorot_uniform": GlorotUniform,
    "he_normal": HeNormal,
    "glorot_normal": GlorotNormal,
    "lecun_normal": LecunNormal,
    "he_uniform": HeUniform,
    "lecun_uniform": LecunUniform,
}


def get(identifier):
    """Return the initializer of a Keras name, or the callable that was given."""
    if isinstance(identifier, type) and issubclass(identifier, Initializer):
        return identifier()
    if callable(identifier):
        return identifier
    if not isinstance(identifier, str) or identifier not in _BY_NAME:
        raise ValueError(
            f"initializer is {identifier!r}; allowed are {', '.join(_BY_NAME)}, or a callable(shape, dtype)"
        )
    return _BY_NAME[identifier]()


def __getattr__(name: str) -> NoReturn:
    refuse_name("initializers", name, (found.__name__ for found in _BY_NAME.values()))
