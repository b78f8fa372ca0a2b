"""What is compared of a training."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """One number of a training.

    Attributes:
        title: as a table names it.
        column: of `epochs.csv`.
        higher_is_better: or lower.
        digits: behind the point in a table. Default 4.
    """

    title: str
    column: str
    higher_is_better: bool
    digits: int = 4


SECONDS = Metric("seconds per epoch", "wall_seconds", higher_is_better=False, digits=3)

# Those that `--fail` takes, by the name that it takes.
GATED = {
    "accuracy": Metric("accuracy", "test_accuracy", higher_is_better=True),
    "macro_f1": Metric("macro-F1", "test_macro_f1", higher_is_better=True),
    "loss": Metric("test loss", "test_loss", higher_is_better=False),
    "seconds": SECONDS,
}

TRAINING_LOSS = Metric("training loss", "train_loss", higher_is_better=False)
SHOWN = (GATED["accuracy"], GATED["macro_f1"], GATED["loss"], TRAINING_LOSS, SECONDS)
