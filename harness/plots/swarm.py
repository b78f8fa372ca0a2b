"""Points of one column side by side where they would cover each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def swarm(heights: list[float] | np.ndarray, distance: float, n_columns: int) -> tuple[list[int], bool]:
    """Place points in columns so that no two of one column are nearer than a distance.

    Args:
        heights: of the points.
        distance: the least between two points of one column.
        n_columns: how many columns there are, at least one.

    Returns:
        The column of each point: 0 is the middle, 1 and -1 are beside it, and so on; and whether there was room for
        all. Where there was none, a point stands in the column whose last point is farthest below.
    """
    columns = [(turn + 1) // 2 * (1 if turn % 2 else -1) for turn in range(n_columns)]
    tops = dict.fromkeys(columns, float("-inf"))
    placed, has_room = [0] * len(heights), True
    for index in sorted(range(len(heights)), key=lambda index: heights[index]):
        free = [column for column in columns if heights[index] - tops[column] >= distance]
        has_room &= bool(free)
        placed[index] = free[0] if free else min(columns, key=tops.get)
        tops[placed[index]] = heights[index]
    return placed, has_room
