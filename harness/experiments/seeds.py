"""Seeds as flags name them."""

import re
from collections.abc import Sequence

from harness.base.errors import UsageError

MOST_SEEDS = 10_000


def seeds_from(texts: Sequence[str]) -> list[int]:
    """Return the seeds that words such as `3` and `0..9` name, both ends included.

    Raises:
        UsageError: for other words, and for a range that is empty or too long.

    >>> seeds_from(["3", "0..2"])
    [3, 0, 1, 2]
    """
    seeds = []
    for text in texts:
        match = re.fullmatch(r"([0-9]{1,16})(?:\.\.([0-9]{1,16}))?", text)
        if not match:
            raise UsageError(f"--seeds got {text!r}; allowed are whole numbers from 0, and ranges such as 0..9")
        first, last = int(match[1]), int(match[2] or match[1])
        if not 0 <= last - first < MOST_SEEDS:
            raise UsageError(
                f"--seeds got {text!r}, which names {max(0, last - first + 1):,} seeds; allowed are 1 to "
                f"{MOST_SEEDS:,}, the smallest first"
            )
        seeds += range(first, last + 1)
    return seeds
