"""What is worked out from the turns that were measured."""

import pytest

from harness.bench.scaling.study import exchange_with_one_worker, steps_of


def rows_of(steps):
    """Return rows from µs a step by batch size and number of processes, one for each round."""
    return [
        {
            "batch_size": batch_size,
            "setting": f"threads={n_processes}",
            "round": number,
            "microseconds_per_image": step / batch_size,
        }
        for (batch_size, n_processes), own in steps.items()
        for number, step in enumerate(own, start=1)
    ]


def test_a_step_is_as_long_as_all_images_of_its_batch():
    assert steps_of(rows_of({(32, 2): (640, 960)})).loc[32, 2].tolist() == pytest.approx([640, 960])


def test_the_exchange_is_the_median_of_what_turns_side_by_side_differ_by():
    # A machine that is three times as slow in the second round, and twice in the third.
    steps = {(32, 2): (6_100, 18_300, 12_150), (16, 1): (6_000, 18_000, 12_000), (64, 2): (1, 1, 1), (32, 1): (1, 1, 1)}
    assert exchange_with_one_worker(steps_of(rows_of(steps))).total == pytest.approx(150)  # of 100, 300 and 150
