"""Runs that belong together: one experiment, one data set, one set of settings, and any models and seeds.

Also which of their trainings are complete: a partial one is never averaged with complete ones.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas

from harness.base.command import warn
from harness.base.errors import HarnessError, UsageError
from harness.base.text import one_line, printable
from harness.results.arrays import Predictions
from harness.results.proof import ModelProof
from harness.results.reading import Run, open_run

# What runs must have in common to be pooled. `sha256` keeps two files of one name apart.
SETTINGS = ("dataset", "sha256", "experiment", "epochs", "batch_size", "learning_rate", "limit", "own_code")


@dataclass(frozen=True)
class Study:
    """Pooled runs.

    Attributes:
        config: as in `config.json`, with the models and seeds of all runs, and a list of their `threads`.
        trainings: (model, seed) of all that was planned.
        epochs: a DataFrame as of `epochs.csv`, of all runs.
        failures: why a training failed, by (model, seed); the seed is `None` for a model that could not be made.
        notes: what a reader must know, such as rows that were left out.
        predictions: what each complete training answered for the test images, by (model, seed), if that is on record.
        proofs: what was proved of each model before training, if that is on record.
    """

    config: dict
    trainings: tuple[tuple[str, int], ...]
    epochs: pandas.DataFrame
    failures: dict[tuple[str, int | None], str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    predictions: dict[tuple[str, int], Predictions] = field(default_factory=dict)
    proofs: tuple[ModelProof, ...] = ()

    @cached_property
    def epochs_done(self) -> dict[tuple[str, int], int]:
        """How many epochs each training has on record, by (model, seed)."""
        return self.epochs.groupby(["model", "seed"])["epoch"].nunique().to_dict()

    @cached_property
    def rows_by_epoch(self) -> dict[tuple[str, int], pandas.DataFrame]:
        """The rows of complete trainings, by (model, epoch), each by seed."""
        trainings = zip(self.epochs["model"], self.epochs["seed"], strict=True)
        is_complete = [self.epochs_done[training] == self.config["epochs"] for training in trainings]
        groups = self.epochs[np.array(is_complete, bool)].groupby(["model", "epoch"])
        return {key: rows.set_index("seed").sort_index() for key, rows in groups}

    def of_epoch(self, model: str, epoch: int) -> pandas.DataFrame:
        """Return the rows of a model after an epoch, by seed, from those trainings alone that are complete."""
        return self.rows_by_epoch.get((model, epoch), self.epochs[:0].set_index("seed"))

    def at_end(self, model: str) -> pandas.DataFrame:
        """Return the rows of a model after the last epoch, by seed, from complete trainings."""
        return self.of_epoch(model, self.config["epochs"])

    def complete_seeds(self, model: str) -> list[int]:
        """Return the seeds with which a model has finished all epochs."""
        planned = self.config["epochs"]
        return sorted(int(seed) for (name, seed), n in self.epochs_done.items() if name == model and n == planned)

    def partial_trainings(self) -> list[tuple[str, int, int]]:
        """Return (model, seed, epochs finished) of every training that was planned and is not complete."""
        counts = [(model, seed, int(self.epochs_done.get((model, seed), 0))) for model, seed in self.trainings]
        return [(model, seed, count) for model, seed, count in counts if count < self.config["epochs"]]


def study_of(folder: str | Path) -> Study:
    """Return the `Study` of one run's folder.

    Raises:
        UsageError: if it cannot be read.
    """
    return pool(open_runs([folder]))


def open_runs(folders: Iterable[str | Path]) -> list[Run]:
    """Return the runs in some folders, and warn of those that cannot be read.

    Args:
        folders: paths of the runs' folders, one at least.

    Raises:
        UsageError: if none can be read.
    """
    runs, refusals = [], []
    for folder in folders:
        try:
            run = open_run(folder)
            if not trainings_of(run):
                raise UsageError(
                    f"{printable(run.folder)} holds no training: its config.json names no models or no seeds; "
                    "name the folder of a run"
                )
            runs.append(run)
        except HarnessError as error:
            refusals.append(error)
    if not runs:
        raise refusals[0]
    for refusal in refusals:
        warn(f"warning: a run is left out: {refusal}")
    return runs


def find_run_folders(folder: str | Path) -> list[Path]:
    """Return the paths of the runs below a folder, or of the folder itself if it is one.

    Raises:
        UsageError: if there is none, or the folder cannot be read.
    """
    folder = Path(folder)
    try:
        paths = sorted(path.parent for path in folder.rglob("epochs.csv"))
    except (OSError, ValueError) as error:  # a name that is too long, or cannot be one
        raise UsageError(f"{printable(folder)} cannot be read: {one_line(error)}; name a folder with runs") from error
    if not paths:
        raise UsageError(
            f"{printable(folder)} holds no run: there is no epochs.csv in it or below; name a folder with runs"
        )
    return paths


def find_studies(folders: Iterable[str | Path]) -> list[Study]:
    """Return the studies below some folders: runs whose settings differ are not pooled.

    Runs below one folder are pooled oldest first; those that cannot be read are warned of and left out.

    Raises:
        UsageError: if a folder holds no run, or none can be read.
    """
    paths = [path for folder in folders for path in sorted(find_run_folders(folder), key=lambda path: path.name)]
    groups = {}
    for run in open_runs(paths):
        for damage in run.damages:
            warn(f"warning: {printable(run.folder)}: {damage}")
        groups.setdefault(pooling_key(run.config), []).append(run)
    return told_apart([pool(runs) for runs in groups.values()])


def told_apart(studies: list[Study]) -> list[Study]:
    """Rename data sets of one name and other content, as `leaves (y_train 3f2a91c)`, and return the studies."""
    contents = {}
    for study in studies:
        if study.config.get("sha256"):
            contents.setdefault(study.config["dataset"], []).append(study)
    for same_name in contents.values():
        sums = [study.config["sha256"] for study in same_name]
        differing = next((array for array in sums[0] if len({one.get(array) for one in sums}) > 1), None)
        if differing:
            for study, own in zip(same_name, sums, strict=True):
                study.config["dataset"] += f" ({differing} {own.get(differing, 'unknown')[:7]})"
    return studies


def pooling_key(config: dict) -> str:
    """Return, of a run's `config.json`, what runs must have in common to be pooled, as one text."""
    return json.dumps({name: config.get(name) for name in SETTINGS}, sort_keys=True)


def pool(runs: Sequence[Run]) -> Study:
    """Return the `Study` of runs with equal settings, oldest first.

    Where a model was trained twice with one seed, the newer training counts, unless the older alone is complete, and a
    note says so.
    """
    trainings, notes = {}, []
    rows = {id(run): rows_by_training(run) for run in runs}

    def is_complete(run: Run, training: tuple[str, int]) -> bool:
        own = rows[id(run)].get(training)
        return own is not None and own["epoch"].nunique() == run.config["epochs"]

    for run in runs:
        for training in trainings_of(run):
            older = trainings.get(training)
            keeps_older = older and is_complete(older, training) and not is_complete(run, training)
            trainings[training] = older if keeps_older else run
            if older:
                model, seed = training
                counts, other = (older, run) if keeps_older else (run, older)
                why = ", which is not complete" if keeps_older else ""
                notes.append(
                    f"{model} was trained twice with seed {seed}: {counts.folder.name} counts, not "
                    f"{other.folder.name}{why}."
                )
    if beside := sum(run.beside_other_runs for run in runs):
        which = "" if beside == len(runs) else f" of {beside} of {len(runs)} runs"
        notes.append(f"Seconds{which} are left out: runs that are trained beside each other slow each other.")
    config = dict(runs[-1].config)
    config["models"] = list(dict.fromkeys(model for model, _ in trainings))
    config["seeds"] = sorted({seed for _, seed in trainings})
    config["n_parameters"] = {
        model: count for run in runs for model, count in run.config.get("n_parameters", {}).items()
    }
    config["threads"] = list(dict.fromkeys(run.config.get("threads") for run in runs))
    found = [rows[id(run)][training] for training, run in trainings.items() if training in rows[id(run)]]
    epochs = pandas.concat(found or [runs[-1].epochs], ignore_index=True)
    failures = {
        (entry["model"], entry["seed"]): entry["error"]
        for run in runs
        for entry in run.failures
        if trainings.get((entry["model"], entry["seed"]), run) is run  # and was not trained again since
    }
    predictions = {
        training: item
        for run in runs
        for item in run.predictions
        for training in [(item.model, item.seed)]
        if trainings.get(training) is run and is_complete(run, training)
    }
    epochs = epochs.astype({"seed": int, "epoch": int})
    return Study(
        config, tuple(trainings), epochs, failures, tuple(notes), predictions, proofs_of(runs, config["models"])
    )


def proofs_of(runs: Sequence[Run], models: Iterable[str]) -> tuple[ModelProof, ...]:
    """Return the proof of each model that has one: of several the one with a difference, or else the newest."""
    proofs = {}
    for run in runs:
        for proof in run.proofs:
            older = proofs.get(proof.model)
            if older is None or older.same is None or (older.same and proof.same is not None):
                proofs[proof.model] = proof
    return tuple(proofs[model] for model in models if model in proofs)


def trainings_of(run: Run) -> list[tuple[str, int]]:
    """Return (model, seed) of every training of a run that was planned, or of which there is a record."""
    planned = [(model, seed) for model in run.models for seed in run.config["seeds"]]
    found = zip(run.epochs["model"], run.epochs["seed"].astype(int), strict=True)
    return list(dict.fromkeys([*planned, *found]))


def rows_by_training(run: Run) -> dict[tuple[str, int], pandas.DataFrame]:
    """Return the rows of every training of a run, by (model, seed)."""
    return dict(iter(run.epochs.groupby(["model", "seed"])))
