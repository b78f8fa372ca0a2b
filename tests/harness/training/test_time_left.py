"""How much longer a run takes."""

import pytest

from harness.experiments import RunConfig
from harness.training.records import EpochRecord
from harness.training.time_left import duration_text, time_left

CONFIG = RunConfig(seeds=(0, 1)).filled()  # NumPy and Keras, three epochs each


def epochs(model, seed, *numbers, seconds=10.0):
    """Return records of these epochs, which took so long in all."""
    scores = (0.5, 0.8, 0.5, 0.8, 0.8)
    return [
        EpochRecord("fashion", "identical", model, seed, number, *scores, seconds - 3, 2.0, 9.0, 1.0)
        for number in numbers
    ]


NUMPY, KERAS = epochs("numpy", 0, 1, 2, 3), epochs("keras", 0, 1, 2, 3, seconds=100.0)


@pytest.mark.parametrize(
    ("records", "words"),
    [
        (NUMPY[:1], "at least 50 s left, and keras to come"),
        (NUMPY, "at least 30 s left, and keras to come"),
        ([*NUMPY, *KERAS[:1]], "about 9 min left"),  # 2 + 3 epochs of Keras and 3 of NumPy: 530 s
        ([*NUMPY, *KERAS, *epochs("numpy", 1, 1, 2, 3), *epochs("keras", 1, 1, 2)], "about 2 min left"),
        ([*NUMPY, *KERAS, *epochs("numpy", 1, 1, 2, 3), *epochs("keras", 1, 1, 2, 3)], ""),
    ],
)
def test_epochs_to_come_take_as_long_as_the_median_of_the_models_own(records, words):
    assert time_left(CONFIG, records) == words


def test_a_model_that_was_not_trained_yet_is_named_alone_where_nothing_else_is_left():
    assert time_left(RunConfig().filled(), NUMPY) == "keras to come"


def test_what_a_resumed_run_has_done_is_not_counted_again():
    assert time_left(CONFIG, [*KERAS, *epochs("keras", 1, 1, 2, 3), *NUMPY]) == "about 30 s left"


@pytest.mark.parametrize(("seconds", "words"), [(0.2, "1 s"), (89, "89 s"), (91, "2 min"), (5400, "1.5 h")])
def test_durations_are_told_in_round_numbers(seconds, words):
    assert duration_text(seconds) == words
