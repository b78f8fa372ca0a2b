"""How often two models give an image the same class, and on which images they do not.

Letters: N test images.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from harness.datasets.dataset import to_pictures
from harness.report.pictures import png_address, smaller
from harness.summaries.same_images import SameImages

if TYPE_CHECKING:
    from harness.report.sources import Chapter
    from harness.results.arrays import Predictions

MOST_IMAGES = 8  # of each kind
# Ten seeds have 45 pairs.
MOST_SEEDS_PAIRED = 10


@dataclass(frozen=True)
class Agreement:
    """What two models answer for the same test images.

    Attributes:
        first, other: their names.
        seeds: that both have predictions of.
        between: share of the images that get the same class from both, a mean over the seeds.
        within: the same of two seeds of `first`, a mean over pairs of seeds; `None` for one seed.
        seed: whose answers `kinds` shows.
        kinds: indices (n,) of the images with unequal answers, by who is right: "first", "other" or "neither".
        labels, answers: (N,) the true classes, and what each of the two answers.
    """

    first: str
    other: str
    seeds: list[int]
    between: float
    within: float | None
    seed: int
    kinds: dict[str, np.ndarray]
    labels: np.ndarray
    answers: tuple[np.ndarray, np.ndarray]

    @property
    def same_images(self) -> SameImages:
        """Who alone is right on how many images with `seed`, and whether that is chance."""
        return SameImages(self.first, self.other, len(self.kinds["first"]), len(self.kinds["other"]), len(self.labels))


def agreement_of(chapter: Chapter) -> Agreement | None:
    """Return the `Agreement` of the first two models that have predictions of a common seed, or `None`."""
    predictions = chapter.predictions()
    for first, other in combinations(chapter.models, 2):
        seeds = [
            seed for model, seed in predictions if model == first and is_comparable(predictions, first, other, seed)
        ]
        if seeds:
            return make_agreement(predictions, first, other, seeds)
    return None


def is_comparable(predictions: dict[tuple[str, int], Predictions], first: str, other: str, seed: int) -> bool:
    """Return whether two models have answers to the same images from one seed."""
    own, others = predictions.get((first, seed)), predictions.get((other, seed))
    return own is not None and others is not None and np.array_equal(own.labels, others.labels)


def make_agreement(
    predictions: dict[tuple[str, int], Predictions], first: str, other: str, seeds: list[int]
) -> Agreement:
    """Return the `Agreement` of two models over some seeds."""
    between = [np.mean(predictions[first, s].predictions == predictions[other, s].predictions) for s in seeds]
    own = [predictions[first, seed].predictions for seed in seeds[:MOST_SEEDS_PAIRED]]
    within = [np.mean(one == another) for one, another in combinations(own, 2) if len(one) == len(another)]
    seed = seeds[0]
    labels = predictions[first, seed].labels
    answers = predictions[first, seed].predictions, predictions[other, seed].predictions
    unequal = answers[0] != answers[1]
    kinds = {
        "first": unequal & (answers[0] == labels),
        "other": unequal & (answers[1] == labels),
        "neither": unequal & (answers[0] != labels) & (answers[1] != labels),
    }
    return Agreement(
        first,
        other,
        seeds,
        float(np.mean(between)),
        float(np.mean(within)) if within else None,
        seed,
        {kind: np.flatnonzero(which) for kind, which in kinds.items()},
        labels,
        answers,
    )


def picture_groups(agreement: Agreement, images: np.ndarray, class_names: list[str]) -> dict[str, list[dict]]:
    """Return pictures that the models disagree on: for each kind, dictionaries of what to show.

    Args:
        agreement: an `Agreement`.
        images: (N or more, H, W, C) test images.
        class_names: one for every class.
    """
    return {
        kind: [picture(agreement, images, class_names, index) for index in spread(indices, agreement.labels)]
        for kind, indices in agreement.kinds.items()
    }


def spread(indices: np.ndarray, labels: np.ndarray) -> list[int]:
    """Return a few indices, of as many true classes as there are."""
    by_class = {}
    for index in indices:
        by_class.setdefault(labels[index], []).append(int(index))
    turns = [(turn, label, index) for label, own in by_class.items() for turn, index in enumerate(own[:MOST_IMAGES])]
    return [index for _, _, index in sorted(turns)[:MOST_IMAGES]]


def picture(agreement: Agreement, images: np.ndarray, class_names: list[str], index: int) -> dict:
    """Return one image with its true class and both answers."""
    return {
        "index": index,
        "address": png_address(smaller(to_pictures(images[index : index + 1])[0])),
        "label": class_names[agreement.labels[index]],
        "answers": [
            {
                "model": model,
                "name": class_names[answer[index]],
                "is_right": bool(answer[index] == agreement.labels[index]),
            }
            for model, answer in zip((agreement.first, agreement.other), agreement.answers, strict=True)
        ],
    }
