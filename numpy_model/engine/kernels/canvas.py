"""The memory of a batch of images, and views of it moved by whole pixels.

Letters: N images, C channels, P x Q pixels of a plane, K x L the window.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import as_strided


class Canvas:
    """The planes of a batch in one run of memory, with zeros before and behind it.

    What a shift brings in from a neighbouring row or plane lands in cells that nobody reads, or is zero; before the
    first and behind the last plane it comes from the margin.

    Args:
        n: N, number of images.
        channels: C, planes per image.
        size: (P, Q) of one plane.
        margin: zero cells on either side, no fewer than the largest shift.
        dtype: of the cells.

    Attributes:
        planes: (N, C, P, Q), the cells without the margin; zero at first.
    """

    def __init__(self, n: int, channels: int, size: tuple[int, int], margin: int, dtype: str | np.dtype) -> None:
        height, width = size
        self._cells = np.zeros(n * channels * height * width + 2 * margin, dtype)
        self._margin = margin
        self._shape = (n, channels, height, width)
        self.planes = self._view(0, self._shape, (channels * height * width, height * width, width, 1))

    def shifted(
        self,
        rows: int,
        columns: int,
        size: tuple[int, int],
        strides: tuple[int, ...] = (1, 1),
        sign: int = 1,
        start: int = 0,
    ) -> np.ndarray:
        """Return the view (N, rows, columns, C, *size) whose entry [:, k, l] is the run moved by k rows and l columns.

        Args:
            rows, columns: how many shifts in each direction.
            size: cells of the result (down, right).
            strides: cells between neighbours of the result (down, right).
            sign: 1 looks ahead, as patches do; -1 looks back, as their adjoint does.
            start: cells by which all of it is moved.
        """
        n, channels, height, width = self._shape
        plane = height * width
        down, right = strides
        return self._view(
            start,
            (n, rows, columns, channels, *size),
            (channels * plane, sign * width, sign, plane, down * width, right),
        )

    def groups(self, n_groups: int, n_planes: int, start: int, step: int, n_sets: int = 1) -> np.ndarray:
        """Return groups of planes, each moved by `step` cells more than the one before in its set.

        Args:
            n_groups: how many.
            n_planes: of each group.
            start: cells by which the first group of each set is moved.
            step: cells.
            n_sets: sets of such groups, which together are the first of the C planes. Default 1.

        Returns:
            The view (N, n_sets, n_groups, n_planes * P * Q).
        """
        n, channels, height, width = self._shape
        size = n_planes * height * width
        strides = channels * height * width, n_groups * size, size + step, 1
        return self._view(start, (n, n_sets, n_groups, size), strides)

    def _view(self, start: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> np.ndarray:
        item = self._cells.itemsize
        return as_strided(self._cells[self._margin + start :], shape, [item * stride for stride in strides])
