"""The metrics of two runs side by side, for every model that both have finished."""

import numpy as np

from harness import statistics
from harness.compare.comparable import partial_texts
from harness.compare.metrics import SECONDS, SHOWN
from harness.compare.sides import common_seeds, side_by_side
from harness.results.waiting import waiting_note
from harness.tables.differences import smallest_p_note
from harness.tables.markdown import markdown
from harness.tables.numbers import interval_text, mean_text, p_text, seeds_text


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
    rows = [("model", "metric", "seeds", "A", "B", "B - A", "95 % interval", "p")]
    shown = [metric for metric in SHOWN if metric is not SECONDS or (a.is_timed and b.is_timed)]
    rows += [row_of(a, b, model, metric) for model in models for metric in shown]
    several = any(len(common_seeds(a, b, model)) > 1 for model in models)
    return markdown(rows if several else [row[:6] for row in rows], n_names=3)


def row_of(a, b, model, metric):
    """Return the row of one metric of one model."""
    in_a, in_b = side_by_side(a, b, model, metric)
    seeds = common_seeds(a, b, model)
    differences = in_b - in_a if seeds else []
    return (
        model,
        metric.title,
        seeds_text(seeds),
        values_text(in_a, metric.digits),
        values_text(in_b, metric.digits),
        difference_text(in_b.mean(skipna=False) - in_a.mean(skipna=False), metric.digits),
        interval_text(statistics.mean_interval, differences, metric.digits, signed=True),
        p_text(differences),
    )


def values_text(values, digits):
    """Return mean and standard deviation, or the one value there is."""
    return mean_text(values, digits) if np.isfinite(values).all() else "not finite"


def difference_text(difference, digits):
    """Return a difference with its sign."""
    return f"{difference:+.{digits}f}" if np.isfinite(difference) else "-"


def left_out(a, b, models):
    """Return a line for everything that is in one run alone or not complete."""
    lines = []
    for side, other in ((a, b), (b, a)):
        lines += [f"In {side.name} alone: {model}." for model in side.models if model not in other.models]
        for model in models:
            seeds = set(side.seeds[model]) - set(other.seeds[model])
            if seeds:
                lines.append(f"Complete in {side.name} alone: {model} with seed {seeds_text(seeds)}.")
        lines += [f"Partial in {side.name}, and left out: {line}." for line in partial_texts(side)]
    return lines


def explanations(a, b, models):
    """Return what the columns of the table mean, and why some of them say nothing."""
    n_seeds = {model: len(common_seeds(a, b, model)) for model in models}
    lines = []
    if apart := [model for model in models if n_seeds[model] == 0]:
        lines.append(
            f"{', '.join(apart)}: A and B have no seed in common, so means are over all complete seeds of each, and "
            "there is no interval."
        )
    if single := [model for model in models if n_seeds[model] == 1]:
        lines.append(f"{', '.join(single)}: one seed in common has no interval; --seeds 0 1 2 gives one.")
    if several := sorted({n for n in n_seeds.values() if n > 1}):
        lines.append("The interval is that of the mean of B - A, paired by seed.")
        lines += [smallest_p_note(several)] if several else []
    if a.is_timed and b.is_timed:
        lines.append("Seconds per epoch are the median of a training's epochs.")
        lines += [f"{side.name}: {note}" for side in (a, b) if (note := waiting_note(side.study.epochs))]
    return lines if models else []
