"""What every initializer is: a callable that draws from its own seed, or from a generator."""

from __future__ import annotations

import numpy as np

from numpy_model import config


class Initializer:
    """A callable (shape, dtype) that can also be handed the generator to draw from."""

    def __init__(self, seed: int | np.random.Generator | None = None) -> None:
        self.seed = seed

    def __call__(
        self, shape: tuple[int, ...], dtype: str | np.dtype | None = None, rng: np.random.Generator | None = None
    ) -> np.ndarray:
        """Return an array of `shape`, drawn from `rng`, or else from the initializer's own seed."""
        return self.draw(shape, rng or np.random.default_rng(self.seed)).astype(dtype or config.floatx())
