"""Confusion matrices, one beside the other."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from harness.base.numbers import named_seeds_text
from harness.plots.style import add_title, short_name
from harness.results.reading import Run, predictions_by_model
from harness.training.metrics import confusion_matrix

MOST_WRITTEN_CLASSES = 20
MOST_NAMED_CLASSES = 30
# The square root of a share: a well trained model makes few mistakes, and on a linear scale they would all look white.
SHADES = PowerNorm(0.5, vmin=0, vmax=1)


def confusion_figure(run: Run) -> Figure:
    """Draw each model's confusion matrix, its counts summed over the seeds.

    Args:
        run: the run.

    Returns:
        The figure: rows are true classes, columns predicted ones, shades are shares of the row; the counts are written
        for up to 20 classes.

    Raises:
        DataError: no model has predictions.
    """
    by_model = predictions_by_model(run)
    names = run.class_names
    n_columns = min(len(by_model), 3)
    n_rows = -(-len(by_model) // n_columns)
    side = 3.8 if len(names) <= 10 else 5.0
    figure = Figure(figsize=(n_columns * side + 2.4, n_rows * (side + 0.4) + 1.6), layout="constrained")
    grid = figure.subplots(n_rows, n_columns, squeeze=False, sharex=True, sharey=True)
    for axes in grid.flat[len(by_model) :]:
        axes.remove()
    panels = list(grid.flat[: len(by_model)])
    for axes, (model, items) in zip(panels, by_model.items(), strict=True):
        counts = sum(confusion_matrix(item.predictions, item.labels, len(names)) for item in items)
        image = _draw_matrix(axes, counts)
        seeds = [item.seed for item in items]
        summed = ", summed" if len(seeds) > 1 else ""
        axes.set_title(f"{short_name(model)}\n{named_seeds_text(seeds)}{summed}", fontsize=10)
    for index, axes in enumerate(panels):
        is_lowest, is_first = index + n_columns >= len(panels), index % n_columns == 0
        _name_classes(axes, names, below=is_lowest, left=is_first)
    figure.colorbar(image, ax=panels, label="share of the true class (row), square-root scale",
                    ticks=[0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 1], format="{x:g}", aspect=30)  # fmt: skip
    add_title(figure, run, "Confusion on the test set")
    return figure


def _draw_matrix(axes: Axes, matrix: np.ndarray) -> AxesImage:
    # A class without test images has an empty row, not a division by zero.
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    # The figure's size makes the cells nearly square; to make them exactly so, the layout would let labels overlap.
    image = axes.imshow(shares, cmap="Blues", norm=SHADES, interpolation="nearest", aspect="auto")
    if len(matrix) <= MOST_WRITTEN_CLASSES:
        size = 7 if len(matrix) <= 10 else 6
        for (row, column), count in np.ndenumerate(matrix):
            color = "0.6" if count == 0 else "white" if SHADES(shares[row, column]) > 0.55 else "black"
            axes.text(column, row, str(count), ha="center", va="center", fontsize=size, color=color)
    return image


def _name_classes(axes: Axes, names: list[str], below: bool, left: bool) -> None:
    step = -(-len(names) // MOST_NAMED_CLASSES)
    # Some of many names would look like all of few: with too many classes, the ticks are class numbers.
    shown = range(0, len(names), step if step == 1 else -(-len(names) // 10))
    labels = [short_name(names[index]) if step == 1 else str(index) for index in shown]
    unit = "class" if step == 1 else "class number"
    axes.set_xticks(shown, labels, rotation=90 if step == 1 else 0)
    axes.set_yticks(shown, labels)
    axes.tick_params(labelbottom=below, labelleft=left, length=0 if step == 1 else 3)
    axes.set_xlabel(f"predicted {unit}" if below else "")
    axes.set_ylabel(f"true {unit}" if left else "")
    axes.spines[["top", "right"]].set_visible(True)
