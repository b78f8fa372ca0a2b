"""One model in one panel of the seeds: its points, their mean, where single runs fall, and what was published."""

import textwrap
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from harness.base.numbers import named_seeds_text
from harness.plots.published import draw_published
from harness.plots.style import seed_points, short_name
from harness.plots.swarm import swarm
from harness.summaries.model_styles import ModelStyle

# Shares of the distance from strip to strip: the width of the interval of single runs, where seeds and mean stand.
BAND_WIDTH = 0.86
SEEDS_MIDDLE, SEEDS_WIDTH = -0.12, 0.6
MEAN_PLACE = 0.29
POINT_ROOM, NUMBER_SIZE, CAPTION_SIZE = 7, 7, 8  # points
BAND_COLOR, BAND_EDGE = "0.9", "0.55"
DASHES = (4, 2)


@dataclass(frozen=True)
class Strip:
    """A model in a panel.

    Attributes:
        position: of its middle on the x axis; the next strip is 1 away.
        model, style: the model's name and style.
        values: what is measured, by seed.
        mean_interval, single_runs: low and high of the intervals of the mean and of single runs; None for fewer than
            two seeds, or where a value is not finite.
        published: published values.
    """

    position: int
    model: str
    style: ModelStyle
    values: pd.Series
    mean_interval: tuple[float, float] | None
    single_runs: tuple[float, float] | None
    published: list[float]

    @property
    def finite(self) -> pd.Series:
        """The values that are finite numbers."""
        return self.values[np.isfinite(self.values)]


def draw_strip(axes: Axes, strip: Strip, size: tuple[float, float], numbered: bool) -> dict[int, float]:
    """Draw a model.

    Args:
        axes: the panel, its y scale already set.
        strip: the model.
        size: about the width and height of the strip in points.
        numbered: whether to write the seed beside its point, if there is room for all.

    Returns:
        The place of each seed's point on the x axis.
    """
    if strip.single_runs is not None:
        _draw_single_runs(axes, strip)
    places = _draw_seeds(axes, strip, size, numbered)
    if strip.mean_interval is not None:
        _draw_mean(axes, strip)
    for value in strip.published:
        _draw_published(axes, strip, value)
    return places


def is_cut(axes: Axes, strip: Strip) -> bool:
    """Return whether the interval of single runs goes on beyond the scale."""
    low, high = axes.get_ylim()
    return strip.single_runs is not None and (strip.single_runs[0] < low or strip.single_runs[1] > high)


def caption(strip: Strip, width: float) -> str:
    """Return what stands below a strip `width` points wide: name, mean, and whether published values are like ours."""
    lines = [short_name(strip.model)]
    lost = strip.values.index.difference(strip.finite.index)
    if len(lost):
        lines += [f"{named_seeds_text(lost)} not finite", "no mean"]
    elif strip.mean_interval is None:
        lines.append(f"{named_seeds_text(strip.values.index)} only")
    else:
        lines.append(f"mean {strip.values.mean():.4f}")
    for value in strip.published:
        lines.append(f"published {value:g}")
        if strip.single_runs is not None:
            low, high = strip.single_runs
            lines.append("inside the gray" if low <= value <= high else "outside the gray")
    n_letters = max(int(width / (0.63 * CAPTION_SIZE)), 1)
    return "\n".join(textwrap.fill(line, n_letters) for line in lines)


def point_style(style: ModelStyle) -> dict:
    """Return how one seed is drawn: as in the other figures, but white inside, to show on the gray of the interval."""
    return {**seed_points(style), "markersize": 4.5, "markeredgewidth": 0.9, "markerfacecolor": "white", "zorder": 3}


def _draw_single_runs(axes: Axes, strip: Strip) -> None:
    """Draw the interval of single runs as a band with an edge at its ends, or an arrow where it leaves the scale."""
    (bottom, top), (low, high) = axes.get_ylim(), strip.single_runs
    sides = strip.position - BAND_WIDTH / 2, strip.position + BAND_WIDTH / 2
    axes.fill_between(sides, max(low, bottom), min(high, top), color=BAND_COLOR, linewidth=0, zorder=0.5)
    inset = 0.025 * (top - bottom)
    for end, is_shown, edge, arrow in (
        (low, low >= bottom, bottom + inset, "v"),
        (high, high <= top, top - inset, "^"),
    ):
        if is_shown:
            axes.plot(sides, [end, end], color=BAND_EDGE, linewidth=1, zorder=1)
        else:
            axes.plot(strip.position, edge, linestyle="none", marker=arrow, markersize=5, color=BAND_EDGE, zorder=1)


def _draw_seeds(axes: Axes, strip: Strip, size: tuple[float, float], numbered: bool) -> dict[int, float]:
    values, (width, height) = strip.finite, size
    bottom, top = axes.get_ylim()
    n_digits = max((len(str(seed)) for seed in values.index), default=0) if numbered else 0
    # A digit is 0.64 times as wide as its size.
    room = POINT_ROOM + 0.64 * NUMBER_SIZE * n_digits
    distance = (NUMBER_SIZE if numbered else POINT_ROOM - 2) * (top - bottom) / height
    columns, has_room = swarm(list(values), distance, max(int(SEEDS_WIDTH * width / room), 1))
    if numbered and not has_room:
        return _draw_seeds(axes, strip, size, numbered=False)
    # A number stands to the right of its point, and the two of them in the middle.
    middle = strip.position + SEEDS_MIDDLE - (room - POINT_ROOM) / 2 / width
    places = {seed: middle + column * room / width for seed, column in zip(values.index, columns, strict=True)}
    axes.plot(list(places.values()), values, **point_style(strip.style))
    for seed, place in places.items() if numbered else ():
        axes.annotate(str(seed), (place, values[seed]), (3.5, 0), textcoords="offset points", va="center_baseline",
                      fontsize=NUMBER_SIZE, path_effects=[withStroke(linewidth=1.5, foreground="white")],
                      zorder=4)  # fmt: skip
    return places


def _draw_mean(axes: Axes, strip: Strip) -> None:
    x, style = strip.position + MEAN_PLACE, strip.style
    axes.plot([x, x], strip.mean_interval, color="black", linewidth=1.3, marker="_", markersize=9, zorder=4)
    axes.plot(x, strip.values.mean(), linestyle="none", marker=style.marker, markersize=style.marker_size,
              color=style.color, markeredgecolor="white", zorder=5)  # fmt: skip


def _draw_published(axes: Axes, strip: Strip, value: float) -> None:
    low, high = axes.get_ylim()
    left, right = strip.position - BAND_WIDTH / 2, strip.position + BAND_WIDTH / 2
    if low <= value <= high:
        axes.plot([left, right], [value, value], color="black", linewidth=1.3, dashes=DASHES, zorder=2)
    draw_published(axes, right, value, strip.style, side=-1)
