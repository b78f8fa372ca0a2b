"""The question of a run, and its answer in words and numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.base import statistics
from harness.base.numbers import interval_text, margin_text, p_text
from harness.base.text import one_line
from harness.summaries.differences import difference_of, is_paired, samples_of
from harness.summaries.same_images import SameImages, same_images

if TYPE_CHECKING:
    from harness.report.agreement import Agreement
    from harness.report.sources import Chapter
    from harness.results.studies import Study

# A p value up to the first settles the question; up to the second it is a hint. Above, no difference was found.
CLEAR = 0.01
SIGNIFICANT = 0.05
LONGEST_NAME = 40
ADVICE = "Several seeds compare the libraries, such as --seeds 0 1 2 3 4."


@dataclass(frozen=True)
class Answer:
    """What a reader sees first.

    Attributes:
        question: one sentence.
        verdict: the answer in a few words.
        sentences: the answer with its numbers.
        figures: (name, number, what it means) of the few numbers to remember.
    """

    question: str
    verdict: str
    sentences: list[str]
    figures: list[tuple[str, str, str]]


@dataclass(frozen=True)
class Comparison:
    """Two models after the last epoch.

    Attributes:
        worse, better: their names, by mean accuracy.
        accuracies: (worse, better) of each seed, by seed; of the seeds that both have finished, if they are paired.
        paired: whether values of one seed belong together.
        difference: better minus worse, or `None` with one seed.
        same_images: with one seed, the two models image by image; `None` where there are no predictions.
        p: of the test of accuracies, or with one seed of images, corrected for all comparisons of the answer; `None`
            without a test.
        n_tests: number of these comparisons.
    """

    worse: str
    better: str
    accuracies: tuple
    paired: bool
    difference: statistics.Difference | None
    same_images: SameImages | None = None
    p: float | None = None
    n_tests: int = 1

    @property
    def means(self) -> tuple[float, ...]:
        """The mean accuracy of each, worse first."""
        return tuple(float(values.mean()) for values in self.accuracies)

    @property
    def gap(self) -> float:
        """By how much the better is ahead on average, 0 or more."""
        return self.means[1] - self.means[0]

    @property
    def is_equal(self) -> bool:
        """Whether both have the same accuracy with every seed."""
        worse, better = self.accuracies
        return self.paired and len(worse) > 1 and bool((worse == better).all())

    @property
    def verdict(self) -> str:
        """The answer in a few words."""
        if self.is_equal:
            return "The same accuracy with every seed"
        if self.p is None:
            return "One seed is not enough"
        if self.difference is None:
            found = "The two trained models differ" if self.p <= SIGNIFICANT else "No difference found"
            return f"{found}; one seed is not enough to compare the libraries"
        if self.p <= CLEAR:
            return "Yes, they differ"
        if self.p <= SIGNIFICANT:
            return "There is a hint that they differ"
        return f"No difference found; equal within {margin_text(self.difference.equal_within)}"


def compare(study: Study, first: str, other: str) -> Comparison | None:
    """Return the `Comparison` of two models, its p not corrected yet, or `None` if no seed can be compared."""
    ends = [study.at_end(model)["test_accuracy"].dropna() for model in (first, other)]
    paired = is_paired(study, first, other) or min(map(len, ends)) < 2
    ends = samples_of(*ends, paired)
    if not len(ends[0]):
        return None
    (worse, low), (better, high) = sorted(zip((first, other), ends, strict=True), key=lambda item: item[1].mean())
    if len(low) < 2:
        images = same_images(study, first, other, low.index[0])
        return Comparison(worse, better, (low, high), paired, None, images, images and images.p)
    difference = difference_of(high, low, paired)
    return Comparison(worse, better, (low, high), paired, difference, p=difference.p)


def corrected(comparisons: list) -> list:
    """Return comparisons with the p values of those that have one corrected as one family."""
    tested = [place for place, comparison in enumerate(comparisons) if comparison and comparison.p is not None]
    for place, p in zip(tested, statistics.holm([comparisons[place].p for place in tested]), strict=True):
        comparisons[place] = replace(comparisons[place], p=float(p), n_tests=len(tested))
    return comparisons


def answer_of(chapter: Chapter, agreement: Agreement | None = None) -> Answer:
    """Return the `Answer` of a chapter.

    Args:
        chapter: a `Chapter`.
        agreement: an `Agreement` of its first two models; default none.
    """
    study, (first, *others) = chapter.study, chapter.models
    question = question_of(chapter)
    if not others:
        verdict = "Nothing to compare" if len(study.at_end(first)) else "Not finished"
        return Answer(question, verdict, [*alone(study, first)], figures_of(study, None, agreement))
    comparisons = dict(zip(others, corrected([compare(study, first, other) for other in others]), strict=True))
    found = [comparison for comparison in comparisons.values() if comparison]
    verdict = found[0].verdict if found else "No answer yet"
    if len(found) > 1:
        kinds = {comparison.verdict.partition(";")[0] for comparison in found}
        verdict = "That depends on the model" if len(kinds) > 1 else kinds.pop()
    sentences = [
        words_of(comparison, chapter)
        if comparison
        else f"{short(other)} and {short(first)} have no finished seed in common."
        for other, comparison in comparisons.items()
    ]
    return Answer(question, verdict, sentences, figures_of(study, found[0] if found else None, agreement))


def question_of(chapter: Chapter) -> str:
    """Return the question that the models of a chapter pose."""
    names = [short(name) for name in chapter.models]
    if len(names) == 1:
        return f"How well does {names[0]} learn?"
    if len(names) > 4:
        return f"Do {len(names)} models differ once they are trained?"
    return f"Do {', '.join(names[:-1])} and {names[-1]} differ once they are trained?"


def alone(study: Study, model: str) -> Iterator:
    """Yield what can be said of a model that stands alone."""
    rows = study.at_end(model)["test_accuracy"].dropna()
    if len(rows):
        mean = "accuracy" if len(rows) == 1 else f"mean accuracy of {len(rows)} seeds"
        yield f"Only {short(model)} was trained: its {mean} is {rows.mean():.4f}."
    else:
        yield f"Only {short(model)} is trained here, and no seed has all its epochs yet."


def words_of(comparison: Comparison, chapter: Chapter) -> str:
    """Return a comparison in sentences, with its numbers."""
    better, worse = short(comparison.better), short(comparison.worse)
    low, high = (f"{mean:.4f}" for mean in comparison.means)
    counts = {len(values) for values in comparison.accuracies}
    if comparison.is_equal:
        return f"{better} and {worse} have the same accuracy, {high} on average, with each of {max(counts)} seeds."
    n_test = chapter.config["n_test"]
    images = round(comparison.gap * n_test)
    of = f"mean accuracy over {max(counts)} seeds" if len(counts) == 1 else "mean accuracy over all its seeds"
    of = "accuracy" if comparison.difference is None else of
    if images:
        scores = f"{better} classifies {images:,} more of {n_test:,} test images correctly: its {of} is {high}"
    else:
        scores = f"The {of} of {better} is {high}"
    scores += f", and that of {worse} {low}."
    if comparison.difference is None:
        words = comparison.same_images.text if comparison.same_images else "Another seed may reverse this."
        return f"With seed {comparison.accuracies[0].index[0]}: {scores} {words}{family_of(comparison)} {ADVICE}"
    interval = interval_text(comparison.difference.low, comparison.difference.high, signed=True)
    return (
        f"{scores} The difference of {comparison.gap:.4f} has a 95 % t interval from {interval}, and p = "
        f"{p_text(comparison.difference.p)}.{family_of(comparison)} {meaning_of(comparison, better)}"
    )


def family_of(comparison: Comparison) -> str:
    """Return a sentence with the corrected p, or "" for a single test."""
    if comparison.p is None or comparison.n_tests == 1:
        return ""
    return f" Corrected by Holm's method for {comparison.n_tests} tests, p = {p_text(comparison.p)}."


def meaning_of(comparison: Comparison, better: str) -> str:
    """Return what the p value of a comparison says, and what it does not."""
    low, high = comparison.accuracies
    lead = f"{better} is ahead"
    if comparison.paired:
        n_ahead = int((high > low).sum())
        lead += f" with {'every seed' if n_ahead == len(low) else f'{n_ahead} of {len(low)} seeds'}"
    if comparison.p <= CLEAR:
        return f"{lead}; chance alone would seldom do that."
    if comparison.p <= SIGNIFICANT:
        return f"{lead}; chance alone does that about one time in {1 / comparison.p:.0f}."
    return (
        f"{lead}; chance alone would often do as much. That does not show the models equal: two one-sided tests at 5 % "
        f"find them so within {margin_text(comparison.difference.equal_within)}."
    )


def figures_of(study: Study, comparison: Comparison | None, agreement: Agreement | None) -> list[tuple[str, str, str]]:
    """Return the few numbers to remember: name, number, meaning."""
    figures = []
    if comparison:
        figures.append(("Difference in accuracy", f"{comparison.gap:.4f}", context_of(study, comparison)))
    seconds = study.epochs.groupby("model")["wall_seconds"].median().reindex(study.config["models"]).dropna()
    if len(seconds) > 1 and seconds.min() > 0:
        fast, slow = seconds.idxmin(), seconds.idxmax()
        figures.append(
            (
                "Training speed",
                f"{seconds[slow] / seconds[fast]:.1f}×",
                f"{short(fast)} takes {seconds[fast]:.1f} s an epoch, {short(slow)} {seconds[slow]:.1f} s",
            )
        )
    if agreement:
        words = f"of the test images get one class from {short(agreement.first)} and {short(agreement.other)}"
        if agreement.within is not None:
            words += f"; from two seeds of {short(agreement.first)}, {100 * agreement.within:.1f} %"
        figures.append(("Agreement", f"{100 * agreement.between:.1f} %", words))
    return figures


def context_of(study: Study, comparison: Comparison) -> str:
    """Return what a difference is to be seen beside: how far seeds of one model are apart."""
    words = f"of {short(comparison.better)} above {short(comparison.worse)}"
    own = study.at_end(comparison.worse)["test_accuracy"].dropna()
    if len(own) < 2:
        return words
    return f"{words}; seeds of {short(comparison.worse)} alone vary by ± {own.std(ddof=1):.4f}"


def short(name: str) -> str:
    """Return a name that leaves room for the sentence around it."""
    return one_line(name, LONGEST_NAME)
