"""The folder of a run, as it is written."""

import csv
import errno
import io
import json
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import astuple
from pathlib import Path

from numpy.typing import ArrayLike

from harness.base.errors import UsageError
from harness.base.files import make_folder, replacing
from harness.base.text import printable
from harness.results.checkpoints import Checkpoints
from harness.training.records import COLUMNS, EpochRecord


class RunFolder:
    """The folder of one run, written as it goes.

    Args:
        path: of the folder, which exists.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def write_json(self, name: str, values: object) -> None:
        """Write `name`.json."""
        self.write_text(f"{name}.json", json.dumps(values, indent=2, ensure_ascii=False) + "\n")

    def write_epochs(self, records: Iterable[EpochRecord]) -> None:
        """Write `epochs.csv` anew: the heading, and a row for each `EpochRecord`."""
        self.write_text("epochs.csv", "".join(map(csv_line, [COLUMNS, *map(astuple, records)])))

    def append_epoch(self, record: EpochRecord) -> None:
        """Add one row to `epochs.csv`, and see it to the disk; or, if that fails, leave the file as it was."""
        path = self.path / "epochs.csv"
        size = path.stat().st_size
        try:
            with open(path, "ab") as file:
                file.write(csv_line(astuple(record)).encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            os.truncate(path, size)
            raise

    def write_arrays(self, kind: str, name: str, arrays: Mapping[str, ArrayLike]) -> None:
        """Write arrays by name to `kind`/`name`.npz."""
        import numpy as np

        folder = self.path / kind
        make_folder(folder)
        with replacing(folder / f"{name}.npz") as file:
            np.savez_compressed(file, **arrays)

    def has(self, name: str) -> bool:
        """Return whether there is a file of this name."""
        return (self.path / name).exists()

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        (self.path / name).unlink(missing_ok=True)

    def checkpoints(self, name: str) -> Checkpoints:
        """Return the `Checkpoints` of a training, such as `numpy-seed0`."""
        return Checkpoints(self.path, name)

    def write_text(self, name: str, text: str) -> None:
        """Write a text file."""
        with replacing(self.path / name) as file:
            # A path need not be text; what UTF-8 cannot hold is written as an escape, \udcff.
            file.write(text.encode(errors="backslashreplace"))


def csv_line(values: Iterable) -> str:
    """Return one line of a CSV file."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(values)
    return line.getvalue()


def create_run_folder(out: str | Path, dataset: str, experiment: str) -> RunFolder:
    """Make the folder of a new run, `<out>/<dataset>/<experiment>/<date and time>/`, and return it as a `RunFolder`.

    Raises:
        UsageError: if it cannot be made or written to.
    """
    parent = make_place(out, dataset, experiment)
    try:
        return RunFolder(_new_folder(parent))
    except OSError as error:
        raise _refusal(parent, error) from error


def make_place(out: str | Path, dataset: str, experiment: str) -> Path:
    """Make the folder that has the folders of such runs, `<out>/<dataset>/<experiment>`, and return its path.

    Raises:
        UsageError: if it cannot be made, or not be written to.
    """
    parent = Path(out) / dataset / experiment
    if printable(parent) != str(parent):  # the command that resumes the run could not be shown
        raise UsageError(f"results cannot be kept in {str(parent)!r}, which cannot be printed; name another with --out")
    try:
        parent.mkdir(parents=True, exist_ok=True)
        if not os.access(parent, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise _refusal(parent, error) from error
    return parent


def _refusal(parent: Path, error: OSError) -> UsageError:
    return UsageError(
        f"the results cannot be written to {parent}: {error.strerror or error}; name another folder with --out"
    )


def _new_folder(parent: Path) -> Path:
    name = time.strftime("%Y-%m-%dT%H-%M-%S")
    for attempt in range(1, 1000):
        folder = parent / (name if attempt == 1 else f"{name}-{attempt}")
        try:
            folder.mkdir()
            return folder
        except FileExistsError:
            continue
    raise FileExistsError(f"{parent / name} and its successors exist")
