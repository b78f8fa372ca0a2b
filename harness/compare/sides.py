"""One of the two runs: its settings, and the numbers of its complete trainings."""

from dataclasses import dataclass
from pathlib import Path

from harness.base.errors import UsageError
from harness.compare.metrics import SECONDS
from harness.results import open_run, read_epochs
from harness.results.files import read_json
from harness.results.studies import Study, pool


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
    def models(self):
        """The names of all models, whether or not they finished."""
        return list(self.seeds)

    @property
    def is_timed(self):
        """Whether its seconds tell of it alone, and not of runs beside it too."""
        return not self.environment.get("beside_other_runs")

    def finished_models(self):
        """Return the models of which a training is complete."""
        return [model for model, seeds in self.seeds.items() if seeds]

    def values(self, model, metric):
        """Return a metric of a model's complete trainings, by seed.

        Scores are those after the last epoch, and seconds the median of all epochs.
        """
        if metric is not SECONDS:
            return self.study.at_end(model)[metric.column]
        epochs = self.study.epochs
        rows = epochs[(epochs["model"] == model) & epochs["seed"].isin(self.seeds[model])]
        return rows.groupby("seed")[metric.column].agg(lambda seconds: seconds.median(skipna=False))


def open_side(name, folder):
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


def read_environment(folder):
    """Return what is in `environment.json`, or an empty dictionary where that cannot be read."""
    try:
        return read_json(folder / "environment.json")
    except (OSError, ValueError):
        return {}


def common_seeds(a, b, model):
    """Return the seeds with which both runs have finished a model."""
    return sorted(set(a.seeds[model]) & set(b.seeds[model]))


def is_paired(a, b, model):
    """Return whether trainings of a model with one seed belong together: of one experiment, with a seed in common."""
    return a.config["experiment"] == b.config["experiment"] and bool(common_seeds(a, b, model))


def side_by_side(a, b, model, metric):
    """Return a metric of a model in A and in B, by seed: of the seeds in common if they are paired, or else of all."""
    both = [side.values(model, metric) for side in (a, b)]
    return [values.loc[common_seeds(a, b, model)] for values in both] if is_paired(a, b, model) else both
