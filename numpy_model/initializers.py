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

MODES = ("fan_in", "fan_out", "fan_avg")
DISTRIBUTIONS = ("truncated_normal", "untruncated_normal", "uniform")


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
        return self.mean + self.stddev * _draw_truncated_normal(shape, rng)


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
        return _draw_truncated_normal(shape, rng) * stddev / _TRUNCATED_STDDEV


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


# Constant has no name here, as Keras makes none from "constant" alone.
_BY_NAME = {
    "zeros": Zeros,
    "ones": Ones,
    "identity": Identity,
    "random_normal": RandomNormal,
    "truncated_normal": TruncatedNormal,
    "random_uniform": RandomUniform,
    "glorot_uniform": GlorotUniform,
    "he_normal": HeNormal,
    "glorot_normal": GlorotNormal,
    "lecun_normal": LecunNormal,
    "he_uniform": HeUniform,
    "lecun_uniform": LecunUniform,
    "variance_scaling": VarianceScaling,
    "orthogonal": Orthogonal,
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
    refuse_name("initializers", name, ("Constant", *(found.__name__ for found in _BY_NAME.values())))
