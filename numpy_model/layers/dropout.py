"""Dropout: some numbers are left out at random while training."""

import numpy as np

from numpy_model.checks import is_whole
from numpy_model.layer import Layer


class Dropout(Layer):
    """In training, zero in the place of a random share of the inputs; the others grow, so that the mean stays.

        outputs = inputs * mask,  mask = 0 with probability rate, and 1 / (1 - rate) otherwise
        outputs = inputs          at prediction

    Every training pass draws its mask from `np.random.default_rng(seed_state)` and adds 1 to `seed_state[1]`, so a
    training that goes on from a saved state draws the masks it would have drawn. Keras draws other masks from the same
    seed. To compare the two, give both the same: `next_mask` returns what the next pass will multiply by, and a Keras
    layer that multiplies by it is the twin.

    Args:
        rate: share of the inputs that is left out, from 0 to 1.
        seed: a whole number from 0; `None`, the default, draws one each time, until `initialize` draws it.
        name, dtype: see `Layer`.

    Attributes:
        seed_state: the seed, and how many training passes have drawn from it, (2,).

    Input and output shape: (N, ...).

    Raises:
        ValueError: for another rate or seed.

    Reference: Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014;
        https://keras.io/api/layers/regularization_layers/dropout/

    Example:
        >>> layer = Dropout(0.5, seed=1, dtype="float64")
        >>> layer.build((4,))
        (4,)
        >>> layer.forward(np.ones((1, 4)), training=True)
        array([[2., 2., 0., 2.]])
        >>> layer.forward(np.ones((1, 4)))
        array([[1., 1., 1., 1.]])
    """

    whole_batch = True

    def __init__(self, rate: float, seed: int | None = None, name: str | None = None, dtype: str | None = None) -> None:
        super().__init__(name, dtype)
        if not 0 <= rate <= 1:
            raise ValueError(f"layer {self.name}: rate is {rate!r}; allowed is a number from 0 to 1")
        if seed is not None and not (is_whole(seed) and seed >= 0):
            raise ValueError(f"layer {self.name}: seed is {seed!r}; allowed is None or a whole number from 0")
        self.rate = float(rate)
        self.seed = seed
        self.seed_state = np.zeros(2, np.int64)
        self.initialize(np.random.default_rng())

    def initialize(self, rng: np.random.Generator) -> None:
        """Begin the masks again, from `seed`, or else from a seed drawn from `rng`."""
        self.seed_state[:] = (rng.integers(1 << 32) if self.seed is None else self.seed), 0

    def next_mask(self, n: int, later: int = 0) -> np.ndarray:
        """Return the mask of the next training pass, or of one so many passes later, of `n` samples, (N, ...)."""
        kept = np.random.default_rng(self.seed_state + np.array([0, later])).random((n, *self.input_shape)) >= self.rate
        return np.where(kept, 1 / (1 - self.rate) if self.rate < 1 else 0, 0).astype(self.dtype)

    def forward(self, inputs: np.ndarray, training: bool = False) -> np.ndarray:
        """Return inputs * mask in training, and the inputs at prediction, (N, ...)."""
        self.check_input(inputs)
        if not training:
            self.remember(training)
            return inputs
        mask = self.next_mask(len(inputs))
        self.seed_state[1] += 1
        outputs = inputs * mask
        self.remember(training, mask, outputs)
        return outputs

    def backward(self, grad_outputs: np.ndarray) -> np.ndarray:
        """Return the gradient of the inputs, (N, ...): it passes where the inputs did."""
        mask, _ = self.recall(grad_outputs)
        return grad_outputs * mask
