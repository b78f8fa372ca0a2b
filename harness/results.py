"""Records of a run, to and from its folder."""

import csv
import json
import os
import time
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from harness.errors import UsageError


@dataclass(frozen=True)
class EpochRecord:
    """One row of `epochs.csv`. Fractions from 0 to 1, times in seconds, `epoch` from 1."""

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


COLUMNS = tuple(field.name for field in fields(EpochRecord))

# The first twelve are a contract: other people's scripts read them by name and order. New columns come behind them.
N_CONTRACT_COLUMNS = 12


class RunFolder:
    """The folder of one run, written as it goes.

    Args:
        path: of the folder, which exists.
    """

    def __init__(self, path):
        self.path = Path(path)

    def write_json(self, name, values):
        """Write `name`.json."""
        (self.path / f"{name}.json").write_text(
            json.dumps(values, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
        )

    def start_epochs(self):
        """Write the heading of `epochs.csv`."""
        with self._open_epochs("w") as file:
            csv.writer(file, lineterminator="\n").writerow(COLUMNS)

    def append_epoch(self, record):
        """Add one row to `epochs.csv`, and see it to the disk."""
        with self._open_epochs("a") as file:
            csv.writer(file, lineterminator="\n").writerow(asdict(record).values())
            file.flush()
            os.fsync(file.fileno())

    def _open_epochs(self, mode):
        return open(self.path / "epochs.csv", mode, newline="", encoding="utf-8")

    def write_arrays(self, kind, name, arrays):
        """Write arrays by name to `kind`/`name`.npz."""
        import numpy as np

        folder = self.path / kind
        folder.mkdir(exist_ok=True)
        np.savez_compressed(folder / f"{name}.npz", **arrays)

    def write_text(self, name, text):
        """Write a text file."""
        (self.path / name).write_text(text, encoding="utf-8")


def create_run_folder(out, dataset, experiment):
    """Make the folder of a new run, `<out>/<dataset>/<experiment>/<date and time>/`, and return it as a `RunFolder`.

    Raises:
        UsageError: if it cannot be made or written to.
    """
    parent = Path(out) / dataset / experiment
    try:
        parent.mkdir(parents=True, exist_ok=True)
        return RunFolder(_new_folder(parent))
    except OSError as error:
        raise UsageError(
            f"the results cannot be written to {parent}: {error.strerror or error}; name another folder with --out"
        ) from error


def _new_folder(parent):
    name = time.strftime("%Y-%m-%dT%H-%M-%S")
    for attempt in range(1, 1000):
        folder = parent / (name if attempt == 1 else f"{name}-{attempt}")
        try:
            folder.mkdir()
            return folder
        except FileExistsError:
            continue
    raise FileExistsError(f"{parent / name} and its successors exist")


def read_epochs(path):
    """Return `epochs.csv` of a run's folder as a DataFrame.

    Raises:
        UsageError: if there is no such file, or a column is missing.
    """
    import pandas

    file = Path(path) / "epochs.csv"
    try:
        epochs = pandas.read_csv(file)
    except (OSError, pandas.errors.ParserError, pandas.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}; name the folder of a run") from error
    missing = [column for column in COLUMNS[:N_CONTRACT_COLUMNS] if column not in epochs.columns]
    if missing:
        raise UsageError(f"{file} has no column {', '.join(missing)}; it was not written by this version")
    return epochs


def read_config(path):
    """Return `config.json` of a run's folder as a dictionary.

    Raises:
        UsageError: if it cannot be read.
    """
    file = Path(path) / "config.json"
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{file} cannot be read: {error}; name the folder of a run") from error
