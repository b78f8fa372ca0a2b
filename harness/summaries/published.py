"""What was published beside what was measured."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.base import statistics
from harness.base.numbers import interval_text, mean_text, why_no_interval
from harness.experiments import Published

if TYPE_CHECKING:
    import pandas

    from harness.results.studies import Study

HEADING = ("model", "epoch", "of", "published", "measured", "measured - published", "single runs, 95 %", "verdict")
NAMES = {"train_loss": "training loss", "test_accuracy": "accuracy", "test_macro_f1": "macro-F1"}


def rows_of(study: Study) -> list[tuple[str, ...]]:
    """Return a row for each published value of a model in the study."""
    published = study.config.get("published", [])
    return [row_of(study, **entry) for entry in published if entry["model"] in study.config["models"]]


def row_of(study: Study, model: str, epoch: int, column: str, value: float) -> tuple[str, ...]:
    """Return the row of one published value."""
    values = study.of_epoch(model, epoch)[column]
    distance = values.mean(skipna=False) - value
    return (
        model,
        str(epoch),
        NAMES.get(column, column),
        f"{value:g}",
        mean_text(values),
        f"{distance:+.4f}" if math.isfinite(distance) else "-",
        *verdict(values, value),
    )


def verdict(values: pandas.Series, value: float) -> tuple[str, ...]:
    """Return the interval of single runs, and whether a published value is in it, in words."""
    if problem := why_no_interval(values):
        return problem, problem
    low, high = statistics.single_run_interval(values)
    return interval_text(low, high), "inside" if low <= value <= high else "outside"


def published_values(config: dict, columns: list[str]) -> list[Published]:
    """Return what was published of a run's models in some columns; nothing where its configuration names none."""
    values = [Published(**entry) for entry in config.get("published") or ()]
    return [item for item in values if item.model in config["models"] and item.column in columns]
