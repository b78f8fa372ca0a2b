"""Intervals and tests over few seeds, from SciPy: the one definition for tables, plots, report and comparisons.

The values of seeds are taken as independent draws from a normal distribution. Intervals then hold as often as they say
with any number of seeds from two on. Of other distributions the interval of a mean of 3 to 18 values holds nearly as
often if these are symmetric (uniform: 92 to 95 %), as differences of models that are alike must be, and less often if
they are skewed (exponential: 88 to 92 %).

Letters: n values, one for each seed. Values of shape (..., n) give results of shape (...).

Source: Hahn and Meeker, "Statistical Intervals", 1991, chapter 4; Schuirmann, "A comparison of the two one-sided tests
procedure and the power approach", 1987; Holm, "A simple sequentially rejective multiple test procedure", 1979.
"""

import math
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

LEVEL = 0.95
# Two one-sided tests at 5 % find two means equal within a margin exactly if their 90 % interval is inside it.
EQUALITY_LEVEL = 0.90
# With fewer seeds on either side an unpaired difference takes the spread of both sides as one. Welch's interval, which
# does not, covers 92.8 % with 3 seeds against 19, as three values may by chance lie close together; this one 95 %. From
# five seeds on Welch's covers 94 to 96 %, whatever the spreads.
FEWEST_FOR_OWN_SPREAD = 5


@dataclass(frozen=True)
class Difference:
    """How far two means are apart.

    Attributes:
        mean: the first minus the second.
        low, high: its 95 % t interval, which leaves out 0 exactly if p is below 0.05.
        p: of the two-sided t test against no difference.
        equal_within: the smallest margin within which two one-sided tests at 5 % find the two equal.
    """

    mean: float
    low: float
    high: float
    p: float
    equal_within: float


def mean_interval(values: ArrayLike, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """Return where the mean over many seeds lies: mean ± t s / sqrt(n).

    s is the standard deviation with n - 1, t the quantile of Student's distribution with n - 1 degrees of freedom.

    Args:
        values: (..., n) the metric of each seed, n >= 2.
        level: how often such an interval holds the mean, above 0 and below 1. Default 0.95.

    Returns:
        low, high.

    Raises:
        ValueError: fewer than two values, or a value that is not finite.
    """
    return tuple(_one_sample(values).confidence_interval(level))


def single_run_interval(values: ArrayLike, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """Return where one more run falls: mean ± t s sqrt(1 + 1/n), with s and t as in `mean_interval`.

    A value published from one run is held against this interval, not against that of the mean.

    Args:
        values: (..., n) the metric of each seed, n >= 2.
        level: how often one more run falls inside, above 0 and below 1. Default 0.95.

    Returns:
        low, high.

    Raises:
        ValueError: fewer than two values, or a value that is not finite.
    """
    low, high = mean_interval(values, level)
    middle, half = (low + high) / 2, (high - low) / 2 * math.sqrt(np.shape(values)[-1] + 1)
    return middle - half, middle + half


def paired_difference(differences: ArrayLike) -> Difference:
    """Return the mean of differences of runs that belong together: the same seed, and so the same weights and order.

    Args:
        differences: (..., n) one metric minus the other, of each seed, n >= 2.

    Raises:
        ValueError: fewer than two differences, or one that is not finite.
    """
    differences = _checked(differences)
    return _difference(_one_sample(differences), differences.mean(axis=-1))


def unpaired_difference(values: ArrayLike, others: ArrayLike) -> Difference:
    """Return the difference of the means of runs that share nothing: Welch's, or with few seeds Student's.

    With fewer than five seeds on a side both sides are taken to spread alike, and Student's test pools them.

    Args:
        values: (..., n) the metric of each seed, n >= 2.
        others: (..., m) what is subtracted, m >= 2.

    Raises:
        ValueError: fewer than two values on a side, or one that is not finite.
    """
    from scipy import stats  # 60 MB, which training can do without

    values, others = _checked(values), _checked(others)
    pooled = min(values.shape[-1], others.shape[-1]) < FEWEST_FOR_OWN_SPREAD
    with warnings.catch_warnings(action="ignore", category=RuntimeWarning):  # where all values are equal
        # Counted from one of them, equal values have no spread; the rounding of their means would give them some.
        values, others = values - values[..., :1], others - values[..., :1]
        result = stats.ttest_ind(values, others, axis=-1, equal_var=pooled)
        return _difference(result, values.mean(axis=-1) - others.mean(axis=-1))


def median_interval(values: ArrayLike, level: float = LEVEL) -> tuple[float, float] | None:
    """Return where the median lies of what the values are drawn from, whatever its distribution.

    From the order of the values alone: from the k-th smallest to the k-th largest, with the largest k that holds the
    median as often as it says or more. With 7 values and 95 % that is the smallest and the largest.

    Args:
        values: (n,), which may be infinite.
        level: how often such an interval holds the median, above 0 and below 1. Default 0.95.

    Returns:
        low, high; `None` if there are too few values, as fewer than six are for 95 %.

    Source: https://docs.scipy.org/doc/scipy/reference/generated/scipy.stats.quantile_test.html
    """
    from scipy.stats import quantile_test

    low, high = quantile_test(values, q=0, p=0.5).confidence_interval(level)
    return None if math.isnan(low) else (float(low), float(high))


def holm(p_values: ArrayLike) -> np.ndarray:
    """Return the p values of a family of tests, corrected: the chance of any below 0.05 is 5 % if nothing differs.

    The smallest of m is multiplied by m, the next by m - 1, and so on; none becomes smaller than the one before.

    Args:
        p_values: (m,) of the tests.

    Returns:
        (m,) float64, up to 1, in the order of the arguments.
    """
    p_values = np.asarray(p_values, np.float64)
    order = np.argsort(p_values)
    corrected = np.empty_like(p_values)
    corrected[order] = np.maximum.accumulate(p_values[order] * np.arange(len(p_values), 0, -1)).clip(max=1)
    return corrected


def mcnemar_p(n_first: int, n_other: int) -> float:
    """Return p of McNemar's exact test of two trained models on the same images.

    If both classify such images equally well, which of them alone is right on an image is a toss of a coin.

    Args:
        n_first, n_other: number of images that the first alone, and the other alone, is right on.

    Source: McNemar, "Note on the sampling error of the difference between correlated proportions", 1947.
    """
    from scipy import stats

    return float(stats.binomtest(n_first, n_first + n_other).pvalue) if n_first + n_other else 1.0


def _one_sample(values: ArrayLike) -> Any:
    """Return SciPy's t test of the mean of the values against 0, which has its intervals too."""
    from scipy import stats

    with warnings.catch_warnings(action="ignore", category=RuntimeWarning):  # where all values are equal
        return stats.ttest_1samp(_checked(values), 0, axis=-1)


def _difference(result: Any, mean: np.ndarray) -> Difference:
    """Return the `Difference` of a t test; without any difference, and without spread, p is 1."""
    low, high = result.confidence_interval(LEVEL)
    equal_within = np.max(np.abs(result.confidence_interval(EQUALITY_LEVEL)), axis=0)
    p = np.where((mean == 0) & np.isnan(result.pvalue), 1.0, result.pvalue)
    return Difference(mean, low, high, p[()], equal_within)


def _checked(values: ArrayLike) -> np.ndarray:
    """Return the values as float64 (..., n), if n is two or more and all are finite."""
    values = np.asarray(values, np.float64)
    if values.ndim == 0 or values.shape[-1] < 2:
        raise ValueError(f"an interval needs at least two seeds, and the shape of the values is {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError(f"an interval needs finite values, and one is {values[~np.isfinite(values)][0]}")
    return values
