"""How models look: the same in every chart, and told apart without colour, as on gray paper.

Colours are names of the page's style sheet, which has others for dark screens.
"""

from dataclasses import dataclass

SHAPES = {"numpy": "circle", "keras": "triangle-up"}
OTHER_SHAPES = ("diamond", "square", "cross", "triangle-down", "triangle-right")


@dataclass(frozen=True)
class Style:
    """Name of the colour, and the shape of points."""

    color: str
    shape: str

    @property
    def variable(self):
        """The colour, for a chart."""
        return f"var(--{self.color})"


def styles_for(models):
    """Return a `Style` for each model by name; those of `numpy` and `keras` are always the same."""
    styles, turn = {}, 0
    for model in models:
        if model in SHAPES:
            styles[model] = Style(f"model-{model}", SHAPES[model])
        else:
            styles[model] = Style(f"model-{turn % len(OTHER_SHAPES) + 1}", OTHER_SHAPES[turn % len(OTHER_SHAPES)])
            turn += 1
    return styles
