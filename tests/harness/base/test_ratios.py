"""The interval of a ratio of means holds as often as it says, and is the one of the textbook."""

import numpy as np
import pytest

from harness.base.ratios import ratio_interval


def test_the_interval_holds_the_ratio_95_times_in_100():
    rng = np.random.default_rng(0)
    n, held = 4000, 0
    for _ in range(n):
        low, high = ratio_interval(rng.normal(0.14, 0.005, 10), rng.normal(0.11, 0.005, 20))
        held += low < 0.14 / 0.11 < high
    assert held / n == pytest.approx(0.95, abs=0.012)  # 3.5 standard errors


def test_without_spread_the_interval_is_the_ratio():
    assert ratio_interval([3.0, 3.0], [2.0, 2.0]) == pytest.approx((1.5, 1.5))


def test_the_ends_are_where_a_t_test_begins_to_reject():
    from scipy import stats

    values, others = np.array([0.30, 0.34, 0.35, 0.33]), np.array([0.20, 0.23, 0.21])
    for ratio in ratio_interval(values, others):
        error = np.sqrt(values.var(ddof=1) / 4 + ratio**2 * others.var(ddof=1) / 3)
        statistic = (values.mean() - ratio * others.mean()) / error
        assert 2 * stats.t.sf(abs(statistic), 5) == pytest.approx(0.05)


def test_a_mean_that_may_be_zero_is_refused_as_the_ratio_has_no_bounds():
    with pytest.raises(ValueError, match="too close to 0 for a ratio"):
        ratio_interval([1.0, 1.1], [-1.0, 1.2])
