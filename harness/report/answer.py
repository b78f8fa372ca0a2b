"""The question of a run, and its answer in words and numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.base.numbers import at_most_text
from harness.results.waiting import waiting_note
from harness.summaries.answers import footnotes
from harness.summaries.comparison import comparisons_of, short, words_of
from harness.summaries.same_network import network_verdict, proof_text
from harness.summaries.speed import fastest_and_slowest, median_seconds, speed_text, speed_verdict

if TYPE_CHECKING:
    from harness.report.agreement import Agreement
    from harness.report.sources import Chapter
    from harness.results.studies import Study
    from harness.summaries.comparison import Comparison

MOST_FIGURES = 3


@dataclass(frozen=True)
class Answer:
    """What a reader sees first.

    Attributes:
        question: one sentence.
        verdict: the answer in a few words: the network, the trained models, the speed.
        sentences: the same with its numbers.
        figures: (name, number, what it means) of the few numbers to remember.
        footnotes: what cannot be said, and what could say it.
    """

    question: str
    verdict: str
    sentences: list[str]
    figures: list[tuple[str, str, str]]
    footnotes: list[str]


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
        return Answer(
            question, verdict, [*alone(study, first)], figures_of(study, None, agreement), footnotes(study, [])
        )
    comparisons = comparisons_of(study)
    found = [comparison for comparison in comparisons.values() if comparison]
    sentences = [
        words_of(comparison, chapter.config["n_test"])
        if comparison
        else f"{short(other)} and {short(first)} have no finished seed in common."
        for other, comparison in comparisons.items()
    ]
    verdicts = [network_verdict(study.proofs), scores_verdict(found), speed_verdict(study)]
    sentences = [*map(proof_text, study.proofs), *sentences, speed_text(study)]
    figures = figures_of(study, found[0] if found else None, agreement)
    verdict = ". ".join(filter(None, verdicts))
    return Answer(question, verdict, [*filter(None, sentences)], figures, footnotes(study, found))


def scores_verdict(comparisons: list[Comparison]) -> str:
    """Return in a few words what comparisons of the first model with the others say."""
    if not comparisons:
        return "No answer yet"
    if len(comparisons) == 1:
        return comparisons[0].verdict
    kinds = {re.split(" by |[;:]", comparison.verdict)[0] for comparison in comparisons}
    return "How they score depends on the model" if len(kinds) > 1 else kinds.pop()


def question_of(chapter: Chapter) -> str:
    """Return the question that the models of a chapter pose."""
    names = [short(name) for name in chapter.models]
    if len(names) == 1:
        return f"How well does {names[0]} learn?"
    which = f"{len(names)} models" if len(names) > 4 else f"{', '.join(names[:-1])} and {names[-1]}"
    if network_verdict(chapter.study.proofs):
        return f"Are {which} the same network, and do they differ once they are trained?"
    return f"Do {which} differ once they are trained?"


def alone(study: Study, model: str) -> Iterator:
    """Yield what can be said of a model that stands alone."""
    rows = study.at_end(model)["test_accuracy"].dropna()
    if len(rows):
        mean = "accuracy" if len(rows) == 1 else f"mean accuracy of {len(rows)} seeds"
        yield f"Only {short(model)} was trained: its {mean} is {rows.mean():.4f}."
    else:
        yield f"Only {short(model)} is trained here, and no seed has all its epochs yet."


def figures_of(study: Study, comparison: Comparison | None, agreement: Agreement | None) -> list[tuple[str, str, str]]:
    """Return the few numbers to remember: name, number, meaning."""
    figures = []
    proofs = [proof for proof in study.proofs if proof.same]
    if proofs and network_verdict(study.proofs) == network_verdict(proofs):
        largest = max(proofs, key=lambda proof: proof.difference)
        words = f"of any parameter of {short(largest.model)} and {short(largest.against)}, in {largest.precision}"
        figures.append((f"Difference after {largest.steps} steps", at_most_text(largest.difference), words))
    if comparison:
        figures.append(("Difference in accuracy", f"{comparison.gap:.4f}", context_of(study, comparison)))
    if found := fastest_and_slowest(study):
        fast, slow, ratio = found
        seconds = median_seconds(study)
        words = f"{short(fast)} takes {seconds[fast]:.1f} s an epoch, {short(slow)} {seconds[slow]:.1f} s"
        words += ", waiting included" if waiting_note(study.epochs) else ""
        figures.append(("Training speed", f"{ratio:.1f}×", words))
    if agreement and len(figures) < MOST_FIGURES:
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
