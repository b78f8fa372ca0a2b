"""The ratio of two means, with its interval.

Source: Fieller, "Some problems in interval estimation", 1954.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from harness.base.statistics import LEVEL


def ratio_interval(values: ArrayLike, others: ArrayLike, level: float = LEVEL) -> tuple[float, float]:
    """Return where the mean of values divided by the mean of others lies, by Fieller's theorem.

    The ratio r is inside unless Student's t test finds that mean(values) - r mean(others) is not 0. Both sides are
    independent, and each has the spread of its own.

    Args:
        values: (n,) n >= 2.
        others: (m,) m >= 2, whose mean is clearly not 0.
        level: how often such an interval holds the ratio, above 0 and below 1. Default 0.95.

    Returns:
        low, high.

    Raises:
        ValueError: if the mean of the others may be 0, so that the ratio has no bounds.
    """
    from scipy import stats  # 60 MB, which training can do without

    values, others = np.asarray(values, np.float64), np.asarray(others, np.float64)
    mean, other = values.mean(), others.mean()
    variance, variance_of_other = (side.var(ddof=1) / len(side) for side in (values, others))
    quantile = stats.t.ppf((1 + level) / 2, len(values) + len(others) - 2) ** 2
    # (mean - r other)^2 = quantile (variance + r^2 variance_of_other), a quadratic equation in r.
    square = other**2 - quantile * variance_of_other
    if square <= 0:
        raise ValueError(f"the mean of the others, {other:g}, is too close to 0 for a ratio")
    root = math.sqrt((mean * other) ** 2 - square * (mean**2 - quantile * variance))
    return (mean * other - root) / square, (mean * other + root) / square
