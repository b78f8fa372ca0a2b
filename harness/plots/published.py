"""Values published elsewhere, beside what a run measured."""

from matplotlib.axes import Axes

from harness.summaries.model_styles import ModelStyle

STAR_SIZE = 15.0
# As shares of the height of a panel: where a value beyond its scale stands, the room that is made for it, and that
# beside a value that the scale was widened for.
EDGE, ROOM_AT_EDGE, MARGIN = 0.05, 0.12, 0.05


def show_also(axes: Axes, values: list[float], most: float) -> None:
    """Widen the y scale of a panel to show further values, but not those so far off that its data would be a thin line.

    Args:
        axes: the panel, its y scale already set.
        values: to show. For those that are too far off there is room at the edge.
        most: how far from the scale a value may be, in lengths of the scale.
    """
    low, high = axes.get_ylim()
    reach = most * (high - low)
    near = [value for value in values if low - reach <= value <= high + reach]
    bottom, top = min([low, *near]), max([high, *near])
    lowest, highest = min([low, *values]), max([high, *values])
    below = 0 if lowest == low else MARGIN if lowest == bottom else ROOM_AT_EDGE
    above = 0 if highest == high else MARGIN if highest == top else ROOM_AT_EDGE
    axes.set_ylim(bottom - below * (top - bottom), top + above * (top - bottom))


def draw_published(axes: Axes, x: float, value: float, style: ModelStyle, hollow: bool = False, side: int = 1) -> None:
    """Draw a published value: an open star round the mark of its model; beyond the scale, at its edge with an arrow.

    Args:
        axes: where to draw, its y scale already set.
        x: the position.
        value: what was published.
        style: that of its model.
        hollow: whether the mark in the star is hollow, as for values of training.
        side: where there is room for text, 1 to the right of the star or -1 to the left.
    """
    low, high = axes.get_ylim()
    is_beyond = not low <= value <= high
    edge = EDGE * (high - low)
    height = min(max(value, low + edge), high - edge) if is_beyond else value
    axes.plot(x, height, **published_star(style))
    axes.plot(x, height, linestyle="none", marker=style.marker, markersize=4, color=style.color, clip_on=False,
              markerfacecolor="white" if hollow else style.color, zorder=6)  # fmt: skip
    if is_beyond:
        axes.annotate(f"{'↓' if value < low else '↑'} {value:g}", (x, height), (9 * side, 0), fontsize=8, zorder=6,
                      textcoords="offset points", ha="left" if side > 0 else "right", va="center")  # fmt: skip


def published_star(style: ModelStyle) -> dict:
    """Return how the star of a published value is drawn."""
    return {"linestyle": "none", "marker": "*", "markersize": STAR_SIZE, "color": style.color,
            "markerfacecolor": "white", "markeredgewidth": 1.1, "clip_on": False, "zorder": 5}  # fmt: skip
