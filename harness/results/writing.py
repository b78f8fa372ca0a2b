"""The folder of a run, as it is written."""

import csv
import json
import os
import time
from dataclasses import asdict
from pathlib import Path

from harness.errors import UsageError
from harness.results.records import COLUMNS


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
