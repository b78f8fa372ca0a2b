"""Results by class: F1, and which classes are taken for which.

Letters: N test images, F classes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from harness.training import metrics

if TYPE_CHECKING:
    from harness.report.sources import Chapter

MOST_COUNTED_CLASSES = 1000  # whose matrix has a million cells, for each seed
MOST_MATRIX_CLASSES = 20
MOST_MODELS = 4
MOST_F1_CLASSES = 40
MOST_MIX_UPS = 8
# Shades of a cell, by the square root of its share: a well trained model makes few mistakes, and they are to be seen.
N_SHADES = 8


@dataclass(frozen=True)
class Confusion:
    """How often each class was taken for each, by the answers of one model.

    Attributes:
        model: its name.
        counts: (F, F) by seed: rows are true classes, columns answers.
        f1: (F,) by seed.
    """

    model: str
    counts: dict[int, np.ndarray] = field(default_factory=dict)
    f1: dict[int, np.ndarray] = field(default_factory=dict)

    @property
    def total(self) -> np.ndarray:
        """The counts (F, F) of all seeds together."""
        return sum(self.counts.values())

    @property
    def shares(self) -> np.ndarray:
        """The counts (F, F) as shares of each true class; 0 for a class without images."""
        return self.total / np.maximum(self.total.sum(axis=1, keepdims=True), 1)


def confusions_of(chapter: Chapter) -> list[Confusion]:
    """Return the `Confusion` of each model that has predictions."""
    n_classes, by_model = len(chapter.class_names), {}
    if n_classes > MOST_COUNTED_CLASSES:
        return []
    for (model, seed), item in chapter.predictions().items():
        confusion = by_model.setdefault(model, Confusion(model))
        confusion.counts[seed] = metrics.confusion_matrix(item.predictions, item.labels, n_classes)
        confusion.f1[seed] = metrics.per_class_f1(item.predictions, item.labels, n_classes)
    return list(by_model.values())


def f1_rows(confusions: list[Confusion], class_names: list[str]) -> list:
    """Return a dictionary of model, seed, class and F1 for each; of many classes the hardest.

    They stand in the order of the classes, hardest first.
    """
    f1 = {(item.model, seed): values for item in confusions for seed, values in item.f1.items()}
    if not f1:
        return []
    order = np.argsort(np.mean(list(f1.values()), axis=0), kind="stable")[:MOST_F1_CLASSES]
    return [
        {"model": model, "seed": seed, "class": class_names[index], "value": float(values[index])}
        for index in order
        for (model, seed), values in f1.items()
    ]


def mix_ups(confusions: list[Confusion]) -> list[tuple[int, int, list]]:
    """Return the pairs of classes that are mixed up most: true class, answer, and the share for each model."""
    if not confusions:
        return []
    shares = [item.shares for item in confusions]
    mean = np.mean(shares, axis=0)
    np.fill_diagonal(mean, 0)
    largest = np.argsort(-mean, axis=None, kind="stable")[:MOST_MIX_UPS]
    cells = [np.unravel_index(index, mean.shape) for index in largest]
    return [(int(i), int(j), [float(share[i, j]) for share in shares]) for i, j in cells if mean[i, j] > 0]


def cells_of(shares: np.ndarray) -> list[list[tuple]]:
    """Return text and shade of each cell of a matrix of shares: "." for none, else whole per cent."""
    return [[(percent(share), round(N_SHADES * np.sqrt(share))) for share in row] for row in shares.tolist()]


def percent(share: float) -> str:
    """Return a share as whole per cent, and none as a dot."""
    return "·" if share == 0 else f"{100 * share:.0f}"


def difference_cells(shares: np.ndarray, others: np.ndarray) -> list[list[tuple]]:
    """Return text and sign of each cell of a difference of shares, in per cent points; "·" is under half a point."""
    points = np.round(100 * (others - shares)).astype(int).tolist()
    return [[("·" if p == 0 else f"{p:+d}".replace("-", "−"), (p > 0) - (p < 0)) for p in row] for row in points]
