"""A batch in parts, and gradients that add up over them."""

import itertools


def parts(n, n_parts):
    """Return `n_parts` slices, as equal as can be, of n samples."""
    bounds = [n * part // n_parts for part in range(n_parts + 1)]
    return [slice(*pair) for pair in itertools.pairwise(bounds)]


def split(n, most):
    """Return slices of at most `most` samples, as equal as can be, of n samples."""
    return parts(n, -(-n // most))


def add(totals, grads):
    """Add gradients to others in place."""
    for total, grad in zip(totals, grads, strict=True):
        total += grad


def sum_over(slices, fill, grads):
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
