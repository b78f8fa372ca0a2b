"""Two models of a study after the last epoch, held against each other: in numbers and in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.base import statistics
from harness.base.numbers import interval_text, margin_text, p_text
from harness.base.text import one_line
from harness.summaries.differences import difference_of, is_paired, samples_of
from harness.summaries.same_images import SameImages, same_images

if TYPE_CHECKING:
    from harness.results.studies import Study

# A p value up to the first settles the question; up to the second it is a hint. Above, no difference was found.
CLEAR = 0.01
SIGNIFICANT = 0.05
LONGEST_NAME = 40


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
    def of_one_seed(self) -> bool:
        """Whether only two trained models are compared, which is no comparison of what trained them."""
        return self.difference is None

    @property
    def verdict(self) -> str:
        """The answer in a few words."""
        if self.is_equal:
            return "The same accuracy with every seed"
        if self.p is None:
            return f"Not tested: with one seed their accuracies are {self.gap:.4f} apart"
        if self.of_one_seed:
            if self.p <= SIGNIFICANT:
                return f"The trained models differ by {self.gap:.4f} in accuracy"
            return "No difference found between the trained models"
        if self.p <= CLEAR:
            return f"Once trained, they differ by {self.gap:.4f} in accuracy"
        if self.p <= SIGNIFICANT:
            return "There is a hint that they differ once trained"
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


def comparisons_of(study: Study) -> dict[str, Comparison | None]:
    """Return the `Comparison` of the first model with each other one, by its name; p values are of one family."""
    first, *others = study.config["models"]
    return dict(zip(others, corrected([compare(study, first, other) for other in others]), strict=True))


def words_of(comparison: Comparison, n_test: int) -> str:
    """Return a comparison of models that were scored on so many images in sentences, with its numbers."""
    better, worse = short(comparison.better), short(comparison.worse)
    low, high = (f"{mean:.4f}" for mean in comparison.means)
    counts = {len(values) for values in comparison.accuracies}
    if comparison.is_equal:
        return f"{better} and {worse} have the same accuracy, {high} on average, with each of {max(counts)} seeds."
    images = round(comparison.gap * n_test)
    of = f"mean accuracy over {max(counts)} seeds" if len(counts) == 1 else "mean accuracy over all its seeds"
    of = "accuracy" if comparison.of_one_seed else of
    if images:
        scores = f"{better} classifies {images:,} more of {n_test:,} test images correctly: its {of} is {high}"
    else:
        scores = f"The {of} of {better} is {high}"
    scores += f", and that of {worse} {low}."
    if comparison.of_one_seed:
        words = f" {comparison.same_images.text}{family_of(comparison)}" if comparison.same_images else ""
        return f"With seed {comparison.accuracies[0].index[0]}: {scores}{words}"
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


def line_of(comparison: Comparison) -> str:
    """Return a comparison in one line, for a terminal."""
    low, high = comparison.means
    scores = f"{short(comparison.worse)} {low:.4f}, {short(comparison.better)} {high:.4f}"
    if comparison.of_one_seed:
        words = f". {comparison.same_images.text}{family_of(comparison)}" if comparison.same_images else "."
        return f"{comparison.verdict}: {scores}{words}"
    interval = interval_text(comparison.difference.low, comparison.difference.high, signed=True)
    tested = f"95 % interval from {interval}, p = {p_text(comparison.difference.p)}.{family_of(comparison)}"
    return f"{comparison.verdict}: {scores}, difference {comparison.gap:.4f}, {tested}"


def short(name: str) -> str:
    """Return a name that leaves room for the sentence around it."""
    return one_line(name, LONGEST_NAME)
