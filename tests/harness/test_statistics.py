"""Intervals and tests over few seeds against SciPy, by hand where it decides otherwise, and by simulation."""

import itertools
import math
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import statistics

# Metrics lie between 0 and some units. A step of 1e-6 keeps their squares and differences clear of underflow.
metric = st.integers(-(10**7), 10**7).map(lambda steps: steps / 10**6)
seeds = st.lists(metric, min_size=2, max_size=20).map(np.array)
intervals = pytest.mark.parametrize("interval", [statistics.mean_interval, statistics.single_run_interval])
unhurried = settings(deadline=None)


# Student's distribution


@pytest.mark.parametrize("degrees", range(1, 61))
def test_the_quantile_of_student_agrees_with_scipy(degrees):
    upper = np.concatenate([np.linspace(0.5, 0.9995, 60), [0.95, 0.975, 0.99, 0.995]])
    probabilities = np.concatenate([upper, 1 - upper])
    quantiles = [statistics.student_quantile(probability, degrees) for probability in probabilities]
    expected = scipy.stats.t.ppf(probabilities, degrees)
    np.testing.assert_allclose(quantiles, expected, rtol=0, atol=1e-10)  # measured 6e-11, where t is 637
    np.testing.assert_allclose(quantiles, expected, rtol=1e-12, atol=1e-12)  # measured 9e-14


def test_the_quantile_of_student_is_the_one_in_the_printed_tables():
    printed = {1: 12.706, 2: 4.303, 4: 2.776, 9: 2.262, 30: 2.042}
    assert {degrees: round(statistics.student_quantile(0.975, degrees), 3) for degrees in printed} == printed


def test_the_quantile_of_student_at_a_half_is_zero():
    assert [statistics.student_quantile(0.5, degrees) for degrees in (1, 2, 7)] == [0, 0, 0]


@pytest.mark.parametrize("degrees", [1, 2, 5, 30])
@pytest.mark.parametrize("probability", [1e-9, 1 - 1e-9])
def test_the_quantile_of_student_far_out_loses_digits_slowly(probability, degrees):
    expected = scipy.stats.t.ppf(probability, degrees)
    assert statistics.student_quantile(probability, degrees) == pytest.approx(expected, rel=1e-7)  # measured 5e-8


@pytest.mark.parametrize("probability", [0, 1, -0.1, 1.5, math.nan, 1e-20])
def test_a_probability_out_of_range_is_refused(probability):
    with pytest.raises(ValueError, match="a probability must be above 0 and below 1, and this is"):
        statistics.student_quantile(probability, 3)


@pytest.mark.parametrize("degrees", [0, -1, 2.5, math.nan, math.inf])
def test_degrees_of_freedom_that_are_not_a_whole_number_from_one_are_refused(degrees):
    with pytest.raises(ValueError, match="degrees of freedom must be a whole number from 1, and this is"):
        statistics.student_quantile(0.9, degrees)


# The interval of the mean


def exact_interval(steps, level):
    """Return the bootstrap interval of the mean of whole numbers, in fractions: no rounding and no chance."""
    n = len(steps)
    totals = sorted(sum(draw) for draw in itertools.product(steps, repeat=n))
    place = math.ceil(len(totals) * (1 - Fraction(level)) / 2)
    return Fraction(totals[place - 1], n), Fraction(totals[-place], n)


@pytest.mark.parametrize("level", ["0.5", "0.8", "0.9", "0.95", "0.99"])
@pytest.mark.parametrize("n", range(2, 7))
def test_up_to_six_values_the_mean_interval_is_exact(n, level):
    for steps in np.random.default_rng(n).integers(8800, 9000, size=(3, n)).tolist():
        expected = [float(bound / 10_000) for bound in exact_interval(steps, level)]
        interval = statistics.mean_interval(np.array(steps) / 10_000, float(level))
        assert interval == pytest.approx(expected, abs=1e-14)  # measured 2e-16


@pytest.mark.parametrize("n", [3, 4, 5, 6, 7, 10, 20, 40])
def test_the_mean_interval_agrees_with_scipy_within_its_chance(n):
    rng = np.random.default_rng(n)
    for values in rng.normal(0.89, 0.003, size=(5, n)):
        expected = scipy.stats.bootstrap((values,), np.mean, n_resamples=20_000, method="percentile", rng=rng)
        # Measured 0.024: the ends lie where few means do, so chance moves them further than it moves the middle.
        tolerance = 0.05 * values.std(ddof=1)
        assert statistics.mean_interval(values) == pytest.approx(expected.confidence_interval, abs=tolerance)


def test_the_mean_interval_of_three_values_is_their_range():
    assert statistics.mean_interval([0.891, 0.887, 0.895]) == pytest.approx((0.887, 0.895), abs=1e-15)


def test_the_mean_interval_of_three_values_misses_the_mean_one_time_in_four():
    draws = np.random.default_rng(0).normal(size=(4000, 3))
    covered = [low <= 0 <= high for low, high in map(statistics.mean_interval, draws)]
    assert np.mean(covered) == pytest.approx(0.75, abs=0.02)  # measured 0.754; standard error 0.007


@pytest.mark.parametrize("n", [5, 12])
def test_the_mean_interval_is_the_same_again_and_in_any_order(n):
    values = np.random.default_rng(n).normal(size=n)
    interval = statistics.mean_interval(values)
    assert statistics.mean_interval(values) == interval
    assert statistics.mean_interval(values[::-1]) == interval


def test_the_number_of_means_left_out_does_not_suffer_from_rounding():
    values = np.random.default_rng(0).normal(size=10)
    draws = np.random.default_rng(0).integers(10, size=(10_000, 10))
    means = np.sort(np.sort(values)[draws].mean(axis=1))
    assert statistics.mean_interval(values, 0.95) == (means[249], means[-250])


# The interval of a single run


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("n", [2, 3, 5, 30])
def test_the_single_run_interval_is_the_one_of_the_formula(n, level):
    values = np.random.default_rng(n).normal(0.89, 0.003, size=n)
    scale = scipy.stats.sem(values) * math.sqrt(n + 1)
    expected = scipy.stats.t.interval(level, n - 1, loc=values.mean(), scale=scale)
    assert statistics.single_run_interval(values, level) == pytest.approx(expected, abs=1e-12)  # measured 2e-15


@pytest.mark.parametrize("n", [2, 3, 5])
def test_the_single_run_interval_covers_one_more_run_as_often_as_it_says(n):
    draws = np.random.default_rng(n).normal(size=(10_000, n + 1))
    intervals = [statistics.single_run_interval(draw[:n]) for draw in draws]
    covered = [low <= draw[n] <= high for draw, (low, high) in zip(draws, intervals, strict=True)]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.008)  # measured 0.953 to 0.951; standard error 0.002


def test_the_single_run_interval_is_wider_than_that_of_the_mean():
    values = [0.891, 0.887, 0.895, 0.889]
    mean, single = statistics.mean_interval(values), statistics.single_run_interval(values)
    assert single[0] < mean[0] < mean[1] < single[1]


# Both intervals


@intervals
@unhurried
@given(values=seeds)
def test_an_interval_contains_the_mean(interval, values):
    low, high = interval(values)
    assert low - 1e-13 <= values.mean() <= high + 1e-13


@intervals
@unhurried
@given(values=seeds, shift=metric)
def test_an_interval_shifts_with_the_values(interval, values, shift):
    expected = np.array(interval(values)) + shift
    np.testing.assert_allclose(interval(values + shift), expected, rtol=0, atol=1e-11)


@intervals
@unhurried
@given(values=seeds, scale=st.floats(1e-3, 1e3))
def test_an_interval_scales_with_the_values(interval, values, scale):
    expected = np.array(interval(values)) * scale
    np.testing.assert_allclose(interval(values * scale), expected, rtol=0, atol=1e-11 * scale)


@intervals
def test_equal_values_have_an_interval_without_width(interval):
    for n in (2, 3, 6, 7, 25):
        assert interval([0.1] * n) == pytest.approx((0.1, 0.1), abs=1e-15)


@intervals
def test_a_higher_level_gives_a_wider_interval(interval):
    values = np.random.default_rng(0).normal(size=8)
    widths = [high - low for low, high in (interval(values, level) for level in (0.1, 0.5, 0.9, 0.99))]
    assert widths == sorted(set(widths))


@intervals
@pytest.mark.parametrize("level", [0, 1, -0.5, 95, math.nan])
def test_a_level_out_of_range_is_refused(interval, level):
    with pytest.raises(ValueError, match="a level must be above 0 and below 1, and this is"):
        interval([0.1, 0.2], level)


@intervals
def test_an_interval_of_fewer_than_two_values_is_refused(interval):
    with pytest.raises(ValueError, match="an interval needs at least two seeds, and there is 1"):
        interval([0.9])
    with pytest.raises(ValueError, match="an interval needs at least two seeds, and there are 0"):
        interval([])


@intervals
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_an_interval_of_values_that_are_not_finite_is_refused(interval, value):
    with pytest.raises(ValueError, match=f"an interval needs finite values, and value 2 of 3 is {value}"):
        interval([0.9, value, 0.8])


@intervals
def test_an_interval_of_a_table_is_refused(interval):
    with pytest.raises(ValueError, match=r"an interval needs one row of values, and the shape is \(2, 3\)"):
        interval(np.zeros((2, 3)))


# The sign-flip test


@pytest.mark.parametrize("n", range(2, 17))
def test_up_to_sixteen_pairs_p_equals_scipy_s(n):
    for differences in np.random.default_rng(n).normal(0.3, 1, size=(4 if n < 12 else 1, n)):
        expected = scipy.stats.permutation_test((differences,), np.mean, permutation_type="samples", n_resamples=2**n)
        assert statistics.sign_flip_test(differences) == expected.pvalue


def exact_p(steps):
    """Return the sign-flip test's p of whole numbers: all patterns counted by their total, no rounding, no chance."""
    counts = {0: 1}
    for step in steps:
        larger = Counter()
        for total, count in counts.items():
            larger[total + step] += count
            larger[total - step] += count
        counts = larger
    return sum(count for total, count in counts.items() if abs(total) >= abs(sum(steps))) / 2 ** len(steps)


@pytest.mark.parametrize("n", [17, 18, 25, 40])
def test_above_sixteen_pairs_p_agrees_with_the_exact_one_within_its_chance(n):
    for steps in np.random.default_rng(n).integers(-15, 30, size=(5, n)).tolist():
        # Measured 0.0012; the standard error is 0.0016 at most.
        assert statistics.sign_flip_test(np.array(steps) / 10_000) == pytest.approx(exact_p(steps), abs=0.006)


def test_above_sixteen_pairs_p_is_never_zero():
    # Only equal signs give a total as large as this, 2 patterns of 2^40: none is drawn, and the 1 is left.
    assert statistics.sign_flip_test(2.0 ** np.arange(40)) == 1 / 100_001


@pytest.mark.parametrize("n", range(2, 17))
def test_equal_signs_give_the_least_p(n):
    differences = np.random.default_rng(n).uniform(0.001, 0.01, size=n)
    assert statistics.sign_flip_test(differences) == statistics.smallest_p(n) == 2 / 2**n


def test_the_least_p_of_five_seeds_is_above_five_percent():
    assert statistics.smallest_p(5) == 0.0625


@unhurried
@given(st.lists(st.tuples(st.integers(8900, 8910), st.integers(8900, 8910)), min_size=2, max_size=9))
def test_accuracies_that_tie_on_paper_tie_in_p(counts):
    # Right answers of 10,000. Differences of such fractions are rounded, so equal ones come out unequal.
    ours, theirs = np.array(counts).T
    assert statistics.sign_flip_test(ours / 10_000 - theirs / 10_000) == exact_p((ours - theirs).tolist())


@pytest.mark.parametrize("n", [2, 16, 17, 40])
def test_without_a_difference_p_is_one(n):
    assert statistics.sign_flip_test(np.zeros(n)) == 1


@pytest.mark.parametrize("n", [5, 16, 17, 30])
def test_p_is_the_same_with_the_models_swapped_and_in_any_order(n):
    differences = np.random.default_rng(n).normal(0.3, 1, size=n)
    p = statistics.sign_flip_test(differences)
    assert statistics.sign_flip_test(-differences) == p
    assert statistics.sign_flip_test(differences[::-1]) == p


@settings(deadline=None, max_examples=40)
@given(seeds, st.floats(1e-6, 1e6))
def test_p_depends_neither_on_the_unit_nor_on_the_sign(differences, scale):
    p = statistics.sign_flip_test(differences)
    assert 0 < p <= 1
    assert statistics.sign_flip_test(-scale * differences) == p


def test_p_is_below_a_level_no_more_often_than_the_level_says_when_the_sign_is_chance():
    draws = np.random.default_rng(0).normal(size=(4000, 8))
    p = np.array([statistics.sign_flip_test(differences) for differences in draws])
    for level in (0.05, 0.1, 0.5):
        possible = math.floor(level * 2**7) / 2**7  # p comes in steps of 2 / 2^8
        assert np.mean(p <= level) == pytest.approx(possible, abs=0.025)  # measured 0.007; standard error 0.008


def test_a_sign_flip_test_of_fewer_than_two_pairs_is_refused():
    with pytest.raises(ValueError, match="a sign-flip test needs at least two pairs, and there is 1"):
        statistics.sign_flip_test([0.1])
    with pytest.raises(ValueError, match="a sign-flip test needs at least two pairs, and there are 0"):
        statistics.smallest_p(0)


def test_a_sign_flip_test_of_values_that_are_not_finite_is_refused():
    with pytest.raises(ValueError, match="a sign-flip test needs finite values, and value 3 of 3 is nan"):
        statistics.sign_flip_test([0.1, 0.2, math.nan])
