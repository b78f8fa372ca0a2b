"""What samples say to a question: a number, an interval and a verdict, by the rules of results/reference/PLAN.md."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.base import statistics
from harness.base.numbers import interval_text, p_text
from harness.base.ratios import ratio_interval
from harness.summaries.differences import difference_of, samples_of
from harness.summaries.planned import Sample, seeds_of

NOT_COMPLETE = "not all seeds yet"
SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Answer:
    """A row of the table of answers.

    Attributes:
        question, of: what is asked, and of what, in words.
        published: what others wrote, or "-".
        found: a number with its sign or unit.
        interval: around it, and which.
        verdict: in words.
        seeds: how many of the planned ones are there.
        p: of a test of the plan's family, not corrected yet; `None` without one, or until all seeds are there.
        is_test: whether the row is such a test.
    """

    question: str
    of: str
    published: str
    found: str
    interval: str
    verdict: str
    seeds: str
    p: float | None = None
    is_test: bool = False


def equality(question: str, of: str, published: str, samples: Sequence[Sample], margin: float) -> Answer:
    """Return whether the mean of one sample is equal to that of another within a margin; both are paired by seed."""
    values, others = samples_of(*(sample.values for sample in samples), paired=True)
    if len(values) < 2:
        return unanswered(question, of, published, samples)
    difference = difference_of(values, others, paired=True)
    half = difference.equal_within - abs(difference.mean)
    interval = f"90 %: {interval_text(difference.mean - half, difference.mean + half, signed=True)}"
    verdict = complete(samples, equality_text(difference, margin))
    return Answer(question, of, published, f"{difference.mean:+.4f}", interval, verdict, seeds_of(samples))


def deviation(question: str, of: str, published: str, samples: Sequence[Sample], margin: float | None = None) -> Answer:
    """Return whether the mean of one sample differs from that of another, unpaired.

    The verdict lacks the test until `with_corrected_tests` has put it there. With a margin, it says too whether both
    are equal within it.
    """
    values, others = (sample.values for sample in samples)
    if min(len(values), len(others)) < 2:
        return replace(unanswered(question, of, published, samples), is_test=True)
    difference = difference_of(values, others, paired=False)
    interval = f"95 %: {interval_text(difference.low, difference.high, signed=True)}"
    verdict = complete(samples, "" if margin is None else equality_text(difference, margin))
    p = float(difference.p) if are_complete(samples) else None
    return Answer(question, of, published, f"{difference.mean:+.4f}", interval, verdict, seeds_of(samples), p, True)


def equality_text(difference: statistics.Difference, margin: float) -> str:
    """Return in words whether two one-sided tests at 5 % find two means equal within a margin."""
    return f"{'equal' if difference.equal_within <= margin else 'not shown to be equal'} within {margin:g}"


def with_corrected_tests(answers: list[Answer]) -> list[Answer]:
    """Return answers with the tests among them corrected by Holm's method as one family, and put into words.

    A test whose seeds are not all there yet counts with p = 1, so that no p can become larger later.
    """
    places = [place for place, answer in enumerate(answers) if answer.is_test]
    p_values = [1.0 if answers[place].p is None else answers[place].p for place in places]
    answers = list(answers)
    for place, p in zip(places, statistics.holm(p_values), strict=True):
        answer = answers[place]
        if answer.p is not None:
            found = "different" if p < SIGNIFICANT else "no difference found"
            words = f"{found}, p = {p_text(p)}".replace("= <", "<")
            answers[place] = replace(answer, verdict="; ".join(filter(None, (words, answer.verdict))))
    return answers


def single_runs(question: str, of: str, value: float, sample: Sample) -> Answer:
    """Return whether a value that was published from one run is among the single runs of a sample."""
    values = sample.values
    if len(values) < 2:
        return unanswered(question, of, f"{value:g}", [sample])
    low, high = statistics.single_run_interval(values)
    verdict = "inside" if low <= value <= high else f"outside, {min(abs(value - low), abs(value - high)):.4f} away"
    found, interval = f"{values.mean():.4f}", f"95 % of runs: {interval_text(low, high)}"
    return Answer(question, of, f"{value:g}", found, interval, complete([sample], verdict), sample.text)


def errors_against(question: str, of: str, published: str, samples: Sequence[Sample], far: float) -> Answer:
    """Return how many times the errors of the second sample the first makes, and whether that is far more."""
    errors, others = (1 - sample.values for sample in samples)
    if min(len(errors), len(others)) < 2:
        return unanswered(question, of, published, samples)
    low, high = ratio_interval(errors, others)
    verdict = f"more than {far:g} times" if low > far else f"less than {far:g} times" if high < far else "open"
    found = f"{errors.mean() / others.mean():.2f} times the errors"
    interval = f"95 %: {interval_text(low, high, 2)}"
    return Answer(question, of, published, found, interval, complete(samples, verdict), seeds_of(samples))


def apart_by_chance(question: str, of: str, gap: float, sample: Sample) -> Answer:
    """Return how often two runs of one network are so far apart or farther, from the spread between seeds."""
    from scipy import stats

    published = f"{gap:g} apart"
    if len(sample.values) < 2:
        return unanswered(question, of, published, [sample])
    freedom, spread = len(sample.values) - 1, sample.values.std()
    spreads = spread * (freedom / stats.chi2.ppf([0.975, 0.025], freedom)) ** 0.5
    share, low, high = (2 * stats.norm.sf(gap / (math.sqrt(2) * one)) for one in (spread, *spreads))
    verdict = "chance often does it" if low > SIGNIFICANT else "chance seldom does it" if high < SIGNIFICANT else "open"
    found, interval = f"{100 * share:.0f} % of pairs", f"95 %: {100 * low:.0f} to {100 * high:.0f} %"
    return Answer(question, of, published, found, interval, complete([sample], verdict), sample.text)


def shift(question: str, of: str, published: str, samples: Sequence[Sample]) -> Answer:
    """Return the difference of two unpaired samples with its interval, without a test."""
    values, others = (sample.values for sample in samples)
    if min(len(values), len(others)) < 2:
        return unanswered(question, of, published, samples)
    difference = difference_of(values, others, paired=False)
    interval = f"95 %: {interval_text(difference.low, difference.high, signed=True)}"
    verdict = complete(samples, "higher" if difference.low > 0 else "lower" if difference.high < 0 else "open")
    return Answer(question, of, published, f"{difference.mean:+.4f}", interval, verdict, seeds_of(samples))


def are_complete(samples: Sequence[Sample]) -> bool:
    """Return whether all planned seeds of some samples are there."""
    return all(sample.is_complete for sample in samples)


def complete(samples: Sequence[Sample], verdict: str) -> str:
    """Return a verdict, or that it must wait for more seeds."""
    return verdict if are_complete(samples) else NOT_COMPLETE


def unanswered(question: str, of: str, published: str, samples: Sequence[Sample]) -> Answer:
    """Return the row of a question of which too few seeds are there for a number."""
    return Answer(question, of, published, "-", "-", NOT_COMPLETE, seeds_of(samples))
