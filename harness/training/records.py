"""What is kept of every epoch: one row of `epochs.csv`."""

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class EpochRecord:
    """One row of `epochs.csv`. Fractions from 0 to 1, times in seconds, `epoch` from 1.

    `wall_seconds` ends with the last training step; from then until the library returns are `waiting_seconds`.
    """

    dataset: str
    experiment: str
    model: str
    seed: int
    epoch: int
    train_loss: float
    train_accuracy: float
    test_loss: float
    test_accuracy: float
    test_macro_f1: float
    wall_seconds: float
    eval_seconds: float
    warm_up_seconds: float
    waiting_seconds: float


COLUMNS = tuple(field.name for field in fields(EpochRecord))

# The first twelve are a contract: other people's scripts read them by name and order. New columns come behind them.
N_CONTRACT_COLUMNS = 12
