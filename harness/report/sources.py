"""What a report is made of: the runs of some folders, pooled where they belong together, and proofs of parity."""

from dataclasses import dataclass, replace
from pathlib import Path

import pandas

from harness.base.errors import UsageError
from harness.base.text import printable
from harness.report.proofs import Proof, is_proof, open_proof
from harness.results.arrays import Predictions
from harness.results.files import read_json
from harness.results.reading import Run, check_is_run
from harness.results.studies import Study, open_runs, pool, pooling_key, told_apart, trainings_of

# A page for reading: further models are left to the tables of `harness.tables`.
MOST_MODELS = 12


@dataclass(frozen=True)
class Chapter:
    """Runs with equal settings.

    Attributes:
        study: the pooled runs, of the first 12 models.
        runs: oldest first.
        source: the run that each training counts from, by (model, seed).
        environments: what stands in each run's `environment.json`, in the order of the runs; {} where it is unreadable.
        notes: what could not be read or is left out.
    """

    study: Study
    runs: tuple[Run, ...]
    source: dict[tuple[str, int], Run]
    environments: tuple[dict, ...]
    notes: tuple[str, ...]

    @property
    def config(self) -> dict:
        """The configuration, as of the `Study`."""
        return self.study.config

    @property
    def models(self) -> list[str]:
        """The models, in their order."""
        return self.study.config["models"]

    @property
    def class_names(self) -> list[str]:
        """One name for every class."""
        return self.runs[-1].class_names

    @property
    def epochs(self) -> pandas.DataFrame:
        """The rows of the models that are shown."""
        return self.study.epochs[self.study.epochs["model"].isin(self.models)]

    def predictions(self) -> dict[tuple[str, int], Predictions]:
        """Return what each training answered, by (model, seed) in their order, of those that are complete."""
        found = self.study.predictions
        complete = [(model, seed) for model in self.models for seed in self.study.complete_seeds(model)]
        return {training: found[training] for training in complete if training in found}


@dataclass(frozen=True)
class Sources:
    """All that goes into one report."""

    chapters: tuple[Chapter, ...]
    proofs: tuple[Proof, ...]


def open_sources(folders: list | tuple[Path, ...]) -> Sources:
    """Read the folders of runs and of proofs; runs that cannot be read are warned of and left out.

    Raises:
        UsageError: a folder is neither, or there is no run among them that can be read.
    """
    folders = [Path(folder) for folder in dict.fromkeys(map(str, folders))]
    proofs = [open_proof(folder) for folder in folders if is_proof(folder)]
    runs = [folder for folder in folders if is_run(folder) or not is_proof(folder)]
    if not runs:
        raise UsageError(f"{printable(folders[0])} is a proof of parity; name the folder of a run as well")
    for folder in runs:
        check_is_run(folder)
    groups = {}
    for run in sorted(open_runs(runs), key=lambda run: run.folder.resolve().name):
        groups.setdefault(pooling_key(run.config), []).append(run)
    chapters = tuple(map(make_chapter, groups.values()))
    told_apart([chapter.study for chapter in chapters])
    return Sources(chapters, tuple(proofs))


def is_run(folder: Path) -> bool:
    """Return whether a folder looks like that of a run."""
    return (folder / "epochs.csv").is_file() and (folder / "config.json").is_file()


def make_chapter(runs: list[Run]) -> Chapter:
    """Return the `Chapter` of runs with equal settings, oldest first."""
    study, notes = pool(runs), []
    models = study.config["models"]
    if len(models) > MOST_MODELS:
        notes.append(f"Of {len(models)} models the first {MOST_MODELS} are shown; python -m harness.tables shows all.")
        study = replace(study, config=study.config | {"models": models[:MOST_MODELS]})
    environments = []
    for run in runs:
        try:
            environments.append(read_json(run.folder / "environment.json"))
        except (OSError, ValueError) as error:
            environments.append({})
            reason = "is missing" if isinstance(error, FileNotFoundError) else "cannot be read"
            notes.append(f"environment.json of {printable(run.folder.name)} {reason}.")
    source = {training: run for run in runs for training in trainings_of(run)}
    return Chapter(study, tuple(runs), source, tuple(environments), tuple(notes))
