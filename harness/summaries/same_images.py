"""Two trained models on the same test images: what a run of one seed can say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.base import statistics
from harness.base.numbers import p_text
from harness.base.text import one_line

if TYPE_CHECKING:
    from harness.results.studies import Study


@dataclass(frozen=True)
class SameImages:
    """Which of the test images two models, trained with one seed, classify correctly.

    Attributes:
        first, other: their names.
        n_first, n_other: number of images that only that model classifies correctly.
        n_images: number of all.
    """

    first: str
    other: str
    n_first: int
    n_other: int
    n_images: int

    @property
    def p(self) -> float:
        """The p value of McNemar's exact test."""
        return statistics.mcnemar_p(self.n_first, self.n_other)

    @property
    def text(self) -> str:
        """How many images each alone classifies correctly, and the test of it."""
        first, other = one_line(self.first, 40), one_line(self.other, 40)
        return (
            f"Of {self.n_images:,} test images, {self.n_first:,} are classified correctly only by {first}, and "
            f"{self.n_other:,} only by {other}: p = {p_text(self.p)}, by McNemar's exact test. It compares these two "
            "trained models on images like these, not the libraries: another seed gives other trained models."
        )


def same_images(study: Study, first: str, other: str, seed: int) -> SameImages | None:
    """Return the comparison of two models of a seed, or `None` without predictions of both for the same images."""
    own, others = (study.predictions.get((model, seed)) for model in (first, other))
    if own is None or others is None or not np.array_equal(own.labels, others.labels):
        return None
    is_right = own.predictions == own.labels, others.predictions == others.labels
    n_first, n_other = (int(np.sum(one & ~another)) for one, another in (is_right, is_right[::-1]))
    return SameImages(first, other, n_first, n_other, len(own.labels))
