"""Every seed after the last epoch: how far seeds of one model are apart, and models from each other."""

from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from harness.base.errors import DataError
from harness.base.numbers import named_seeds_text, why_no_interval
from harness.base.statistics import mean_interval, single_run_interval
from harness.plots.published import published_star, show_also
from harness.plots.strip_plot import (
    BAND_COLOR,
    BAND_EDGE,
    CAPTION_SIZE,
    DASHES,
    Strip,
    caption,
    draw_strip,
    is_cut,
    point_style,
)
from harness.plots.style import add_title, short_name
from harness.results.reading import Run
from harness.results.studies import Study, pool
from harness.summaries.model_styles import ModelStyle, styles_for
from harness.summaries.published import published_values
from harness.summaries.scores import name_of_loss

# Column of epochs.csv: label, lowest and highest possible value.
PANELS = {
    "test_accuracy": ("accuracy (fraction correct)", 0, 1),
    "test_macro_f1": ("macro-F1 (0 to 1)", 0, 1),
    "test_loss": ("test loss", 0, np.inf),
}
MOST_NUMBERED_SEEDS = 12
MOST_MODELS_BESIDE = 2  # with more of them, the panels stand one above the other
# How much longer than the points reach a scale may get to show intervals and published values, on each side.
MOST_STRETCH = 2.5
LEAST_SCALE = 1e-3


def seeds_figure(run: Run) -> Figure | None:
    """Draw accuracy, macro-F1 and test loss after the last epoch: each seed of each model, means and intervals.

    Args:
        run: the run.

    Returns:
        The figure, or None for a run of one seed, which has nothing to compare. Seeds that did not finish are left out,
        and named in the title.

    Raises:
        DataError: no seed has finished.
    """
    study = pool([run])
    if len(study.config["seeds"]) < 2:
        return None
    models = [model for model in study.config["models"] if len(study.at_end(model))]
    if not models:
        raise DataError("no seed has all its epochs yet")
    styles = styles_for(run.models)
    numbered = len(study.config["seeds"]) <= MOST_NUMBERED_SEEDS
    figure, panels, size = _make_panels(len(models))
    drawn = []
    for axes, column in zip(panels, PANELS, strict=True):
        strips = [_strip(study, model, column, place, styles[model]) for place, model in enumerate(models)]
        _draw_panel(axes, strips, size, numbered)
        label = PANELS[column][0]
        axes.set_ylabel(f"{label} ({name_of_loss(run.config)})" if column == "test_loss" else label)
        drawn += [(axes, strip) for strip in strips]
    _add_legend(figure, drawn, numbered)
    add_title(figure, run, f"Each seed after epoch {study.config['epochs']}", _notes(study, models))
    return figure


def _make_panels(n_models: int) -> tuple[Figure, list[Axes], tuple[float, float]]:
    """Return a figure, its panels, and about the width and height of each in points."""
    if n_models <= MOST_MODELS_BESIDE:
        figure = Figure(figsize=(6 + 3 * n_models, 6.6), layout="constrained")
        figure.get_layout_engine().set(w_pad=0.12)
        return figure, list(figure.subplots(1, len(PANELS))), (85 + 72 * n_models, 330)
    figure = Figure(figsize=(9, 12), layout="constrained")
    return figure, list(figure.subplots(len(PANELS), 1)), (570, 195)


def _strip(study: Study, model: str, column: str, position: int, style: ModelStyle) -> Strip:
    values = study.at_end(model)[column]
    found = published_values(study.config, [column])
    published = [item.value for item in found if (item.model, item.epoch) == (model, study.config["epochs"])]
    intervals = None, None
    if not why_no_interval(values):
        possible = PANELS[column][1:]
        intervals = mean_interval(values), tuple(np.clip(single_run_interval(values), *possible))
    return Strip(position, model, style, values, *intervals, published)


def _draw_panel(axes: Axes, strips: list[Strip], size: tuple[float, float], numbered: bool) -> None:
    _set_scale(axes, strips)
    axes.set_xlim(-0.5, len(strips) - 0.5)
    width, height = size[0] / len(strips), size[1]
    places = [draw_strip(axes, strip, (width, height), numbered) for strip in strips]
    for left, right in pairwise(strips):
        both = left.finite.index.intersection(right.finite.index)
        ends = [[(places[strip.position][seed], strip.values[seed]) for strip in (left, right)] for seed in both]
        axes.add_collection(LineCollection(ends, colors="0.65", linewidths=0.6, zorder=2), autolim=False)
    axes.set_xticks(range(len(strips)), [caption(strip, width) for strip in strips], fontsize=CAPTION_SIZE)
    axes.tick_params(axis="x", length=0)
    axes.grid(axis="y", color="0.93")
    axes.set_axisbelow(True)


def _set_scale(axes: Axes, strips: list[Strip]) -> None:
    """Show all points, and intervals and published values too where they are not so far off as to hide the points."""
    points = [value for strip in strips for value in strip.finite] or [0, 1]
    low, high = min(points), max(points)
    if high - low < LEAST_SCALE:
        low, high = (low + high - LEAST_SCALE) / 2, (low + high + LEAST_SCALE) / 2
    axes.set_ylim(low - 0.06 * (high - low), high + 0.06 * (high - low))
    ends = [end for strip in strips for end in strip.single_runs or ()]
    show_also(axes, ends + [value for strip in strips for value in strip.published], MOST_STRETCH)


def _notes(study: Study, models: list[str]) -> list[str]:
    notes = []
    counts = {model: study.config["n_parameters"].get(model) for model in models}
    if len({*counts.values()} - {None}) > 1:
        texts = [f"{short_name(model)} {count:,}" for model, count in counts.items() if count is not None]
        notes.append(f"not of one size, in parameters: {'; '.join(texts)}")
    partial = {}
    for model, seed, _ in study.partial_trainings():
        partial.setdefault(model, []).append(seed)
    if partial:
        texts = [f"{short_name(model)} {named_seeds_text(seeds)}" for model, seeds in partial.items()]
        notes.append(f"left out, as not finished: {'; '.join(texts)}")
    return notes


def _add_legend(figure: Figure, drawn: list[tuple[Axes, Strip]], numbered: bool) -> None:
    plain = ModelStyle("0.3", "o", (), 1.8, 7.0)
    seed, line = "one seed, with its number" if numbered else "one seed", {}
    if any(strip.position for _, strip in drawn):
        seed, line = f"{seed}; a line joins equal seeds", {"linestyle": "-", "linewidth": 0.6}
    entries = {seed: Line2D([], [], **{**point_style(plain), **line})}
    if any(strip.mean_interval for _, strip in drawn):
        mean = Line2D([], [], color="black", linewidth=1.3, marker="o", markersize=plain.marker_size)
        entries["mean over seeds, and its 95 % t interval"] = mean
        entries["95 % of single runs fall here"] = Patch(facecolor=BAND_COLOR, edgecolor=BAND_EDGE)
    if any(is_cut(axes, strip) for axes, strip in drawn):
        arrow = Line2D([], [], linestyle="none", marker="^", markersize=5, color=BAND_EDGE)
        entries["goes on beyond the scale"] = arrow
    if any(strip.published for _, strip in drawn):
        dashed = {"color": "black", "linestyle": (0, DASHES), "linewidth": 1.3}
        entries["published, from one run"] = Line2D([], [], **{**published_star(plain), **dashed})
    figure.legend(entries.values(), entries.keys(), loc="outside lower center", ncols=2, handlelength=4)
