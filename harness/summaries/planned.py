"""What is there of a plan: the values of the seeds that were planned, and of no others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pandas

from harness.experiments import EXPERIMENTS

if TYPE_CHECKING:
    from harness.experiments.study_plan import PlannedStudy
    from harness.results.studies import Study


@dataclass(frozen=True)
class Sample:
    """One column of `epochs.csv` of one model, by seed.

    Attributes:
        values: a Series by seed, of the planned trainings that are complete.
        n_planned: how many there will be.
    """

    values: pandas.Series
    n_planned: int

    @property
    def is_complete(self) -> bool:
        """Whether all planned seeds are there."""
        return len(self.values) == self.n_planned

    @property
    def text(self) -> str:
        """How many of the planned seeds are there, such as "4 of 20"."""
        return f"{len(self.values)} of {self.n_planned}"


@dataclass(frozen=True)
class PlannedRuns:
    """The runs of a plan, as far as they are there.

    Attributes:
        plan: its studies.
        studies: that were found, of any runs.
    """

    plan: tuple[PlannedStudy, ...]
    studies: tuple[Study, ...]

    @cached_property
    def _found(self) -> dict[tuple[str, str], Study]:
        return {
            (study.config["dataset"], study.config["experiment"]): study
            for study in self.studies
            if study.config["limit"] is None and has_own_settings(study.config)
        }

    def sample(self, dataset: str, experiment: str, model: str, column: str, epoch: int | None = None) -> Sample:
        """Return a column of a model after an epoch, by default the last."""
        planned = [
            seed
            for study in self.plan
            if study.dataset == dataset and experiment in study.experiments and model in study.models
            for seed in study.seed_numbers
        ]
        study = self._found.get((dataset, experiment))
        if study is None:
            return Sample(pandas.Series(dtype=float), len(planned))
        values = study.of_epoch(model, epoch or study.config["epochs"])[column]
        return Sample(values[values.index.isin(planned)], len(planned))


def has_own_settings(config: dict) -> bool:
    """Return whether a study has the settings of its experiment."""
    experiment = EXPERIMENTS.get(config["experiment"])
    names = ("epochs", "batch_size", "learning_rate")
    return experiment is not None and all(config[name] == getattr(experiment, name) for name in names)


def seeds_of(samples: Iterable[Sample]) -> str:
    """Return how many of the planned seeds are there on each side, such as "10 of 10, 20 of 20"."""
    return ", ".join(dict.fromkeys(sample.text for sample in samples))
