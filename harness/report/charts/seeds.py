"""Accuracy after the last epoch, seed by seed: each model's, and the differences between models."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair

from harness.base import statistics
from harness.base.text import one_line
from harness.report.charts.drawing import (
    Chart,
    color,
    make_chart,
    only_switched_on,
    rows_as_data,
    shape,
    switchable,
    tips,
)
from harness.summaries.differences import is_paired
from harness.summaries.published import published_values

if TYPE_CHECKING:
    import pandas

    from harness.report.sources import Chapter
    from harness.summaries.model_styles import ModelStyle

ROW_HEIGHT = 58
BELOW = 15  # pixels from the seeds of a row to its mean
MOST_SEEDS = 200  # of a model, as points; means and intervals are of all
SUBTITLE = "open: seeds; filled: their mean, with its 95 % t interval"


def seeds_charts(chapter: Chapter, styles: dict[str, ModelStyle]) -> list[Chart]:
    """Return the charts of a chapter with more than one seed: accuracies, and differences from the first model."""
    ends = {model: chapter.study.at_end(model) for model in chapter.models}
    values = {model: rows["test_accuracy"].dropna() for model, rows in ends.items()}
    values = {model: own for model, own in values.items() if len(own)}
    if not values or max(map(len, values.values())) < 2:
        return []
    first, *others = chapter.models
    paired = [other for other in others if is_paired(chapter.study, other, first)]
    differences = {other: (ends[other]["test_accuracy"] - ends[first]["test_accuracy"]).dropna() for other in paired}
    differences = {other: own for other, own in differences.items() if len(own)}
    charts = [accuracies_chart(chapter, values, styles)]
    return [*charts, differences_chart(first, differences, styles)] if differences else charts


def accuracies_chart(chapter: Chapter, values: dict[str, pandas.Series], styles: dict[str, ModelStyle]) -> Chart:
    """Return the chart of each seed's accuracy, with mean and interval, and lines that join equal seeds."""
    options = {"title": "test accuracy", "scale": altair.Scale(zero=False, padding=12), "axis": axis(".4~f")}
    x, y = altair.X("value:Q", **options), rows_axis(list(values))
    lines = seeds_layer(values).mark_line(color="var(--axis)", strokeWidth=1)
    published = [
        {"model": item.model, "value": float(item.value)}
        for item in published_values(chapter.config, ["test_accuracy"])
        if item.epoch == chapter.config["epochs"] and item.model in values
    ]
    bars = only_switched_on(altair.Chart(rows_as_data(published)), by_seed=False)
    bars = bars.mark_tick(thickness=2.5, size=34, color="var(--ink)")
    about = tips(model=("published of", None), value=("accuracy", ".4f"))
    layers = [
        lines.encode(x, y, detail="seed:N", order="place:Q"),
        *points_and_intervals(values, options, y, styles, "accuracy", ".4f"),
        *([bars.encode(x, y, tooltip=about)] if published else []),
    ]
    words = f"Point chart of accuracy after the last epoch, a point for each seed. {means_in_words(values, '.4f')}"
    chart = switchable(altair.layer(*layers))
    return make_chart("seeds", "Accuracy of each seed", SUBTITLE, words, chart, ROW_HEIGHT * len(values))


def differences_chart(first: str, differences: dict[str, pandas.Series], styles: dict[str, ModelStyle]) -> Chart:
    """Return the chart of each seed's difference from the first model, with mean and interval, around zero."""
    reach = 1.15 * max(float(own.abs().max()) for own in differences.values()) or 0.001
    scale = altair.Scale(domain=[-reach, reach], nice=True)
    options = {"title": "difference in accuracy, same seed", "scale": scale, "axis": axis("+.4~f")}
    zero = altair.Chart(rows_as_data([{"value": 0.0}])).mark_rule(color="var(--ink)", strokeWidth=1.5)
    layers = [
        zero.encode(altair.X("value:Q", **options)),
        *points_and_intervals(differences, options, rows_axis(list(differences)), styles, "difference", "+.4f"),
    ]
    name = one_line(first, 40)
    words = f"Point chart of differences in accuracy from {name}, a point for each seed, around zero. "
    words += means_in_words(differences, "+.4f")
    chart = switchable(altair.layer(*layers))
    height = ROW_HEIGHT * len(differences)
    return make_chart("differences", f"Difference from {name}", SUBTITLE, words, chart, height)


def points_and_intervals(
    values: dict[str, pandas.Series], options: dict, y: altair.Y, styles: dict[str, ModelStyle], name: str, form: str
) -> list[altair.Chart]:
    """Return the layers of single seeds, and of means with their intervals.

    The latter vanish once a seed is switched off, as they are of all.

    Args:
        values: of each model, by seed.
        options: of the x axis.
        y: the y axis.
        styles: of the models.
        name, form: of the values, for the tooltip of a point.
    """
    x, looks = altair.X("value:Q", **options), (color(styles), shape(styles))
    one = tips(model=("model", None), seed=("seed", None), value=(name, form))
    all_of_them = tips(model=("model", None), value=("mean", form), low=("95 % from", form), high=("to", form))
    rows = []
    for model, own in values.items():
        low, high = statistics.mean_interval(own) if len(own) > 1 else (None, None)
        rows.append({"model": model, "value": float(own.mean()), "low": low, "high": high})
    means = only_switched_on(altair.Chart(rows_as_data(rows)), by_seed=False)
    means = means.transform_filter("length(off_seeds) === 0")
    ends = altair.X("low:Q", **options), altair.X2("high:Q")
    open_points = seeds_layer(values).mark_point(size=60, filled=False, strokeWidth=1.5, opacity=1)
    bars = means.mark_rule(strokeWidth=3, yOffset=BELOW)
    filled_points = means.mark_point(size=90, filled=True, opacity=1, yOffset=BELOW)
    return [
        open_points.encode(x, y, *looks, tooltip=one),
        bars.encode(*ends, y, color(styles), tooltip=all_of_them),
        filled_points.encode(x, y, *looks, tooltip=all_of_them),
    ]


def seeds_layer(values: dict[str, pandas.Series]) -> altair.Chart:
    """Return a layer with a row for each model and seed."""
    rows = [
        {"model": model, "place": place, "seed": int(seed), "value": float(value)}
        for place, (model, own) in enumerate(values.items())
        for seed, value in own.head(MOST_SEEDS).items()
    ]
    return only_switched_on(altair.Chart(rows_as_data(rows)))


def means_in_words(values: dict[str, pandas.Series], form: str) -> str:
    """Return mean and range of each model in a sentence."""
    means = [
        f"{one_line(model, 40)} {own.mean():{form}}, seeds from {own.min():{form}} to {own.max():{form}}"
        for model, own in values.items()
    ]
    return f"Means: {'; '.join(means)}."


def rows_axis(models: list[str]) -> altair.Y:
    """Return the y axis: a row for each model, in their order."""
    return altair.Y("model:N", sort=models, title=None, axis=altair.Axis(ticks=False, domain=False, labelPadding=8))


def axis(form: str) -> altair.Axis:
    """Return the axis of values."""
    return altair.Axis(format=form, tickCount=5)
