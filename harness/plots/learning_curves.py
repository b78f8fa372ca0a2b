"""Loss, accuracy, macro-F1 and wall time against epochs."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from harness.base.errors import DataError
from harness.experiments import Published
from harness.plots.published import draw_published, published_star, show_also
from harness.plots.style import add_title, seed_points, short_name
from harness.plots.wall_time import MOST_MARKERS, draw_wall_time
from harness.results.reading import Run, missing_epochs
from harness.summaries.model_styles import ModelStyle, side_by_side, styles_for
from harness.summaries.published import published_values
from harness.summaries.scores import name_of_loss

PANELS = (
    ("loss", {"train": "train_loss", "test": "test_loss"}),
    ("accuracy (fraction correct)", {"train": "train_accuracy", "test": "test_accuracy"}),
    ("macro-F1 (0 to 1)", {"test": "test_macro_f1"}),
)
MOST_EPOCH_TICKS = 12
# How much longer than the curves reach a scale may get to show published values, on each side.
MOST_STRETCH = 1.0
BESIDE_THE_EPOCH = 0.2  # of the distance from epoch to epoch, to a value published of one


def learning_curves_figure(run: Run) -> Figure:
    """Draw four panels against epochs: loss, accuracy, macro-F1 and wall time, all models in each.

    Args:
        run: the run.

    Returns:
        The figure. With several seeds every seed is a point and their mean is the line. Published values are stars.

    Raises:
        DataError: no epoch is on record.
    """
    if run.epochs.empty:
        raise DataError("epochs.csv holds no epoch yet")
    styles = styles_for(run.models)
    recorded = {model: styles[model] for model in _recorded(run.epochs, styles)}
    published = _published(run, recorded)
    figure = Figure(figsize=(10, 8), layout="constrained")
    *panels, wall_time_panel = figure.subplots(2, 2).flat
    for axes, (label, columns) in zip(panels, PANELS, strict=True):
        _draw_panel(axes, run.epochs, columns, styles)
        _draw_published(axes, [item for item in published if item.column in columns.values()], styles)
        axes.set_ylabel(f"loss ({name_of_loss(run.config)})" if label == "loss" else label)
    draw_wall_time(wall_time_panel, run.epochs, styles)
    for axes in [*panels, wall_time_panel]:
        _number_epochs(axes, int(run.epochs["epoch"].max()))
        axes.grid(axis="y", color="0.9")
        axes.set_axisbelow(True)
    _add_legend(figure, recorded, run.epochs["seed"].nunique(), bool(published))
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
        # Below the curves, which many points would hide.
        axes.plot(rows["epoch"] + offset, rows[column], **seed_points(style), zorder=1.9)


def _published(run: Run, models: dict[str, ModelStyle]) -> list[Published]:
    """Return the published values that belong to some models and to the epochs on record."""
    columns = [column for _, columns in PANELS for column in columns.values()]
    last = run.epochs["epoch"].max()
    return [item for item in published_values(run.config, columns) if item.model in models and item.epoch <= last]


def _draw_published(axes: Axes, published: list[Published], styles: dict[str, ModelStyle]) -> None:
    """Draw published values beside their epochs, those of one model to the left and of the next to the right."""
    if not published:
        return
    show_also(axes, [item.value for item in published], MOST_STRETCH)
    models = [model for model in styles if any(item.model == model for item in published)]
    for item in published:
        turn = models.index(item.model)
        side = 1 if turn % 2 else -1
        x = item.epoch + side * BESIDE_THE_EPOCH * (1 + turn // 2 / 2)
        draw_published(axes, x, item.value, styles[item.model], item.column.startswith("train"), side)


def _line_style(split: str, style: ModelStyle) -> dict:
    shared = {"color": style.color, "marker": style.marker, "markersize": style.marker_size}
    if split == "test":
        return {**shared, "linestyle": "-", "linewidth": style.line_width, "markeredgecolor": "white"}
    return {**shared, "linestyle": (0, style.dashes), "linewidth": 0.7 * style.line_width, "markerfacecolor": "white"}


def _number_epochs(axes: Axes, n_epochs: int) -> None:
    axes.set_xticks(range(1, n_epochs + 1, -(-n_epochs // MOST_EPOCH_TICKS)))
    axes.set_xlim(0.5, n_epochs + 0.5)
    axes.set_xlabel("epoch")


def _add_legend(figure: Figure, styles: dict[str, ModelStyle], n_seeds: int, has_published: bool) -> None:
    entries = [(short_name(model), Line2D([], [], **_line_style("test", style))) for model, style in styles.items()]
    plain = ModelStyle("0.3", "o", (4, 2), 1.8, 6.0)
    entries += [(split, Line2D([], [], **_line_style(split, plain))) for split in ("train", "test")]
    if n_seeds > 1:
        entries.append(("one seed (line: mean over seeds)", Line2D([], [], **seed_points(plain))))
    if has_published:
        entries.append(("published", Line2D([], [], **published_star(plain))))
    names, handles = zip(*entries, strict=True)
    # A letter is at most about 0.63 times as wide as its size; beside each name there are 60 points of line and space.
    widths = [0.63 * 9 * len(name) + 60 for name in names]
    room = figure.get_figwidth() * 72
    fitting = [n for n in range(1, len(names) + 1) if sum(map(max, np.array_split(widths, n))) <= room]
    n_columns = max(fitting, default=1)
    figure.legend(handles, names, loc="outside lower center", ncols=n_columns, handlelength=4)
