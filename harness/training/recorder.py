"""What a run reports while it trains: to a `Recorder`, which may write it down."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

from harness.training.records import EpochRecord
from harness.training.steps import Progress

if TYPE_CHECKING:
    from harness.datasets import Dataset
    from harness.experiments import RunConfig
    from harness.training.contenders import Contender
    from harness.training.samples import Samples


@dataclass(frozen=True)
class Checkpoint:
    """A training after some epochs, and some steps of the next.

    Attributes:
        state: arrays, as the trainer's `get_state` returned them: parameters and what the optimizer knows.
        records: an `EpochRecord` of every epoch so far.
        progress: the `Progress` of the epoch after them; default at its beginning.
    """

    state: list[np.ndarray]
    records: list[EpochRecord]
    progress: Progress = field(default_factory=Progress)

    @property
    def epoch(self) -> int:
        """Epochs done."""
        return len(self.records)

    @property
    def place(self) -> tuple[int, ...]:
        """Epochs done, and steps of the next: what was later is larger."""
        return self.epoch, self.progress.steps


class Recorder(Protocol):
    """What the runner calls as it goes. `harness.results.journal.Journal` writes a run's folder.

    Attributes:
        records: an `EpochRecord` of every epoch so far, those of before a run was resumed included.
    """

    records: list[EpochRecord]

    def start(self, config: "RunConfig", dataset: "Dataset", samples: "Samples", contenders: "list[Contender]") -> None:
        """Record what is known before training."""

    def is_finished(self, model: str, seed: int) -> bool:
        """Return whether a training was finished before the run was resumed."""

    def checkpoint(self, model: str, seed: int) -> Checkpoint | None:
        """Return the `Checkpoint` to go on from, or `None` for a training that begins.

        Raises:
            ModelError: if there are epochs of the training, and nothing to go on from.
        """

    def within_epoch(self, model: str, seed: int, progress: Progress, state: list[np.ndarray]) -> None:
        """Record how far an unfinished epoch is, and the trainer's state."""

    def epoch_done(
        self, record: EpochRecord, labels: np.ndarray, predictions: np.ndarray, state: list[np.ndarray]
    ) -> None:
        """Record a finished epoch: its scores, the classes (N,) of the test images, and the trainer's state."""

    def training_done(self, model: str, seed: int, weights: dict[str, np.ndarray]) -> None:
        """Record the weights of a finished training, by name."""

    def failed(self, model: str, seed: int | None, message: str) -> None:
        """Record that a training failed, and why; `seed` is `None` if the model could not be made at all."""


class InMemory:
    """The `Recorder` of a run without a folder: it keeps the scores of every epoch, and nothing else."""

    def __init__(self) -> None:
        self.records: list[EpochRecord] = []

    def start(self, config: "RunConfig", dataset: "Dataset", samples: "Samples", contenders: "list[Contender]") -> None:
        """Record nothing."""

    def is_finished(self, model: str, seed: int) -> bool:
        """Return `False`: the run begins."""
        return False

    def checkpoint(self, model: str, seed: int) -> None:
        """Return `None`: the training begins."""

    def within_epoch(self, model: str, seed: int, progress: Progress, state: list[np.ndarray]) -> None:
        """Record nothing."""

    def epoch_done(
        self, record: EpochRecord, labels: np.ndarray, predictions: np.ndarray, state: list[np.ndarray]
    ) -> None:
        """Keep the scores of a finished epoch."""
        self.records.append(record)

    def training_done(self, model: str, seed: int, weights: dict[str, np.ndarray]) -> None:
        """Record nothing."""

    def failed(self, model: str, seed: int | None, message: str) -> None:
        """Record nothing: the error that ends the run names it."""
