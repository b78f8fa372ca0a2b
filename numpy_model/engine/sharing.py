"""A batch in parts, and gradients that add up over them."""

import itertools
from collections.abc import Callable, Sequence

import numpy as np


def parts(n: int, n_parts: int) -> list[slice]:
    """Return `n_parts` slices, as equal as can be, of n samples."""
    bounds = [n * part // n_parts for part in range(n_parts + 1)]
    return [slice(*pair) for pair in itertools.pairwise(bounds)]


def split(n: int, most: int) -> list[slice]:
    """Return slices of at most `most` samples, as equal as can be, of n samples."""
    return parts(n, -(-n // most))


def add(totals: Sequence[np.ndarray], grads: Sequence[np.ndarray]) -> None:
    """Add gradients to others in place."""
    for total, grad in zip(totals, grads, strict=True):
        total += grad


def sum_over(slices: Sequence[slice], fill: Callable[[slice], None], grads: Sequence[np.ndarray]) -> None:
    """Call `fill` for each slice of the samples, which sets `grads`, and leave the sum over all of them there."""
    *others, last = slices
    totals = []
    for samples in others:
        fill(samples)
        if totals:
            add(totals, grads)
        else:
            totals = [grad.copy() for grad in grads]
    fill(last)
    if totals:
        add(grads, totals)
