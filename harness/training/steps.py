"""An epoch one step at a time, for models so slow that a run leaves checkpoints within their epochs."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np

    from harness.training.trainer import StepTrainer

# Between two checkpoints within an epoch: no more than this is lost, and to write them costs nothing beside it.
SECONDS_BETWEEN = 60


class Progress(NamedTuple):
    """What is done of an epoch. Sums grow by one step after the other, so they are the same wherever it is cut off.

    Attributes:
        steps: taken.
        total_loss: sum of the losses of all images so far; NaN if the model does not tell them.
        n_right: images that were classified rightly; NaN if the model does not tell.
        wall_seconds: that the steps took.
    """

    steps: int = 0
    total_loss: float = 0.0
    n_right: float = 0
    wall_seconds: float = 0.0

    def means(self, n: int) -> tuple[float, ...]:
        """Return mean loss and accuracy, once all n images of the epoch have been trained on."""
        return self.total_loss / n, self.n_right / n


def keep_nothing(progress: Progress) -> None:
    """Write no checkpoint."""


def train_in_steps(
    trainer: StepTrainer,
    x: np.ndarray,
    y: np.ndarray,
    batch_size: int,
    epoch: int,
    progress: Progress = Progress(),  # noqa: B008
    keep: Callable = keep_nothing,
) -> Progress:
    """Train what is left of an epoch, in the order given, and return its `Progress`.

    The clock runs around the steps alone: what `keep` does is in no time.

    Args:
        trainer: has `train_step(x, y)`, which trains on one batch and returns the sum of its losses, infinite if one is
            not finite, and the number of images that were classified rightly; NaN for what the model does not tell.
        x, y: (N, H, W, C) and (N,), of the whole epoch.
        batch_size: samples a step; a short last batch is kept.
        epoch: its number, from 1, for error messages.
        progress: how far the epoch is; default at its beginning.
        keep: a function that is given the `Progress` after a step, every `SECONDS_BETWEEN`; default one that does
            nothing.

    Raises:
        FloatingPointError: at the first loss that is not finite, naming epoch and step.
    """
    kept = time.monotonic()
    for start in range(progress.steps * batch_size, len(x), batch_size):
        batch = slice(start, start + batch_size)
        begin = time.perf_counter()
        loss, n_right = trainer.train_step(x[batch], y[batch])
        seconds = time.perf_counter() - begin
        steps, total_loss, total_right, wall_seconds = progress
        if math.isinf(loss):
            raise FloatingPointError(
                f"the loss is not finite at epoch {epoch}, step {steps + 1}; try a smaller learning_rate"
            )
        progress = Progress(steps + 1, total_loss + loss, total_right + n_right, wall_seconds + seconds)
        if time.monotonic() - kept >= SECONDS_BETWEEN:
            keep(progress)
            kept = time.monotonic()
    return progress
