"""The wall-time panel of the learning curves."""

import textwrap

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from harness.plots.style import seed_points, short_name
from harness.results.waiting import waiting_note
from harness.summaries.model_styles import ModelStyle, side_by_side

LOG_SCALE_FROM = 10
MOST_WRITTEN_VALUES = 20
MOST_MARKERS = 20
LETTERS_A_LINE = 75  # of a note above the panel
ROOM_FOR_MODELS = 0.8  # of the distance from epoch to epoch


def draw_wall_time(axes: Axes, epochs: pd.DataFrame, styles: dict[str, ModelStyle]) -> None:
    """Draw the training seconds of each epoch: a small point for each seed, a big one for their mean.

    With few points the models stand side by side and each mean is written above its point; with many they are curves,
    and a legend gives each model's mean over all epochs. Above stands whether the seconds contain idle waiting.

    Args:
        axes: where to draw.
        epochs: rows of epochs.csv, at least one.
        styles: the style of each model.
    """
    axes.set_ylabel("training time (seconds per epoch)")
    epochs = epochs.dropna(subset=["wall_seconds"])
    if epochs.empty:
        axes.text(0.5, 0.5, "no times of training alone", transform=axes.transAxes, ha="center", color="0.4")
        return
    axes.set_title(textwrap.fill(waiting_note(epochs), LETTERS_A_LINE), fontsize=8, color="0.4")
    lowest = _set_scale(axes, epochs["wall_seconds"], epochs.groupby("model")["wall_seconds"].mean())
    epochs = epochs.assign(height=epochs["wall_seconds"].clip(lower=lowest))
    models = [model for model in styles if (epochs["model"] == model).any()]
    rows_of = {model: epochs[epochs["model"] == model] for model in models}
    if sum(rows["epoch"].nunique() for rows in rows_of.values()) <= MOST_WRITTEN_VALUES:
        for model, offset in side_by_side(models, ROOM_FOR_MODELS).items():
            _draw_written_points(axes, rows_of[model], styles[model], offset, ROOM_FOR_MODELS / len(models))
    else:
        handles = [_draw_curve(axes, rows_of[model], styles[model]) for model in models]
        means = [seconds_text(rows_of[model]["wall_seconds"].mean()) for model in models]
        labels = [f"{short_name(model)}: {mean}" for model, mean in zip(models, means, strict=True)]
        axes.legend(handles, labels, title="mean seconds per epoch")


def seconds_text(seconds: float) -> str:
    """Return seconds with three digits, or all whole ones: "0.00512", "9.31", "1,234"."""
    return f"{seconds:,.0f}" if seconds >= 99.95 or seconds == 0 else f"{seconds:#.3g}"


def _set_scale(axes: Axes, seconds: pd.Series, model_means: pd.Series) -> float:
    """Set the y scale, logarithmic where the models differ more than tenfold; return the lowest value it can show."""
    positive_means, positive = model_means[model_means > 0], seconds[seconds > 0]
    if positive.empty or positive_means.max() <= LOG_SCALE_FROM * positive_means.min():
        axes.set_ylim(0, 1.2 * seconds.max() or 1)
        return 0.0
    # A clock may say zero seconds, which has no place on this scale: such points stand near its lower edge.
    lowest = positive.min() / 2 if (seconds <= 0).any() else positive.min()
    axes.set_yscale("log")
    # Room above the highest point, as a share of the height, for the number written there.
    axes.set_ylim(lowest / 1.6, positive.max() * (positive.max() / lowest) ** 0.15)
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if positive.max() < 300 * lowest else (1,)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    return lowest


def _draw_written_points(axes: Axes, rows: pd.DataFrame, style: ModelStyle, offset: float, share: float) -> None:
    """Draw points `offset` from their epochs; each model has a `share` of the axis, where seeds stand beside means."""
    groups = rows.groupby("epoch")
    means = groups["height"].mean()
    axes.plot(means.index + offset, means, linestyle="none", marker=style.marker, markersize=style.marker_size,
              color=style.color, markeredgecolor="white", clip_on=False)  # fmt: skip
    if rows["seed"].nunique() > 1:
        axes.plot(rows["epoch"] + offset + 0.35 * share, rows["height"], **seed_points(style))
    tops, written = groups["height"].max(), groups["wall_seconds"].mean()
    for epoch in means.index:
        axes.annotate(seconds_text(written[epoch]), (epoch + offset, tops[epoch]), (0, 6), textcoords="offset points",
                      ha="center", va="bottom", fontsize=8)  # fmt: skip


def _draw_curve(axes: Axes, rows: pd.DataFrame, style: ModelStyle) -> Line2D:
    means = rows.groupby("epoch")["height"].mean()
    every = -(-len(means) // MOST_MARKERS)
    (line,) = axes.plot(means.index, means, color=style.color, linewidth=style.line_width, marker=style.marker,
                        markersize=style.marker_size, markeredgecolor="white", markevery=every)  # fmt: skip
    return line
