"""The two runs: reading them, and checking that they can be compared."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from harness.base.errors import UsageError
from harness.compare.metrics import SECONDS, Metric
from harness.results import open_run, read_epochs
from harness.results.files import read_json
from harness.results.studies import Study, pool

TITLES = {"n_train": "training images", "n_test": "test images", "n_parameters": "parameters"}

# The format is one that this version reads, or the run would have been refused; what was published follows from
# experiment and data set.
NOT_COMPARED = ("format", "published")
MISSING = object()


@dataclass(frozen=True)
class Side:
    """A run, as one side of a comparison.

    Attributes:
        name: A or B.
        folder: of the run.
        config: as in `config.json`.
        environment: as in `environment.json`; empty if that cannot be read.
        study: the run's trainings.
        seeds: of every model, finished or not, the seeds with which it is.
    """

    name: str
    folder: Path
    config: dict
    environment: dict
    study: Study
    seeds: dict[str, list[int]]

    @property
    def models(self) -> list[str]:
        """The names of all models, whether or not they finished."""
        return list(self.seeds)

    @property
    def is_timed(self) -> bool:
        """Whether its seconds are comparable: it was not trained beside other runs."""
        return not self.environment.get("beside_other_runs")

    def finished_models(self) -> list[str]:
        """Return the models of which a training is complete."""
        return [model for model, seeds in self.seeds.items() if seeds]

    def values(self, model: str, metric: Metric) -> pd.Series:
        """Return a metric of a model's complete trainings, by seed.

        Scores are those after the last epoch, and seconds the median of all epochs.
        """
        if metric is not SECONDS:
            return self.study.at_end(model)[metric.column]
        epochs = self.study.epochs
        rows = epochs[(epochs["model"] == model) & epochs["seed"].isin(self.seeds[model])]
        return rows.groupby("seed")[metric.column].agg(lambda seconds: seconds.median(skipna=False))


def open_side(name: str, folder: Path | str) -> Side:
    """Return the `Side` of a run's folder.

    Raises:
        UsageError: if it is not the folder of a run, or its records cannot be read.
    """
    run = open_run(folder)
    # Opening a run makes nothing of records that are damaged, as if no epoch had been finished. Here that is an error.
    read_epochs(folder)
    if not run.models or not run.config["seeds"]:
        raise UsageError(f"{run.folder / 'config.json'} names no models or no seeds; name the folder of a run")
    study = pool([run])
    seeds = {model: study.complete_seeds(model) for model in study.config["models"]}
    return Side(name, run.folder, run.config, read_environment(run.folder), study, seeds)


def read_environment(folder: Path) -> dict:
    """Return what is in `environment.json`, or an empty dictionary where that cannot be read."""
    try:
        return read_json(folder / "environment.json")
    except (OSError, ValueError):
        return {}


def common_seeds(a: Side, b: Side, model: str) -> list[int]:
    """Return the seeds with which both runs have finished a model."""
    return sorted(set(a.seeds[model]) & set(b.seeds[model]))


def is_paired(a: Side, b: Side, model: str) -> bool:
    """Return whether trainings of a model with one seed belong together: of one experiment, with a seed in common."""
    return a.config["experiment"] == b.config["experiment"] and bool(common_seeds(a, b, model))


def side_by_side(a: Side, b: Side, model: str, metric: Metric) -> list[pd.Series]:
    """Return a metric of a model in A and in B, by seed: of the seeds in common if they are paired, or else of all."""
    both = [side.values(model, metric) for side in (a, b)]
    return [values.loc[common_seeds(a, b, model)] for values in both] if is_paired(a, b, model) else both


def check_comparable(a: Side, b: Side, gated: list[Metric]) -> None:
    """Raise `UsageError` unless two `Side`s were scored on the same images, and there is something to compare.

    Args:
        a: a `Side`.
        b: another.
        gated: the `Metric`s of `--fail`, if it is given. Then it is B's failure, and no wrong usage, if it has finished
            nothing.
    """
    check_same("data sets", a, b, "dataset", "train one of them again with the other's --dataset")
    check_same_arrays(a, b)
    check_same("limits", a, b, "limit", "train one of them again with the other's --limit, or without one")
    check_same("numbers of test images", a, b, "n_test", "train one of them again with the other's data and --limit")
    for side in (a, b):
        if SECONDS in gated and not side.is_timed:
            raise UsageError(
                f"--fail seconds is for runs that were trained alone, and {side.name}, {side.folder}, was trained "
                "beside others; leave it out, or train it again with harness.run"
            )
    for side in [a] if gated else [a, b]:
        if not side.finished_models():
            raise UsageError(
                f"{side.name}, {side.folder}, has finished no model: {'; '.join(partial_texts(side))}; allowed "
                "are runs with a model that is trained to the end; wait until one is, or name another run"
            )


def check_same(what: str, a: Side, b: Side, key: str, mend: str) -> None:
    """Raise `UsageError` if a value of the configuration is known of both runs, and differs."""
    in_a, in_b = a.config.get(key, MISSING), b.config.get(key, MISSING)
    if MISSING not in (in_a, in_b) and in_a != in_b:
        raise UsageError(
            f"the {what} differ: {text_of(in_a)} of A, {a.folder}, and {text_of(in_b)} of B, {b.folder}; "
            f"allowed are two runs with the same; name others, or {mend}"
        )


def check_same_arrays(a: Side, b: Side) -> None:
    """Raise `UsageError` if data sets of one name are known to hold different arrays."""
    in_a, in_b = a.config.get("sha256") or {}, b.config.get("sha256") or {}
    names = [name for name in in_a if name in in_b and in_a[name] != in_b[name]]
    if names:
        sums = ", ".join(f"{name} {text_of(in_a[name])} of A and {text_of(in_b[name])} of B" for name in names)
        raise UsageError(
            f"the data sets of the name {a.config['dataset']} differ in sha256: {sums}; allowed are two runs on the "
            "same arrays; name others, or train one of them again on the other's data"
        )


def partial_texts(side: Side) -> list[str]:
    """Return a line for every training that is left out because it is not complete."""
    return [
        f"{model} with seed {seed} finished {finished} of {side.config['epochs']} epochs"
        for model, seed, finished in side.study.partial_trainings()
    ]


def flatten(values: dict) -> dict:
    """Return the values of nested dictionaries by readable name, such as "sha256: x_train"."""
    flat = {}
    for key, value in values.items():
        name = TITLES.get(key, key.replace("_", " "))
        if key in NOT_COMPARED:
            continue
        if isinstance(value, dict):
            flat |= {f"{name}: {inner}": leaf for inner, leaf in leaves(value)}
        else:
            flat[name] = value
    return flat


def leaves(values: dict) -> Iterator[tuple[str, object]]:
    """Yield name and value of everything in nested dictionaries; names stay as they were written."""
    for key, value in values.items():
        if isinstance(value, dict):
            yield from ((f"{key}: {inner}", leaf) for inner, leaf in leaves(value))
        else:
            yield key, value


def text_of(value: object) -> str:
    """Return a value of a JSON file as text; of checksums and commits the first twelve digits."""
    if value is MISSING:
        return "-"
    if value is None:
        return "none"
    if isinstance(value, list):
        return ", ".join(map(text_of, value))
    return re.sub(r"\b([0-9a-f]{12})[0-9a-f]{28,}\b", r"\1…", str(value))
