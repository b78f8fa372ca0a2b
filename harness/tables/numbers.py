"""Numbers of several seeds as text."""

import itertools

import numpy as np

from harness import statistics


def mean_text(values, digits=4):
    """Return "0.8867 ± 0.0041", mean and standard deviation; the value alone of one seed; "-" of none."""
    values = np.asarray(values, float)
    if len(values) == 0:
        return "-"
    mean = f"{values.mean():.{digits}f}"
    return f"{mean} ± {values.std(ddof=1):.{digits}f}" if len(values) > 1 else mean


def interval_text(interval, values, digits=4, signed=False):
    """Return "0.8821 to 0.8893", an interval over seeds, or why there is none.

    Args:
        interval: a function of the values, from `harness.statistics`.
        values: one of each seed.
        digits: behind the point. Default 4.
        signed: whether to write a plus sign. Default `False`.
    """
    values = np.asarray(values, float)
    if len(values) < 2:
        return "needs two seeds"
    if not np.isfinite(values).all():
        return "not finite"
    low, high = interval(values)
    sign = "+" if signed else ""
    return f"{low:{sign}.{digits}f} to {high:{sign}.{digits}f}"


def p_text(differences):
    """Return the p value of paired differences, or "-" where a test says nothing."""
    differences = np.asarray(differences, float)
    if len(differences) < 2 or not np.isfinite(differences).all():
        return "-"
    return f"{statistics.sign_flip_test(differences):.3g}"


def seeds_text(seeds):
    """Return "0", "0, 2" or, of three or more in a row, "0 to 4"."""
    texts = []
    # In a row of seeds each is as far from its place in the list as the next.
    for _, places in itertools.groupby(enumerate(sorted(seeds)), key=lambda pair: pair[1] - pair[0]):
        row = [seed for _, seed in places]
        texts += [f"{row[0]} to {row[-1]}"] if len(row) > 2 else map(str, row)
    return ", ".join(texts) or "none"
