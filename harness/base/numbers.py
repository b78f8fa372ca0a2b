"""Numbers of several seeds as text."""

import itertools
import math
from collections.abc import Collection, Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from harness.base.text import one_line

NOT_FINITE = "not finite"
SMALLEST_P = 1e-6


def mean_text(values: ArrayLike, digits: int = 4) -> str:
    """Return "0.8867 ± 0.0041", mean and standard deviation; the value alone of one seed; "-" of none."""
    values = np.asarray(values, float)
    if len(values) == 0:
        return "-"
    if not np.isfinite(values).all():
        return NOT_FINITE
    mean = f"{values.mean():.{digits}f}"
    return f"{mean} ± {values.std(ddof=1):.{digits}f}" if len(values) > 1 else mean


def interval_text(low: float, high: float, digits: int = 4, signed: bool = False) -> str:
    """Return "0.8821 to 0.8893", with plus signs if it is signed."""
    sign = "+" if signed else ""
    return f"{low:{sign}.{digits}f} to {high:{sign}.{digits}f}"


def why_no_interval(*samples: Sequence[float]) -> str:
    """Return in words why samples, each with a value of each seed, have no interval; "" if they have one."""
    if min(map(len, samples)) < 2:
        return "needs two seeds"
    return "" if all(np.isfinite(values).all() for values in samples) else NOT_FINITE


def margin_text(margin: float, digits: int = 4) -> str:
    """Return "±0.0035", rounded up: within less nothing was found equal."""
    return f"±{max(np.ceil(margin * 10**digits - 1e-9), 0) / 10**digits:.{digits}f}"


def at_most_text(value: float) -> str:
    """Return a small number with one digit, rounded up: "7e-17".

    >>> at_most_text(6.1e-17), at_most_text(0.0)
    ('7e-17', '0')
    """
    if not value:
        return "0"
    exponent = math.floor(math.log10(value))
    return f"{math.ceil(value / 10**exponent - 1e-9) * 10**exponent:.0e}"


def p_text(p: float) -> str:
    """Return a p value. A very small one rests on the normal distribution far out, so its digits say nothing."""
    return f"< {SMALLEST_P:g}" if p < SMALLEST_P else f"{p:.3g}"


def seeds_text(seeds: Iterable[int]) -> str:
    """Return "0", "0, 2" or, of three or more in a row, "0 to 4"."""
    texts = []
    # In a row of seeds each is as far from its place in the list as the next.
    for _, places in itertools.groupby(enumerate(sorted(seeds)), key=lambda pair: pair[1] - pair[0]):
        row = [seed for _, seed in places]
        texts += [f"{row[0]} to {row[-1]}"] if len(row) > 2 else map(str, row)
    return ", ".join(texts) or "none"


def named_seeds_text(seeds: Collection[int]) -> str:
    """Return "seed 0" or "seeds 0 to 4"; a long list of seeds is cut.

    >>> named_seeds_text([0, 1, 2, 3, 4])
    'seeds 0 to 4'
    """
    return f"seed{'s' if len(seeds) != 1 else ''} {one_line(seeds_text(seeds), 60)}"
