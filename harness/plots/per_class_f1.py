"""The F1 of each class, model beside model."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from harness.plots.style import add_title, seed_points, short_name
from harness.results.reading import Run, predictions_by_model
from harness.summaries.model_styles import ModelStyle, side_by_side, styles_for
from harness.training.metrics import per_class_f1

TALLEST = 22
ROOM_FOR_MODELS = 0.8  # of the distance from class to class


def per_class_f1_figure(run: Run) -> Figure:
    """Draw each class's F1 on the test set, one point for each model.

    Args:
        run: the run.

    Returns:
        The figure. With several seeds every seed is a small point and their mean a big one; the legend gives macro-F1.

    Raises:
        DataError: no model has predictions.
    """
    by_model = predictions_by_model(run)
    names, styles = run.class_names, styles_for(run.models)
    height = min(1.8 + len(names) * (0.16 if len(names) > 30 else 0.2 + 0.12 * len(by_model)), TALLEST)
    figure = Figure(figsize=(8, height), layout="constrained")
    axes = figure.subplots()
    share = ROOM_FOR_MODELS / len(by_model)
    handles, labels = [], []
    for model, offset in side_by_side(list(by_model), ROOM_FOR_MODELS).items():
        scores = np.array([per_class_f1(item.predictions, item.labels, len(names)) for item in by_model[model]])
        handles.append(_draw_scores(axes, scores, offset, share, styles[model]))
        labels.append(_score_text(model, scores))
    _name_classes(axes, names)
    axes.set_xlabel("F1 on the test set (0 to 1)")
    figure.legend(handles, labels, loc="outside lower center", ncols=2)
    add_title(figure, run, "F1 of each class")
    return figure


def _draw_scores(axes: Axes, scores: np.ndarray, offset: float, share: float, style: ModelStyle) -> Line2D:
    """Draw one model's scores, (n_seeds, n_classes), `offset` from each class in its `share` of the axis."""
    positions = np.arange(scores.shape[1]) + offset
    if len(scores) > 1:
        axes.plot(scores.T, positions + 0.25 * share, **seed_points(style))
        positions -= 0.25 * share
    (means,) = axes.plot(scores.mean(axis=0), positions, linestyle="none", marker=style.marker,
                         markersize=style.marker_size, color=style.color, markeredgecolor="white")  # fmt: skip
    return means


def _score_text(model: str, scores: np.ndarray) -> str:
    text = f"{short_name(model)}: macro-F1 {scores.mean():.3f}"
    return text if len(scores) == 1 else f"{text}, mean of {len(scores)} seeds"


def _name_classes(axes: Axes, names: list[str]) -> None:
    step = -(-len(names) // 130)
    shown = range(0, len(names), step)
    axes.set_yticks(shown, [short_name(names[index]) for index in shown], fontsize=9 if len(names) <= 30 else 7)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_yticks(np.arange(len(names) - 1) + 0.5, minor=True)
    axes.tick_params(axis="y", which="both", length=0)
    axes.grid(axis="y", which="minor", color="0.85")
    axes.grid(axis="x", color="0.93")
    axes.set_axisbelow(True)
