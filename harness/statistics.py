"""Intervals and a test for one metric over few seeds: 2 to some dozens.

Letters: n values, one for each seed.
"""

import math

import numpy as np

# Up to here all n^n resamples are drawn, at most 46,656, and nothing is left to chance.
MOST_ENUMERATED = 6
N_RESAMPLES = 10_000

# Up to here all 2^n patterns of signs are tried, at most 65,536.
MOST_FLIPPED = 16
N_PATTERNS = 100_000

# Means that are this close, as a fraction of the mean size of the differences, are the same mean. Two accuracies near 1
# that differ by 1e-4 have a difference that is off by 1e-12 of itself, so means that tie on paper are apart by as much.
SAME_MEAN = 1e-9


def mean_interval(values, level=0.95):
    """Return where the mean over many seeds may lie: the percentile bootstrap interval of the mean.

    Draw n of the n values with replacement, take the mean, and do so again and again: the interval leaves out
    (1 - level) / 2 of these means at either end. Up to six values, every one of the n^n possible draws is made once;
    above, 10,000 draws from a fixed seed. So the same values, in any order, always give the same interval.

    With few seeds this is too narrow, because it knows only the spread that it saw. With three it is no more than
    their range (at 0.95), and one time in four the true mean is outside.

    Args:
        values: (n,) the metric of each seed, n >= 2.
        level: share of the means inside, above 0 and below 1.

    Returns:
        low, high.

    Raises:
        ValueError: fewer than two values, a value that is not finite, or a level out of range.

    Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.
    """
    values = np.sort(_checked(values, "an interval", "seeds"))
    _check_level(level)
    n = len(values)
    if n <= MOST_ENUMERATED:
        draws = np.indices((n,) * n).reshape(n, -1).T
    else:
        draws = np.random.default_rng(0).integers(n, size=(N_RESAMPLES, n))
    means = np.sort(values[draws].mean(axis=1))
    # Rounded first: 250.0000000000002 of 10,000 would become 251.
    place = max(math.ceil(round(len(means) * (1 - level) / 2, 6)), 1)
    return float(means[place - 1]), float(means[-place])


def single_run_interval(values, level=0.95):
    """Return where one more run will fall: mean ± t s sqrt(1 + 1/n).

    s is the standard deviation with n - 1, t the quantile of Student's distribution with n - 1 degrees of freedom. The
    values are taken as draws from a normal distribution. A value published from one run is held against this interval,
    not against that of the mean.

    Args:
        values: (n,) the metric of each seed, n >= 2.
        level: probability that the next run falls inside, above 0 and below 1.

    Returns:
        low, high.

    Raises:
        ValueError: fewer than two values, a value that is not finite, or a level out of range.

    Source: Hahn and Meeker, "Statistical Intervals", 1991, chapter 4.
    """
    values = _checked(values, "an interval", "seeds")
    _check_level(level)
    n = len(values)
    half = student_quantile((1 + level) / 2, n - 1) * values.std(ddof=1) * math.sqrt(1 + 1 / n)
    return float(values.mean() - half), float(values.mean() + half)


def sign_flip_test(differences):
    """Return the two-sided p value of paired differences against "each sign is chance".

    p = share of the 2^n patterns of signs whose |mean| is at least the observed one. Up to 16 pairs every pattern is
    tried. Above, 100,000 patterns are drawn from a fixed seed and p = (1 + as large) / (1 + 100,000), which is never 0.

    Args:
        differences: (n,) one model's metric minus the other's, of each seed, n >= 2.

    Returns:
        p, above 0 and up to 1. With 16 pairs or fewer it is at least `smallest_p(n)`.

    Raises:
        ValueError: fewer than two differences, or one that is not finite.

    Source: Fisher, "The Design of Experiments", 1935, section 21; the 1 is from Phipson and Smyth, "Permutation
    p-values should never be zero", 2010.
    """
    differences = _checked(differences, "a sign-flip test", "pairs")
    n = len(differences)
    # The sizes alone, in one order: then neither the order of the seeds nor that of the models changes a drawn p.
    sizes = np.sort(np.abs(differences))
    at_least = abs(differences.sum()) - SAME_MEAN * sizes.sum()
    if n <= MOST_FLIPPED:
        bits = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
    else:
        bits = np.random.default_rng(0).integers(2, size=(N_PATTERNS, n), dtype=np.int8)
    as_large = int(np.count_nonzero(np.abs((2.0 * bits - 1) @ sizes) >= at_least))
    if n <= MOST_FLIPPED:
        return as_large / 2**n
    return (1 + as_large) / (1 + N_PATTERNS)


def smallest_p(n):
    """Return 2 / 2^n, the least p value that n pairs can give: all signs equal, or all the other way round.

    Five seeds cannot go below 0.0625, so they cannot reach 0.05, however large the difference.

    Args:
        n: number of pairs, at least 2.

    Raises:
        ValueError: fewer than two pairs.
    """
    _check_count(n, "a sign-flip test", "pairs")
    return 2.0 ** (1 - n)


def student_quantile(probability, degrees):
    """Return the t that a variable with Student's distribution stays below with this probability.

    Found by bisection of the finite series for whole degrees of freedom. Within 1e-10 for probabilities from 0.0005 to
    0.9995; nearer to 0 and 1 it loses digits, and 1e-9 from either end it is within 1e-7 of itself.

    Args:
        probability: above 0 and below 1.
        degrees: degrees of freedom, a whole number from 1.

    Raises:
        ValueError: a probability or degrees out of range.
    """
    # P(|T| <= |t|). Probabilities within 1e-16 of 0 and 1 are out of range too: they round to a share of 1.
    share = abs(2 * probability - 1)
    if not share < 1:
        raise ValueError(f"a probability must be above 0 and below 1, and this is {probability}")
    if not (degrees >= 1 and degrees % 1 == 0):
        raise ValueError(f"degrees of freedom must be a whole number from 1, and this is {degrees}")
    if share == 0:
        return 0.0
    low, high = 0.0, math.pi / 2
    # Until no number lies between the two.
    while low < (angle := (low + high) / 2) < high:
        if _share_within(angle, int(degrees)) < share:
            low = angle
        else:
            high = angle
    return math.copysign(math.sqrt(degrees) * math.tan(high), probability - 0.5)


def _share_within(angle, degrees):
    """Return P(|T| <= t) of Student's distribution, for angle = arctan(t / sqrt(degrees)).

    odd:  2/π {angle + sin [cos + 2/3 cos³ + (2·4)/(3·5) cos⁵ + ... up to cos^(degrees - 2)]}
    even: sin {1 + 1/2 cos² + (1·3)/(2·4) cos⁴ + ... up to cos^(degrees - 2)}

    Source: Abramowitz and Stegun, "Handbook of Mathematical Functions", 1964, 26.7.3 and 26.7.4.
    """
    odd = degrees % 2
    term, total = math.cos(angle) ** odd, 0.0
    for power in range(odd, degrees - 1, 2):
        total += term
        term *= math.cos(angle) ** 2 * (power + 1) / (power + 2)
    total *= math.sin(angle)
    return 2 / math.pi * (angle + total) if odd else total


def _checked(values, what, of_each):
    """Return the values as float64 (n,), if there are two or more and all are finite."""
    values = np.asarray(values, np.float64)
    if values.ndim != 1:
        raise ValueError(f"{what} needs one row of values, and the shape is {values.shape}")
    _check_count(len(values), what, of_each)
    if not np.isfinite(values).all():
        first = np.flatnonzero(~np.isfinite(values))[0]
        raise ValueError(f"{what} needs finite values, and value {first + 1} of {len(values)} is {values[first]}")
    return values


def _check_count(n, what, of_each):
    if n < 2:
        raise ValueError(f"{what} needs at least two {of_each}, and there {'is' if n == 1 else 'are'} {n}")


def _check_level(level):
    if not 0 < level < 1:
        raise ValueError(f"a level must be above 0 and below 1, and this is {level}")
