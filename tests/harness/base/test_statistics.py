"""Intervals and tests over few seeds: published examples, how often they hold in simulations, and what is refused."""

import math
import subprocess
import sys

import numpy as np
import pytest
import scipy.stats

from harness.base import statistics

# The standard error of a share of 30,000 draws that is near 0.95 is 0.0013.
N_DRAWS = 30_000
COUNTS = (3, 5, 10, 18)

# Additional hours of sleep with two drugs, of ten patients each: Student, "The probable error of a mean", 1908.
SLEEP = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
SLEEP_2 = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
# Darwin's maize, crossed minus self-fertilised, in inches: Fisher, "The Design of Experiments", 1935, section 17.
MAIZE = np.array([49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]) / 8
# Adhesion of an alloy in MPa: Montgomery and Runger, "Applied Statistics and Probability for Engineers", chapter 8.
ADHESION = np.array([19.8, 10.1, 14.9, 7.5, 15.4, 15.4, 15.4, 18.5, 7.9, 12.7, 11.9, 11.4, 11.4, 14.1, 17.6, 16.7, 15.8,
                     19.5, 8.8, 13.6, 11.9, 11.4])  # fmt: skip


def normal(*shape, scale=1.0, seed=0):
    return np.random.default_rng([seed, *shape]).normal(scale=scale, size=shape)


def share_with(interval, value=0.0):
    """Return how many of the intervals hold the value, as a share."""
    low, high = interval
    return np.mean((low <= value) & (value <= high))


def interval_of(difference):
    return difference.low, difference.high


# Published examples


def test_the_interval_of_a_mean_and_of_a_single_value_are_those_of_a_textbook():
    assert statistics.mean_interval(ADHESION) == pytest.approx((12.14, 15.28), abs=0.01)  # measured 0.009
    assert statistics.single_run_interval(ADHESION) == pytest.approx((6.16, 21.26), abs=0.01)  # measured 0.005


def test_a_paired_difference_is_the_one_that_fisher_found_in_darwin_s_maize():
    found = statistics.paired_difference(MAIZE)
    assert found.mean == pytest.approx(2.617, abs=5e-4)
    assert found.p == pytest.approx(0.0497, abs=5e-5)
    # As printed by R's t.test.
    assert interval_of(found) == pytest.approx((0.003899165, 5.229434169), abs=1e-8)


def test_paired_and_welch_s_test_give_what_r_prints_of_student_s_sleep():
    paired = statistics.paired_difference(SLEEP - SLEEP_2)
    assert paired.p == pytest.approx(0.002833, abs=5e-7)
    assert interval_of(paired) == pytest.approx((-2.4598858, -0.7001142), abs=1e-7)
    unpaired = statistics.unpaired_difference(SLEEP, SLEEP_2)
    assert unpaired.p == pytest.approx(0.07939, abs=5e-6)
    assert interval_of(unpaired) == pytest.approx((-3.3654832, 0.2054832), abs=1e-7)


def test_with_few_seeds_an_unpaired_difference_pools_the_spread_of_both_sides():
    # Variances 1 and 1, so 2 ± 2.776 sqrt(1/3 + 1/3), with t from the printed tables for 4 degrees of freedom.
    found = statistics.unpaired_difference([3, 4, 5], [1, 2, 3])
    assert interval_of(found) == pytest.approx((2 - 2.776 * math.sqrt(2 / 3), 2 + 2.776 * math.sqrt(2 / 3)), abs=1e-3)


def test_mcnemar_s_exact_test_gives_the_published_p_of_a_prime_minister_s_ratings():
    # Agresti, "Categorical Data Analysis", table 10.1; the exact p is that of R's exact2x2.
    assert statistics.mcnemar_p(86, 150) == pytest.approx(3.716e-05, rel=1e-3)
    assert statistics.mcnemar_p(150, 86) == statistics.mcnemar_p(86, 150)
    assert statistics.mcnemar_p(0, 6) == 2 / 2**6
    assert statistics.mcnemar_p(0, 0) == 1


def test_holm_s_correction_is_that_of_r():
    # p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")
    assert statistics.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert list(statistics.holm([0.4, 0.9])) == [0.8, 0.9] and list(statistics.holm([])) == []
    assert statistics.holm([0.7, 0.8]).max() == 1


# How often they hold


@pytest.mark.parametrize("n", COUNTS)
def test_the_interval_of_a_mean_holds_it_95_times_in_100(n):
    share = share_with(statistics.mean_interval(normal(N_DRAWS, n)))
    assert 0.94 < share < 0.96  # measured 0.9477 to 0.9509


@pytest.mark.parametrize("n", COUNTS)
def test_the_interval_of_single_runs_holds_one_more_run_95_times_in_100(n):
    low, high = statistics.single_run_interval(normal(N_DRAWS, n))
    share = share_with((low, high), normal(N_DRAWS, seed=1))
    assert 0.94 < share < 0.96  # measured 0.9485 to 0.9512


@pytest.mark.parametrize("n", COUNTS)
def test_the_interval_of_a_paired_difference_holds_it_95_times_in_100(n):
    # What the seed does to both models alike falls out of the difference.
    seeds, first, other = (normal(N_DRAWS, n, scale=scale, seed=seed) for seed, scale in enumerate((2, 1, 1)))
    share = share_with(interval_of(statistics.paired_difference((seeds + first + 0.3) - (seeds + other))), 0.3)
    assert 0.94 < share < 0.96  # measured 0.9498 to 0.9524


@pytest.mark.parametrize("n_others", [*COUNTS, 19])
@pytest.mark.parametrize("n", COUNTS)
def test_the_interval_of_an_unpaired_difference_holds_it_95_times_in_100(n, n_others):
    found = statistics.unpaired_difference(normal(N_DRAWS, n) + 0.3, normal(N_DRAWS, n_others, seed=1))
    assert 0.94 < share_with(interval_of(found), 0.3) < 0.96  # measured 0.9422 to 0.9543


@pytest.mark.parametrize("scale", [0.5, 2, 20])
@pytest.mark.parametrize(("n", "n_others"), [(5, 5), (5, 19), (10, 10), (10, 19), (18, 18)])
def test_from_five_seeds_on_it_does_so_although_one_side_scatters_more(n, n_others, scale):
    found = statistics.unpaired_difference(normal(N_DRAWS, n, scale=scale), normal(N_DRAWS, n_others, seed=1))
    assert 0.94 < share_with(interval_of(found)) < 0.96  # measured 0.9418 to 0.9517


@pytest.mark.parametrize(("name", "least"), [("uniform", 0.92), ("exponential", 0.87)])
def test_the_interval_of_a_mean_holds_less_often_where_values_are_not_normal(name, least):
    rng = np.random.default_rng(0)
    for n in COUNTS:
        values = getattr(rng, name)(size=(N_DRAWS, n))
        share = share_with(statistics.mean_interval(values), {"uniform": 0.5, "exponential": 1.0}[name])
        assert least < share < 0.955  # measured 0.9249 to 0.9493, and 0.8795 to 0.9185


@pytest.mark.parametrize("n", COUNTS)
def test_unequal_models_are_found_equal_within_less_than_their_distance_5_times_in_100(n):
    found = statistics.paired_difference(normal(N_DRAWS, n) + 3)
    assert 0.045 < np.mean(found.equal_within < 3) < 0.055  # measured 0.0490 to 0.0512


@pytest.mark.parametrize("n", COUNTS)
def test_a_p_below_5_percent_comes_5_times_in_100_where_nothing_differs(n):
    p = statistics.paired_difference(normal(N_DRAWS, n)).p
    assert 0.045 < np.mean(p < 0.05) < 0.055  # measured 0.0491 to 0.0523


def test_any_of_ten_corrected_p_values_is_below_5_percent_5_times_in_100_where_nothing_differs():
    p_values = statistics.paired_difference(normal(10_000, 10, 5)).p
    smallest = np.array([statistics.holm(row).min() for row in p_values])
    assert 0.04 < np.mean(smallest < 0.05) < 0.06  # measured 0.0458; standard error 0.0022
    assert np.mean(p_values.min(axis=1) < 0.05) > 0.35  # measured 0.405, without correction


# What belongs together


@pytest.mark.parametrize("n", [2, *COUNTS])
def test_interval_and_p_of_a_difference_say_the_same(n):
    for found in (
        statistics.paired_difference(normal(1000, n) + 0.5),
        statistics.unpaired_difference(normal(1000, n) + 0.5, normal(1000, 6, seed=1)),
    ):
        leaves_out_zero = (found.low > 0) | (found.high < 0)
        assert leaves_out_zero.any() and not leaves_out_zero.all()
        np.testing.assert_array_equal(found.p < 0.05, leaves_out_zero)


def test_at_the_margin_the_larger_p_of_the_two_one_sided_tests_is_5_percent():
    margin = statistics.paired_difference(SLEEP).equal_within
    p = max(
        scipy.stats.ttest_1samp(SLEEP, -margin, alternative="greater").pvalue,
        scipy.stats.ttest_1samp(SLEEP, margin, alternative="less").pvalue,
    )
    assert p == pytest.approx(0.05, abs=1e-9)


def test_models_swapped_give_the_same_with_the_sign_turned():
    one, other = statistics.unpaired_difference(SLEEP, MAIZE), statistics.unpaired_difference(MAIZE, SLEEP)
    assert (one.p, one.equal_within) == pytest.approx((other.p, other.equal_within))
    assert interval_of(one) == pytest.approx((-other.high, -other.low))


def test_equal_values_have_an_interval_without_width_and_no_difference_a_p_of_one():
    for n in (2, 3, 7):
        equal = [0.9] * n
        assert statistics.mean_interval(equal) == pytest.approx((0.9, 0.9), abs=1e-15)
        assert statistics.single_run_interval(equal) == pytest.approx((0.9, 0.9), abs=1e-15)
        nothing = [statistics.paired_difference([0.0] * n), statistics.unpaired_difference(equal, [0.9] * 19)]
        assert [(item.mean, item.low, item.high, item.p, item.equal_within) for item in nothing] == [
            (0, 0, 0, 1, 0)
        ] * 2
    # Equal on paper, not in their last bits: p is next to 0 either way.
    for differences in ([0.02, 0.02, 0.02], [0.1 - 0.08, 0.3 - 0.28, 0.02]):
        assert statistics.paired_difference(differences).p < 1e-12


# What is refused, and what is loaded


@pytest.mark.parametrize(
    "call",
    [
        statistics.mean_interval,
        statistics.single_run_interval,
        statistics.paired_difference,
        lambda values: statistics.unpaired_difference([1, 2], values),
    ],
)
def test_fewer_than_two_values_and_values_that_are_not_finite_are_refused(call):
    for values in ([], [0.9], 0.9):
        with pytest.raises(ValueError, match="an interval needs at least two seeds"):
            call(values)
    for value in (math.nan, math.inf, -math.inf):
        with pytest.raises(ValueError, match=f"an interval needs finite values, and one is {value}"):
            call([0.9, value, 0.8])


def test_what_trains_does_not_load_scipy():
    program = (
        "import harness.run, harness.runner, harness.base.statistics, harness.tables, sys; "
        "print('scipy' in sys.modules)"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert shown == "False\n"
