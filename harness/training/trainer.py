"""What the runner calls of every model.

Letters: N samples, H x W pixels, C channels, F classes.
"""

from typing import Any, Protocol

import numpy as np


class Trainer(Protocol):
    """A model that is trained over a given order of samples, one epoch at a time.

    `NumpyTrainer`, `NaiveTrainer`, `UserTrainer`, `BackendTrainer` and `keras_model.KerasTrainer` are trainers. One
    with `in_steps` has `train_step` besides; one without has `last_step_end`, and if it trains in another process,
    `first_step_begin`; one whose library can draw initial values has `initial_weights(seed)`.

    Attributes:
        model: the library's model.
        in_steps: whether the runner trains it step by step: the epochs of a slow model have checkpoints within.
        steps_done: training steps so far, for a progress bar to read from another thread.
    """

    model: Any
    in_steps: bool

    @property
    def steps_done(self) -> int:
        """Training steps so far."""

    def parameters(self) -> list[tuple[str, tuple[int, ...]]]:
        """Return name and shape of every parameter array, in Keras's order and layout."""

    def get_weights(self) -> list[np.ndarray]:
        """Return copies of all parameters, in Keras's order and layout."""

    def start(self, weights: list[np.ndarray]) -> None:
        """Set all parameters, and forget all that the optimizer knows."""

    def get_state(self) -> list[np.ndarray]:
        """Return copies of all that `set_state` needs to go on from here."""

    def set_state(self, state: list[np.ndarray]) -> None:
        """Go on from a state that `get_state` returned."""

    def warm_up(self, x: np.ndarray, y: np.ndarray, batch_size: int) -> None:
        """Do once what the first training step and prediction cost, such as tracing, and undo the training.

        Args:
            x, y: (N, H, W, C) and (N,), batches of every size to come.
            batch_size: of the training to come.
        """

    def train_epoch(self, x: np.ndarray, y: np.ndarray, batch_size: int, epoch: int = 1) -> tuple[float, float]:
        """Train on all samples once, in the order given.

        Args:
            x, y: (N, H, W, C), float, and labels (N,).
            batch_size: samples a step; a short last batch is kept.
            epoch: its number, from 1, for error messages.

        Returns:
            Mean loss and accuracy over the epoch, while the weights move; NaN for what the model does not report.

        Raises:
            FloatingPointError: at the first loss that is not finite, naming epoch and step.
        """

    def predict(self, x: np.ndarray, batch_size: int = 256) -> np.ndarray:
        """Return the probabilities of all classes, (N, F)."""


class StepTrainer(Trainer, Protocol):
    """A trainer with `in_steps`: the runner trains it one step at a time."""

    def train_step(self, x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
        """Train on one batch, and return the sum of its losses and the number of images that were classified rightly.

        The sum is infinite if a loss is not finite; what the model does not report is NaN.
        """
