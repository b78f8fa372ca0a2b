"""Loss, accuracy, macro-F1 and wall time against epochs."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from harness.errors import DataError
from harness.plots.house_style import add_title, short_name
from harness.plots.model_styles import ModelStyle, seed_points, side_by_side, styles_for
from harness.plots.wall_time import MOST_MARKERS, draw_wall_time
from harness.results.reading import Run, missing_epochs

PANELS = (
    ("loss (cross-entropy, nats)", {"train": "train_loss", "test": "test_loss"}),
    ("accuracy (fraction correct)", {"train": "train_accuracy", "test": "test_accuracy"}),
    ("macro-F1 (0 to 1)", {"test": "test_macro_f1"}),
)
MOST_EPOCH_TICKS = 12


def learning_curves_figure(run: Run) -> Figure:
    """Draw four panels against epochs: loss, accuracy, macro-F1 and wall time, all models in each.

    Args:
        run: the run.

    Returns:
        The figure. With several seeds every seed is a point and their mean is the line.

    Raises:
        DataError: no epoch is on record.
    """
    if run.epochs.empty:
        raise DataError("epochs.csv holds no epoch yet")
    styles = styles_for(run.models)
    figure = Figure(figsize=(10, 8), layout="constrained")
    *panels, wall_time_panel = figure.subplots(2, 2).flat
    for axes, (label, columns) in zip(panels, PANELS, strict=True):
        _draw_panel(axes, run.epochs, columns, styles)
        axes.set_ylabel(label)
    draw_wall_time(wall_time_panel, run.epochs, styles)
    for axes in [*panels, wall_time_panel]:
        _number_epochs(axes, int(run.epochs["epoch"].max()))
        axes.grid(axis="y", color="0.9")
        axes.set_axisbelow(True)
    _add_legend(figure, {model: styles[model] for model in _recorded(run.epochs, styles)}, run.epochs["seed"].nunique())
    unfinished = missing_epochs(run)
    add_title(figure, run, "Learning curves", [f"unfinished: {'; '.join(unfinished)}"] if unfinished else [])
    return figure


def _recorded(epochs: pd.DataFrame, styles: dict[str, ModelStyle]) -> list[str]:
    return [model for model in styles if (epochs["model"] == model).any()]


def _draw_panel(axes: Axes, epochs: pd.DataFrame, columns: dict[str, str], styles: dict[str, ModelStyle]) -> None:
    # Wide lines first: a narrow one on top leaves both to be seen where they coincide.
    offsets = side_by_side(_recorded(epochs, styles), 0.3)
    for model in sorted(offsets, key=lambda model: -styles[model].line_width):
        rows = epochs[epochs["model"] == model]
        for split, column in columns.items():
            _draw_curve(axes, rows, column, split, styles[model], offsets[model])


def _draw_curve(axes: Axes, rows: pd.DataFrame, column: str, split: str, style: ModelStyle, offset: float) -> None:
    """Draw the mean over seeds as a curve, and beside it, `offset` away, each of several seeds as a point."""
    # np.mean, not pandas' mean, which would pass over a seed that diverged and flatter the others.
    by_epoch = rows.groupby("epoch")[column].agg(lambda values: np.mean(values.to_numpy()))
    every = -(-len(by_epoch) // MOST_MARKERS)
    axes.plot(by_epoch.index, by_epoch, markevery=every, **_line_style(split, style))
    if rows["seed"].nunique() > 1:
        axes.plot(rows["epoch"] + offset, rows[column], **seed_points(style))


def _line_style(split: str, style: ModelStyle) -> dict:
    shared = {"color": style.color, "marker": style.marker, "markersize": style.marker_size}
    if split == "test":
        return {**shared, "linestyle": "-", "linewidth": style.line_width, "markeredgecolor": "white"}
    return {**shared, "linestyle": (0, style.dashes), "linewidth": 0.7 * style.line_width, "markerfacecolor": "white"}


def _number_epochs(axes: Axes, n_epochs: int) -> None:
    axes.set_xticks(range(1, n_epochs + 1, -(-n_epochs // MOST_EPOCH_TICKS)))
    axes.set_xlim(0.5, n_epochs + 0.5)
    axes.set_xlabel("epoch")


def _add_legend(figure: Figure, styles: dict[str, ModelStyle], n_seeds: int) -> None:
    entries = [(short_name(model), Line2D([], [], **_line_style("test", style))) for model, style in styles.items()]
    plain = ModelStyle("0.3", "o", (4, 2), 1.8, 6.0)
    entries += [(split, Line2D([], [], **_line_style(split, plain))) for split in ("train", "test")]
    if n_seeds > 1:
        entries.append(("one seed (line: mean over seeds)", Line2D([], [], **seed_points(plain))))
    names, handles = zip(*entries, strict=True)
    figure.legend(handles, names, loc="outside lower center", ncols=min(len(entries), 6), handlelength=4)
