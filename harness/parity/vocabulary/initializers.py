"""Initializers against Keras's: both draw at random, so what is compared is how their numbers are distributed."""

from dataclasses import dataclass

import numpy as np

import numpy_model
from harness.base.markdown import markdown
from harness.parity.pairs import import_keras

# Of a convolution, so that the fans differ: 60,000 numbers.
SHAPE = (5, 5, 24, 100)
# Those of two samples of this size from one distribution are further apart once in ten thousand times.
LIMIT = 0.0125

# By class, the arguments; Identity is for matrices.
INITIALIZERS = {
    "Zeros": {},
    "Ones": {},
    "Constant": {"value": 0.25},
    "Identity": {"gain": 2.0},
    "RandomNormal": {"mean": 1.5, "stddev": 0.7},
    "RandomUniform": {"minval": -1.0, "maxval": 3.0},
    "TruncatedNormal": {"stddev": 0.3},
    "GlorotUniform": {},
    "GlorotNormal": {},
    "HeUniform": {},
    "HeNormal": {},
    "LecunUniform": {},
    "LecunNormal": {},
    "VarianceScaling": {"scale": 2.0, "mode": "fan_out", "distribution": "untruncated_normal"},
    "Orthogonal": {},
}
DRAW_NOTHING = ("Zeros", "Ones", "Constant", "Identity")


@dataclass(frozen=True)
class Row:
    """How far the numbers of an initializer are from Keras's.

    Attributes:
        name: of the class.
        distance: the largest difference of both distribution functions, from 0 to 1; of one that draws nothing, of the
            numbers.
    """

    name: str
    distance: float

    @property
    def is_same(self) -> bool:
        """Whether the numbers are equal, or so close as those of one distribution are."""
        return self.distance <= (0 if self.name in DRAW_NOTHING else LIMIT)


def prove_all() -> list[Row]:
    """Return a `Row` for each initializer.

    Raises:
        ModelError: if Keras is missing.
    """
    theirs = import_keras().keras.initializers
    return [compare(name, theirs) for name in INITIALIZERS]


def compare(name: str, theirs: object) -> Row:
    """Return the `Row` of an initializer, with the module of Keras's."""
    shape = (30, 20) if name == "Identity" else SHAPE
    seed = {} if name in DRAW_NOTHING else {"seed": 0}
    made = [getattr(module, name)(**INITIALIZERS[name], **seed) for module in (numpy_model.initializers, theirs)]
    ours, expected = (np.asarray(initializer(shape, "float32"), np.float64) for initializer in made)
    if not seed:
        return Row(name, float(np.abs(ours - expected).max()))
    return Row(name, distance_of_distributions(ours.ravel(), expected.ravel()))


def distance_of_distributions(one: np.ndarray, other: np.ndarray) -> float:
    """Return the largest difference of the distribution functions of two samples, as Kolmogorov and Smirnov take it.

    Example:
        >>> distance_of_distributions(np.array([1.0, 2.0]), np.array([1.0, 3.0]))
        0.5
    """
    places = np.concatenate([one, other])
    shares = [np.searchsorted(np.sort(sample), places, side="right") / len(sample) for sample in (one, other)]
    return float(np.abs(shares[0] - shares[1]).max())


def table(rows: list[Row]) -> str:
    """Return the rows as a Markdown table, and a sentence on what it shows."""
    cells = [(row.name, f"{row.distance:.4f}", "same" if row.is_same else "different") for row in rows]
    words = (
        f"Initializers draw at random, in each library in its own way. Compared are the distribution functions of "
        f"{np.prod(SHAPE):,} numbers: those of equal distributions differ by less than {LIMIT}."
    )
    return "\n".join([*markdown([("initializer", "distance", ""), *cells]), "", words])
