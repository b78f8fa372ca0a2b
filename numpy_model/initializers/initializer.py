"""What every initializer is: a callable that draws from its own seed, or from a generator."""

import numpy as np

from numpy_model import config


class Initializer:
    """A callable (shape, dtype) that can also be handed the generator to draw from."""

    def __init__(self, seed=None):
        self.seed = seed

    def __call__(self, shape, dtype=None, rng=None):
        """Return an array of `shape`, drawn from `rng`, or else from the initializer's own seed."""
        return self.draw(shape, rng or np.random.default_rng(self.seed)).astype(dtype or config.floatx())
