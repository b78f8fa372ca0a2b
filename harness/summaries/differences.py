"""How far models of a study are apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.base import statistics
from harness.base.numbers import interval_text, margin_text, p_text, seeds_text, why_no_interval
from harness.experiments import base_of
from harness.summaries.scores import MEASURES

if TYPE_CHECKING:
    import pandas

    from harness.base.statistics import Difference
    from harness.results.studies import Study

TEST_HEADING = ("95 % interval", "p", "p, Holm", "equal within")
MEANING = (
    "Interval and p are of a t test. A large p does not show that two are equal: two one-sided tests at 5 % show it "
    f"within the margin of the last column. Unpaired with fewer than {statistics.FEWEST_FOR_OWN_SPREAD} seeds, both "
    "sides are taken to spread alike."
)
HEADING = ("difference", "of", "paired", "seeds", "mean", *TEST_HEADING)


def rows_of(study: Study) -> list:
    """Return a row for each measure of every model but the first, if there are two seeds to compare.

    A row is its cells before the mean, as text, and the `Difference`, or in words why there is none.
    """
    first, *others = study.config["models"]
    rows = []
    for other in others:
        paired = is_paired(study, other, first)
        samples = samples_of(study.at_end(other), study.at_end(first), paired)
        if min(map(len, samples)) < 2:
            continue
        seeds = list(dict.fromkeys(seeds_text(sample.index) for sample in samples))
        how = "yes" if paired else "no", " against ".join(seeds)
        rows += [
            (f"{other} - {first}", measure, *how, difference_of(*(sample[column] for sample in samples), paired))
            for measure, column in MEASURES.items()
        ]
    return rows


def is_paired(study: Study, model: str, other: str) -> bool:
    """Return whether each seed gives two models the same weights and order; of unknown experiments it is believed."""
    experiment = base_of(study.config)
    return experiment is None or experiment.pairs(model, other)


def samples_of(rows: pandas.DataFrame | pandas.Series, others: pandas.DataFrame | pandas.Series, paired: bool) -> tuple:
    """Return two tables by seed: with all their rows, or paired with the rows of the seeds that are in both."""
    if not paired:
        return rows, others
    seeds = rows.index.intersection(others.index)
    return rows.loc[seeds], others.loc[seeds]


def difference_of(values: pandas.Series, others: pandas.Series, paired: bool) -> Difference | str:
    """Return the `Difference` of two samples, of which paired ones have the same seeds, or in words why there is none.

    Args:
        values: a Series by seed.
        others: what is subtracted, the same.
        paired: whether values of one seed belong together.
    """
    if problem := why_no_interval(values, others):
        return problem
    return statistics.paired_difference(values - others) if paired else statistics.unpaired_difference(values, others)


def cells_of(rows: list) -> list[tuple[str, ...]]:
    """Return the cells of all rows of a table: names, mean difference, and what the tests say."""
    tests = cells_of_tests([found for *_, found in rows])
    return [
        (*names, "-" if isinstance(found, str) else f"{found.mean:+.4f}", *cells)
        for (*names, found), cells in zip(rows, tests, strict=True)
    ]


def cells_of_tests(differences: list, digits: list[int] | None = None) -> list[tuple[str, ...]]:
    """Return interval, p, corrected p and margin of each difference of a family of tests, as text.

    Args:
        differences: each a `Difference`, or in words why there is none.
        digits: behind the point, one for each. Default 4 for all.
    """
    found = [item for item in differences if isinstance(item, statistics.Difference)]
    corrected = iter(statistics.holm([item.p for item in found]))
    digits = digits or [4] * len(differences)
    return [
        (item, "-", "-", "-")
        if isinstance(item, str)
        else (
            interval_text(item.low, item.high, places, signed=True),
            p_text(item.p),
            p_text(next(corrected)),
            margin_text(item.equal_within, places),
        )
        for item, places in zip(differences, digits, strict=True)
    ]


def family_note(rows: list) -> str:
    """Return which family of tests the corrected p values of a table are of, whose rows end with a difference."""
    n_tests = sum(isinstance(found, statistics.Difference) for *_, found in rows)
    return f"Holm's correction is for the {n_tests} tests of this table."
