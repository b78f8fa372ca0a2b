"""Where Keras becomes faster than NumPy as one thing grows, with an interval."""

import math

import numpy as np

from harness.base.statistics import median_interval
from harness.bench.report import ratios_by_round

UNITS = {"image side": "pixels a side", "filters": "filters"}


def crossing(rows: list, series: str) -> str:
    """Return a sentence: where the steps of Keras's `fit` become faster than those of NumPy as one thing grows.

    The crossing is worked out for every round by itself, whose turns were taken side by side. The interval is that of
    the median of the rounds, from their order alone. So rounds without a crossing within the sizes that were measured
    count like all others: their crossing is below or beyond them all.

    Args:
        rows: of `measure`.
        series: `"image side"` or `"filters"`.
    """
    table = ratios_by_round(rows, series)["keras"].unstack("round")
    sizes = table.index.to_numpy()
    crossings = sorted(crossing_of(sizes, ratios) for ratios in table.to_numpy().T)
    median = crossings[(len(crossings) - 1) // 2]
    interval = median_interval(crossings)

    def words(crossing: float) -> str:
        outside = f"below {sizes[0]}" if crossing == 0 else f"beyond {sizes[-1]}"
        return outside if crossing in (0, math.inf) else f"{crossing:.0f}"

    everywhere = f"at all of {sizes[0]} to {sizes[-1]} {UNITS[series]}"
    if median == 0:
        answer = f"`fit` of Keras is faster than NumPy {everywhere}"
    elif median == math.inf:
        answer = f"NumPy is faster than `fit` of Keras {everywhere}"
    else:
        answer = f"`fit` of Keras becomes faster than NumPy at {words(median)} {UNITS[series]}"
    if interval is None:
        certainty = "too few for an interval of where they are equal"
    else:
        low, high = interval
        certainty = f"95 % interval of where they are equal: {words(low)} to {words(high)}"
    return f"By the time of their steps, {answer} (median of {len(crossings)} rounds; {certainty})."


def crossing_of(sizes: np.ndarray, ratios: np.ndarray) -> float:
    """Return the size from which on Keras stays faster, 0 if it always is, and infinity if it is not at the largest.

    Between two sizes the ratio of times is taken to be a straight line on log scales.

    Args:
        sizes: increasing.
        ratios: time of Keras by that of NumPy, at each size.
    """
    (slower,) = np.nonzero(np.asarray(ratios) > 1)
    if not len(slower):
        return 0.0
    last = slower[-1]
    if last == len(sizes) - 1:
        return math.inf
    (small, large), (before, after) = np.log(sizes[last : last + 2]), np.log(ratios[last : last + 2])
    return float(np.exp(small + (large - small) * before / (before - after)))
