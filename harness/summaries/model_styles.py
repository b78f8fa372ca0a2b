"""How each model looks: the same in every figure and chart, and distinguishable without colour, as on gray paper."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class ModelStyle:
    """How a model is drawn.

    Attributes:
        color: on white paper.
        marker: as matplotlib names it.
        dashes: lengths on and off, for training curves.
        line_width, marker_size: in points.
        variable: its colour in the report, whose style sheet has another for dark screens.
        shape: its marker in the report, as Vega names it.
    """

    color: str
    marker: str
    dashes: tuple[float, ...]
    line_width: float
    marker_size: float
    variable: str = ""
    shape: str = ""


# The colours of Okabe and Ito. NumPy and Keras often lie on each other: the one below is dark, wide and round, the one
# above is light, narrow and pointed, so that both show.
KNOWN_STYLES = {
    "numpy": ModelStyle("#0072B2", "o", (5, 2), 3.2, 9.5, "var(--model-numpy)", "circle"),
    "keras": ModelStyle("#E69F00", "^", (2, 1.2), 1.7, 7.5, "var(--model-keras)", "triangle-up"),
}
OTHER_STYLES = (
    ModelStyle("#000000", "D", (6, 1.5, 1.5, 1.5), 2.0, 5.5, "var(--model-1)", "diamond"),
    ModelStyle("#56B4E9", "s", (8, 2), 2.4, 6.0, "var(--model-2)", "square"),
    ModelStyle("#D55E00", "X", (3, 1, 1, 1, 1, 1), 2.0, 6.5, "var(--model-3)", "cross"),
    ModelStyle("#CC79A7", "v", (1, 1), 1.8, 6.0, "var(--model-4)", "triangle-down"),
    ModelStyle("#009E73", "P", (4, 1, 1, 1), 2.0, 6.5, "var(--model-5)", "triangle-right"),
)


def styles_for(models: Sequence[str]) -> dict[str, ModelStyle]:
    """Choose a style for each model.

    Args:
        models: model names.

    Returns:
        The styles by name. `numpy` and `keras` always have their own; the others take turns in the order given.
    """
    others = [model for model in models if model not in KNOWN_STYLES]
    turns = {model: OTHER_STYLES[turn % len(OTHER_STYLES)] for turn, model in enumerate(others)}
    return {model: KNOWN_STYLES.get(model) or turns[model] for model in models}


def side_by_side(models: list[str], width: float) -> dict[str, float]:
    """Place models next to each other around a common position.

    Args:
        models: model names, at least one.
        width: the room for all of them, in equal shares.

    Returns:
        The distance of each model's middle from the common position.
    """
    share = width / len(models)
    return {model: (place + 0.5) * share - width / 2 for place, model in enumerate(models)}
