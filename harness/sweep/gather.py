"""Finished runs of a plan are put together: one folder for each experiment, its models and what they were trained on.

Such a folder is that of one run with many seeds, as `harness.run` leaves it, but for weights, table, plots and report.
So whatever reads runs reads it, and 300 trainings take a few megabytes. Runs of another processor, or of other versions
of the libraries, have a folder of their own, whose `environment.json` is true of all that is in it.
"""

import csv
import io
import itertools
import shutil
from pathlib import Path

import numpy as np

from harness.base.errors import UsageError
from harness.base.files import make_folder
from harness.results import RunFolder, read_config, read_epochs
from harness.results.files import read_json
from harness.results.writing import csv_line, make_place

# Of `config.json`, what may differ between runs that are put together: the data may lie in several places.
OWN = ("seeds", "source")


def gather(runs: Path, out: Path, commit: str, command: str) -> None:
    """Put all finished runs below a folder together that are not yet, and leave them as they are.

    Args:
        runs: the folder, as a sweep leaves it.
        out: where the folders are made, as `<data set>/<experiment>/<models>`.
        commit: that all runs were trained at.
        command: by which they come to be made, for `environment.json`.

    Raises:
        UsageError: if a run was trained at another commit.
    """
    for table in sorted(runs.glob("*/*/*/table.md")):
        if not (table.parent / "failures.json").exists():
            check_commit(table.parent, commit)
            add(table.parent, out, command)


def check_commit(folder: Path, commit: str) -> None:
    """Raise `UsageError` unless a run was trained at a commit, with no file changed."""
    found = read_json(folder / "environment.json").get("commit")
    if found != commit:
        raise UsageError(
            f"{folder} was trained at commit {found}, and the plan is of {commit}; move it elsewhere, and the same "
            "command makes it anew"
        )


def add(run: Path, out: Path, command: str) -> None:
    """Add a finished run to the folder that it belongs to, unless it is there.

    The rows come last: until then the folder does not count as having the run.
    """
    config, environment = read_config(run), read_json(run / "environment.json") | {"command": command}
    folder = folder_for(config, environment, out)
    is_new = not (folder / "config.json").exists()
    known = config if is_new else read_config(folder)
    if not is_new and is_there(folder, config):
        return
    make_place(out, config["dataset"], config["experiment"])
    make_folder(folder)
    written = RunFolder(folder)
    for path in sorted((run / "predictions").glob("*.npz")):
        written.write_arrays("predictions", path.stem, smallest(path))
    if is_new:
        shutil.copy(run / "samples.npz", folder)
        written.write_json("environment", environment)
    written.write_json("config", known | {"seeds": sorted({*known["seeds"], *config["seeds"]})})
    written.write_text("epochs.csv", rows_of_both(folder / "epochs.csv", run / "epochs.csv", config["models"]))


def folder_for(config: dict, environment: dict, out: Path) -> Path:
    """Return the folder of all runs that have settings and environment of one, which may be still to be made."""
    place = out / config["dataset"] / config["experiment"]
    for number in itertools.count(1):
        folder = place / "-".join([*config["models"], *([str(number)] if number > 1 else [])])
        if not (folder / "config.json").exists():
            return folder
        if without_own(read_config(folder)) == without_own(config) and (
            read_json(folder / "environment.json") == environment
        ):
            return folder


def without_own(config: dict) -> dict:
    """Return the part of a configuration that runs which are put together have in common."""
    return {name: value for name, value in config.items() if name not in OWN}


def is_there(folder: Path, config: dict) -> bool:
    """Return whether a folder has all trainings of a run, complete."""
    if not (folder / "epochs.csv").exists():
        return False
    epochs = read_epochs(folder)
    n_rows = len(epochs[epochs["seed"].isin(config["seeds"]) & epochs["model"].isin(config["models"])])
    return n_rows == len(config["models"]) * len(config["seeds"]) * config["epochs"]


def rows_of_both(path: Path, other: Path, models: list[str]) -> str:
    """Return the rows of two `epochs.csv`, of which the first may be missing, by seed, model and epoch, as text.

    Numbers keep their digits. Rows that stand in both are those of the second.
    """
    found = {}
    for file in filter(Path.exists, (path, other)):
        heading, *rows = csv.reader(io.StringIO(file.read_text()))
        model, seed, epoch = map(heading.index, ("model", "seed", "epoch"))
        found |= {(int(row[seed]), models.index(row[model]), int(row[epoch])): row for row in rows}
    return "".join(map(csv_line, [heading, *(found[key] for key in sorted(found))]))


def smallest(path: Path) -> dict[str, np.ndarray]:
    """Return the arrays of whole numbers in an npz file, each in the smallest type that holds it."""
    with np.load(path) as file:
        return {name: array.astype(np.min_scalar_type(int(array.max()))) for name, array in file.items()}
