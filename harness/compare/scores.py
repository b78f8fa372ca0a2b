"""The metrics of two runs side by side, for every model that both have finished."""

import numpy as np

from harness.base.markdown import markdown
from harness.base.numbers import mean_text, seeds_text
from harness.compare.comparable import partial_texts
from harness.compare.metrics import SECONDS, SHOWN
from harness.compare.sides import common_seeds, is_paired, side_by_side
from harness.results.waiting import waiting_note
from harness.summaries.differences import MEANING, TEST_HEADING, cells_of_tests, difference_of, family_note


def scores_text(a, b):
    """Return a table of all metrics of two `Side`s, and below it what a reader of it must know."""
    finished = b.finished_models()
    models = [model for model in a.finished_models() if model in finished]
    lines = ["Complete trainings, after the last epoch:", "", *scores_table(a, b, models)]
    if not models:
        lines = ["No model is complete in both runs."]
    return "\n".join([*lines, "", *left_out(a, b, models), *explanations(a, b, models)]).rstrip()


def scores_table(a, b, models):
    """Return the lines of the table; the columns for several seeds are there if a model has such."""
    shown = [metric for metric in SHOWN if metric is not SECONDS or (a.is_timed and b.is_timed)]
    compared = [(model, metric) for model in models for metric in shown]
    samples = [side_by_side(a, b, *item) for item in compared]
    found = [
        difference_of(in_b, in_a, is_paired(a, b, model))
        for (model, _), (in_a, in_b) in zip(compared, samples, strict=True)
    ]
    tests = cells_of_tests(found, [metric.digits for _, metric in compared])
    rows = [(*row_of(a, b, *item, *both), *cells) for item, both, cells in zip(compared, samples, tests, strict=True)]
    heading = ("model", "metric", "seeds", "A", "B", "B - A")
    if all(isinstance(item, str) for item in found):
        return markdown([heading, *(row[: len(heading)] for row in rows)], n_names=3)
    return [*markdown([(*heading, *TEST_HEADING), *rows], n_names=3), "", family_note(zip(found, strict=True)), MEANING]


def row_of(a, b, model, metric, in_a, in_b):
    """Return the cells of one metric of one model before its tests."""
    difference = in_b.mean(skipna=False) - in_a.mean(skipna=False)
    return (
        model,
        metric.title,
        seeds_text(common_seeds(a, b, model)) if is_paired(a, b, model) else "all",
        mean_text(in_a, metric.digits),
        mean_text(in_b, metric.digits),
        f"{difference:+.{metric.digits}f}" if np.isfinite(difference) else "-",
    )


def left_out(a, b, models):
    """Return a line for everything that is in one run alone or not complete."""
    lines = []
    for side, other in ((a, b), (b, a)):
        lines += [f"In {side.name} alone: {model}." for model in side.models if model not in other.models]
        for model in models:
            seeds = set(side.seeds[model]) - set(other.seeds[model])
            if seeds and is_paired(a, b, model):
                lines.append(f"Complete in {side.name} alone: {model} with seed {seeds_text(seeds)}.")
        lines += [f"Partial in {side.name}, and left out: {line}." for line in partial_texts(side)]
    return lines


def explanations(a, b, models):
    """Return which trainings the rows of the table are of."""
    lines = []
    unpaired = [model for model in models if not is_paired(a, b, model)]
    if unpaired:
        why = (
            "A and B have no seed in common"
            if a.config["experiment"] == b.config["experiment"]
            else "their experiments differ"
        )
        lines.append(f"{', '.join(unpaired)}: not paired, as {why}: all complete seeds of A against all of B.")
    if paired := [model for model in models if model not in unpaired]:
        lines.append(f"{', '.join(paired)}: paired by seed.")
    if single := [model for model in paired if len(common_seeds(a, b, model)) == 1]:
        lines.append(f"{', '.join(single)}: one seed in common has no interval; --seeds 0 1 2 gives one.")
    if a.is_timed and b.is_timed:
        lines.append("Seconds per epoch are the median of a training's epochs.")
        lines += [f"{side.name}: {note}" for side in (a, b) if (note := waiting_note(side.study.epochs))]
    return lines if models else []
