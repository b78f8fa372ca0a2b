"""The question of a run, and its answer in words and numbers."""

import itertools
from dataclasses import dataclass

import numpy as np

from harness import statistics
from harness.foreign_text import one_line
from harness.tables.differences import paired_differences
from harness.tables.numbers import p_text

# A p value up to the first settles the question; up to the second it is a hint. Above, there is nothing to see.
CLEAR = 0.01
SIGNIFICANT = 0.05
LONGEST_NAME = 40


@dataclass(frozen=True)
class Answer:
    """What a reader is told first.

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
    """Two models after the last epoch, over the seeds that both have finished.

    Attributes:
        worse, better: their names, by mean accuracy.
        accuracies: the mean of each, in that order.
        differences: better minus worse, one for each seed, by seed.
    """

    worse: str
    better: str
    accuracies: tuple[float, float]
    differences: object

    @property
    def n(self):
        """The number of seeds."""
        return len(self.differences)

    @property
    def mean(self):
        """The mean difference, 0 or more."""
        return float(np.mean(self.differences))

    @property
    def verdict(self):
        """The answer in a few words."""
        if self.n == 1:
            return "One seed says nothing"
        if not np.any(self.differences):
            return "Equal in every seed"
        if self.p <= CLEAR:
            return "Yes, they differ"
        if self.p <= SIGNIFICANT:
            return "There is a hint that they differ"
        if statistics.smallest_p(self.n) > SIGNIFICANT:
            return "Too few seeds to tell"
        return "No difference found"

    @property
    def p(self):
        """The p value of the two-sided sign-flip test."""
        return statistics.sign_flip_test(self.differences)


def compare(study, first, other):
    """Return the `Comparison` of two models, or `None` if no seed can be compared."""
    rows, others = study.at_end(first), study.at_end(other)
    differences = paired_differences(others, rows)["test_accuracy"].dropna()
    if differences.empty:
        return None
    means = [float(part.loc[differences.index, "test_accuracy"].mean()) for part in (rows, others)]
    if differences.mean() < 0:
        return Comparison(other, first, (means[1], means[0]), -differences)
    return Comparison(first, other, (means[0], means[1]), differences)


def answer_of(chapter, agreement=None):
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
    comparisons = {other: compare(study, first, other) for other in others}
    found = [comparison for comparison in comparisons.values() if comparison]
    verdict = found[0].verdict if found else "No answer yet"
    if len({comparison.verdict for comparison in found}) > 1:
        verdict = "That depends on the model"
    sentences = [
        words_of(comparison, chapter)
        if comparison
        else f"{short(other)} and {short(first)} have no finished seed in common."
        for other, comparison in comparisons.items()
    ]
    if len(found) > 1 and found[0].n > 1:
        sentences.append(f"The p values are not corrected for there being {len(found)} comparisons.")
    return Answer(question, verdict, sentences, figures_of(study, found[0] if found else None, agreement))


def question_of(chapter):
    """Return the question that the models of a chapter pose."""
    names = [short(name) for name in chapter.models]
    if len(names) == 1:
        return f"How well does {names[0]} learn?"
    if len(names) > 4:
        return f"Do {len(names)} models differ once they are trained?"
    return f"Do {', '.join(names[:-1])} and {names[-1]} differ once they are trained?"


def alone(study, model):
    """Yield what can be said of a model that stands alone."""
    rows = study.at_end(model)["test_accuracy"].dropna()
    if len(rows):
        mean = "accuracy" if len(rows) == 1 else f"mean accuracy of {len(rows)} seeds"
        yield f"Only {short(model)} was trained: its {mean} is {rows.mean():.4f}."
    else:
        yield f"Only {short(model)} is trained here, and no seed has all its epochs yet."


def words_of(comparison, chapter):
    """Return a comparison in sentences, with its numbers."""
    better, worse, n = short(comparison.better), short(comparison.worse), comparison.n
    low, high = (f"{accuracy:.4f}" for accuracy in comparison.accuracies)
    if comparison.verdict == "Equal in every seed":
        return f"{better} and {worse} have the same accuracy, {high} on average, with each of {n} seeds."
    n_test = chapter.config["n_test"]
    images = round(comparison.mean * n_test)
    of = "accuracy" if n == 1 else f"mean accuracy over {n} seeds"
    if images:
        scores = f"{better} names {images:,} more of {n_test:,} test images right: its {of} is {high}"
    else:
        scores = f"The {of} of {better} is {high}"
    scores += f", and that of {worse} {low}."
    if n == 1:
        return (
            f"With seed {comparison.differences.index[0]}: {scores} Another seed may turn that round, so it says "
            f"nothing of the models. {advice()}"
        )
    interval = statistics.mean_interval(comparison.differences)
    numbers = (
        f"The difference of {comparison.mean:.4f} has a 95 % interval from {interval[0]:+.4f} to {interval[1]:+.4f}, "
        f"and p = {p_text(comparison.differences)}."
    )
    return f"{scores} {numbers} {meaning_of(comparison, better)}"


def meaning_of(comparison, better):
    """Return what the p value of a comparison says, and what it does not."""
    ahead = int((comparison.differences > 0).sum())
    lead = f"{better} is ahead with {'every seed' if ahead == comparison.n else f'{ahead} of {comparison.n} seeds'}"
    if comparison.verdict == "Yes, they differ":
        return f"{lead}; chance alone would seldom do that."
    if comparison.verdict == "There is a hint that they differ":
        return f"{lead}; chance alone does that about one time in {1 / comparison.p:.0f}."
    if comparison.verdict == "Too few seeds to tell":
        least = statistics.smallest_p(comparison.n)
        return f"{lead}, but {comparison.n} seeds cannot bring p below {least:.3g}. {advice()}"
    return f"{lead}: chance alone would often do as much. That does not prove the models equal."


def advice():
    """Return how many seeds it takes."""
    hint, clear = (next(n for n in itertools.count(2) if statistics.smallest_p(n) <= p) for p in (SIGNIFICANT, CLEAR))
    seeds = " ".join(map(str, range(clear)))
    return f"Train with {hint} seeds for a hint, and with {clear} or more for an answer, such as --seeds {seeds}."


def figures_of(study, comparison, agreement):
    """Return the few numbers to remember: name, number, meaning."""
    figures = []
    if comparison:
        figures.append(("Difference in accuracy", f"{comparison.mean:.4f}", context_of(study, comparison)))
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
        told = f"of the test images get one class from {short(agreement.first)} and {short(agreement.other)}"
        if agreement.within is not None:
            told += f"; from two seeds of {short(agreement.first)}, {100 * agreement.within:.1f} %"
        figures.append(("Agreement", f"{100 * agreement.between:.1f} %", told))
    return figures


def context_of(study, comparison):
    """Return what a difference is to be seen beside: how far seeds of one model are apart."""
    told = f"of {short(comparison.better)} above {short(comparison.worse)}"
    own = study.at_end(comparison.worse)["test_accuracy"].dropna()
    return f"{told}; seeds of {short(comparison.worse)} alone vary by ± {own.std(ddof=1):.4f}" if len(own) > 1 else told


def short(name):
    """Return a name that leaves room for the sentence around it."""
    return one_line(name, LONGEST_NAME)
