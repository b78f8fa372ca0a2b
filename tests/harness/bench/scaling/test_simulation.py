"""The simulated step, on examples worked out by hand."""

import numpy as np
import pytest

from harness.bench.scaling.simulation import Exchange, exchange_of, simulated_step

EXCHANGE = Exchange(handing_over=5, adding=10, waking=20)


@pytest.mark.parametrize(
    ("n_processes", "microseconds"),
    [
        (1, 100),  # nothing is exchanged
        (2, 135),  # the worker is ready at 5 + 20 + 100
        (3, 145),  # the second worker at 130, while the first one's gradients are added
        (4, 155),
    ],
)
def test_gradients_are_added_one_worker_after_the_other_as_soon_as_each_is_ready(n_processes, microseconds):
    assert simulated_step(100, n_processes, EXCHANGE) == microseconds


def test_without_exchange_a_step_is_as_long_as_the_share():
    assert simulated_step(100, 16, Exchange(0, 0, 0)) == 100


def test_the_caller_begins_its_own_share_after_it_has_handed_over_to_all():
    # It is done at 20 + 100; the workers were at 110 and 120.
    assert simulated_step(100, 3, Exchange(handing_over=10, adding=1, waking=0)) == 122


def test_the_exchange_is_all_that_a_shared_step_takes_beyond_the_share():
    exchange = exchange_of(9_000_000, [np.ones(10, np.float32)])
    assert exchange.total == pytest.approx(9_000_000)
    assert exchange.handing_over > 0 and exchange.adding > 0


def test_a_step_that_noise_makes_shorter_than_its_share_has_no_waking():
    assert exchange_of(-10, [np.ones(10, np.float32)]).waking == 0
