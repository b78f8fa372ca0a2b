"""Verdicts follow the rules of the plan, and there is none before all seeds are there."""

import pandas
import pytest

from harness.summaries.planned import Sample
from harness.summaries.verdicts import (
    NOT_COMPLETE,
    apart_by_chance,
    deviation,
    equality,
    errors_against,
    shift,
    single_runs,
    with_corrected_tests,
)

# Spread 0.01, mean 0.
NOISE = (0.01, -0.01, 0.01, -0.01, 0.01, -0.01, 0.01, -0.01)


def sample(mean, scale=1.0, n_planned=8, first=20):
    """Return a sample of eight seeds around a mean."""
    values = [mean + scale * noise for noise in NOISE]
    return Sample(pandas.Series(values, index=range(first, first + 8)), n_planned)


def test_two_are_equal_only_if_the_whole_90_percent_interval_is_inside_the_margin():
    differences = sample(0.9, 0.3), sample(0.9, -0.3)  # 0.006 above and below: the interval reaches to 0.0043
    assert equality("", "", "-", differences, 0.005).verdict == "equal within 0.005"
    assert equality("", "", "-", differences, 0.004).verdict == "not shown to be equal within 0.004"
    assert equality("", "", "-", differences, 0.004).interval == "90 %: -0.0043 to +0.0043"


def test_only_seeds_of_both_sides_are_paired():
    answer = equality("", "", "-", [sample(0.9), sample(0.8, first=22)], 0.005)
    assert answer.found == "+0.1000"
    assert equality("", "", "-", [sample(0.9), sample(0.8, first=27)], 0.005).found == "-"


def test_a_difference_may_be_both_sure_and_within_the_margin():
    (answer,) = with_corrected_tests([deviation("", "", "-", [sample(0.904, 0.1), sample(0.9, 0.1)], 0.005)])
    assert answer.verdict == "different, p = 2.95e-06; equal within 0.005"


def test_tests_are_corrected_as_one_family_and_other_rows_are_left_alone():
    sure, unsure = [sample(0.904, 0.1), sample(0.9, 0.1)], [sample(0.9), sample(0.9)]
    answers = [single_runs("", "", 0.9, sample(0.9)), deviation("", "", "-", sure), deviation("", "", "-", unsure)]
    other, first, second = with_corrected_tests(answers)
    assert (other.verdict, first.verdict, second.verdict) == (
        "inside", "different, p = 5.91e-06", "no difference found, p = 1",
    )  # fmt: skip


def test_tests_that_wait_for_seeds_count_in_the_family():
    sure, waiting = [sample(0.904, 0.1), sample(0.9, 0.1)], [sample(0.9, n_planned=9), sample(0.9)]
    first, second = with_corrected_tests([deviation("", "", "-", sure), deviation("", "", "-", waiting)])
    assert first.verdict == "different, p = 5.91e-06" and second.verdict == NOT_COMPLETE


def test_nothing_is_decided_before_all_seeds_are_there_but_numbers_are_shown():
    early = sample(0.9, n_planned=20)
    answers = [
        equality("", "", "-", [early, sample(0.9, -1)], 0.5),
        *with_corrected_tests([deviation("", "", "-", [sample(0.8), early], 0.5)]),
        single_runs("", "", 0.9, early),
        errors_against("", "", "-", [early, sample(0.8)], 2.0),
        apart_by_chance("", "", 0.004, early),
        shift("", "", "-", [early, sample(0.9)]),
    ]
    for answer in answers:
        assert answer.verdict == NOT_COMPLETE and "8 of 20" in answer.seeds and answer.found != "-"


@pytest.mark.parametrize("n", [0, 1])
def test_without_two_seeds_there_is_no_number(n):
    few = Sample(sample(0.9).values[:n], 8)
    answers = [
        equality("", "", "-", [few, few], 0.5),
        deviation("", "", "-", [few, sample(0.9)], 0.5),
        single_runs("", "", 0.9, few),
        errors_against("", "", "-", [few, sample(0.8)], 2.0),
        apart_by_chance("", "", 0.004, few),
        shift("", "", "-", [few, sample(0.9)]),
    ]
    assert {(answer.found, answer.interval, answer.verdict) for answer in answers} == {("-", "-", NOT_COMPLETE)}


def test_a_published_value_is_held_against_single_runs():
    inside, outside = (single_runs("", "", value, sample(0.9)) for value in (0.92, 0.97))
    assert (inside.published, inside.found, inside.verdict) == ("0.92", "0.9000", "inside")
    assert inside.interval == outside.interval == "95 % of runs: 0.8732 to 0.9268"
    assert outside.verdict == "outside, 0.0432 away"


@pytest.mark.parametrize(
    ("accuracy", "verdict"), [(0.86, "less than 2 times"), (0.80, "open"), (0.70, "more than 2 times")]
)
def test_errors_are_far_more_only_if_the_whole_interval_of_the_ratio_is(accuracy, verdict):
    assert errors_against("", "", "-", [sample(accuracy), sample(0.9)], 2.0).verdict == verdict


def test_the_share_of_pairs_as_far_apart_comes_from_the_spread():
    answer = apart_by_chance("", "", 0.004, sample(0.9))
    assert (answer.found, answer.verdict) == ("79 % of pairs", "chance often does it")
    assert apart_by_chance("", "", 0.2, sample(0.9)).verdict == "chance seldom does it"


@pytest.mark.parametrize(("mean", "verdict"), [(0.8, "lower"), (0.9, "open"), (1.0, "higher")])
def test_a_shift_is_named_if_its_interval_leaves_out_0(mean, verdict):
    assert shift("", "", "-", [sample(mean), sample(0.9)]).verdict == verdict
