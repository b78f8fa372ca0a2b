"""Samples that are held out."""

from collections.abc import Sequence


def split_off(x: Sequence, y: Sequence, share: float) -> tuple[tuple[Sequence, Sequence], ...]:
    """Return the first samples with their labels, and the last ones, `share` of all, with theirs.

    Raises:
        ValueError: if the share is not between 0 and 1, or a part would be empty.

    Example:
        >>> import numpy as np
        >>> (x, _), (held_out, _) = split_off(np.arange(5), np.arange(5), 0.4)
        >>> x, held_out
        (array([0, 1, 2]), array([3, 4]))
    """
    n = int(len(x) * (1 - share)) if 0 < share < 1 else 0
    if not 0 < n < len(x):
        raise ValueError(
            f"validation_split is {share!r} of {len(x)} samples; allowed is a share that leaves both parts"
        )
    return (x[:n], y[:n]), (x[n:], y[n:])
