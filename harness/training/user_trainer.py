"""A user's model behind the calls that the runner makes of every model.

Letters: N samples, H x W pixels, C channels, F classes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from harness.base.errors import UsageError
from harness.training import metrics
from harness.training.steps import train_in_steps
from harness.user_models.model import StepResult, UserModel

if TYPE_CHECKING:
    from harness.user_models.loading import LoadedModel


class UserTrainer:
    """A user's model that trains over a given order, one epoch at a time. Its twin is `NumpyTrainer`.

    Args:
        loaded: a `LoadedModel`. It needs `forward` for predictions.
        network: a function of the library that returns a `Sequential`, for the shapes of one data set.
        optimizer: a function of the library that returns an optimizer: plain SGD.
        batch_size: of the training to come.

    Attributes:
        model: the `UserModel`.
        in_steps: whether the runner trains step by step, with `train_step`, as a slow model's epochs are checkpointed.

    Raises:
        UsageError: if the model cannot be trained like this.
    """

    in_steps = True

    def __init__(self, loaded: LoadedModel, network: Callable, optimizer: Callable, batch_size: int = 1) -> None:
        self.model = UserModel(loaded, network, optimizer)
        self.model.check_batch_size(batch_size)
        self.model.check_inputs(False)  # but in the warm-up: the clock runs
        interface, steps = loaded.interface, self.model.twin.steps
        if interface.optimizer or not interface.is_crossentropy or interface.learning_rate not in (None, steps.rate(1)):
            raise UsageError(
                f"{loaded.where}: in a run a model of your own is trained with plain SGD, the cross-entropy and the "
                f"learning rate {steps.rate(1)} of the run; leave out the attributes optimizer and loss"
            )
        if not interface.has_forward:
            raise UsageError(f"{loaded.where}: the model has no method forward(x); predictions need it")

    def parameters(self) -> list[tuple[str, tuple]]:
        """Return name and shape of every parameter array, in Keras's order and layout."""
        return [(name.split("/")[-1], shape) for name, shape in self.model.twin.params.items()]

    def get_weights(self) -> list[np.ndarray]:
        """Return copies of all parameters, in Keras's layout."""
        return self.model.get_weights()

    @property
    def steps_done(self) -> int:
        """Training steps taken so far, for a progress bar to read from another thread."""
        return self.model.steps_done

    def warm_up(self, x: np.ndarray, y: np.ndarray, batch_size: int) -> None:
        """Train and predict once, look if the model leaves its inputs alone, and undo the training.

        Args:
            x, y: (N, H, W, C) and (N,), batches of every size to come.
            batch_size: of the training to come.
        """
        weights = self.get_weights()
        self.model.check_inputs(True)
        self.train_epoch(x, y, batch_size)
        self.predict(x)
        self.model.check_inputs(False)
        self.start(weights)

    def start(self, weights: list[np.ndarray]) -> None:
        """Set all parameters."""
        self.model.start(weights)

    def get_state(self) -> list[np.ndarray]:
        """Return copies of the parameters, in the types that the model keeps them in at the moment.

        What else it keeps, such as moments, is not known.
        """
        return self.get_weights()

    def set_state(self, state: list[np.ndarray]) -> None:
        """Go on from a state that `get_state` returned."""
        self.model.go_on(state)

    def train_epoch(self, x: np.ndarray, y: np.ndarray, batch_size: int, epoch: int = 1) -> tuple[float, ...]:
        """Train on all samples once, in the order given.

        Args:
            x: (N, H, W, C), float.
            y: (N,) labels.
            batch_size: samples a step; a short last batch is kept.
            epoch: its number, from 1, for error messages.

        Returns:
            Mean loss and accuracy over the epoch, while the weights move. What the model's steps do not tell is NaN: a
            step that returns its outputs reports both, one that returns its loss reports no accuracy.

        Raises:
            FloatingPointError: at the first loss or output that is not finite, naming epoch and step.
        """
        return train_in_steps(self, x, y, batch_size, epoch).means(len(x))

    def train_step(self, x: np.ndarray, y: np.ndarray) -> tuple[float, ...]:
        """Train on one batch, and return the sum of its losses, and the number of images that were classified rightly.

        A sum is infinite if a loss or an output is not finite, and what the step does not tell is NaN.
        """
        loss, n_right = scores_of(self.model.step(x, y), y)
        return loss * len(y), n_right

    def predict(self, x: np.ndarray, batch_size: int = 256) -> np.ndarray:
        """Return the probabilities of all classes, (N, F)."""
        return self.model.predict(x, batch_size)


def scores_of(result: StepResult, labels: np.ndarray) -> tuple[float, ...]:
    """Return the mean loss of a step, and how many images it classified rightly; NaN for what it does not tell.

    A loss that is not finite is infinite here, also where the model made it NaN.
    """
    if result.outputs is not None:
        if not np.isfinite(result.outputs).all():
            return math.inf, math.nan
        right = int((result.outputs.argmax(axis=1) == labels).sum())
        return metrics.cross_entropy(result.outputs, labels), right
    if result.loss is not None:
        return (result.loss if math.isfinite(result.loss) else math.inf), math.nan
    return math.nan, math.nan
