"""The last step of the adjoint of patches: what belongs to each row of the kernel is added up at its pixels.

Letters: N images, C channels, H x Q the image with the zeros beside it, K rows of the kernel, H' rows of windows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import as_strided

if TYPE_CHECKING:
    from numpy_model.engine.tape import Tape


class RowSums:
    """Rows of windows, once for each row of the kernel, and their sum at the pixels that they see.

    The rows are copied to where there are zeros between, above and below them. There each row of the kernel is the same
    run of memory, moved, and a single operation adds up all of them. To add one place of the kernel after the other
    took 25 operations for a kernel of 5 x 5: the second convolution of LeNet took 127 µs for that, and takes 9.

    Args:
        n, channels: N and C.
        rows: K.
        grid: (H', Q).
        height: H.
        down: rows of the image from one row of windows to the next.
        top: rows by which the first row of windows begins above the image.
        dtype: of the arrays.

    Attributes:
        by_row: (N, K, C, H', Q), to be filled before `write_sum`.
    """

    def __init__(
        self,
        n: int,
        channels: int,
        rows: int,
        grid: tuple[int, int],
        height: int,
        down: int,
        top: int,
        dtype: str | np.dtype,
    ) -> None:
        self.by_row = np.empty((n, rows, channels, *grid), dtype)
        n_windows, width = grid
        first, last = rows - 1, rows - 1 + down * (n_windows - 1)
        apart = np.zeros((n, rows, channels, max(last + 1, first + top + height), width), dtype)
        self._apart = apart[:, :, :, first : last + 1 : down]  # (N, K, C, H', Q)
        image, row, channel, line, cell = apart.strides
        strides = (image, row - line, channel, line, cell)
        self._moved = as_strided(apart[:, :, :, first + top :], (n, rows, channels, height, width), strides)

    def write_sum(self, tape: Tape, n: int, out: np.ndarray) -> None:
        """Write: `out` = the sum for the first `n` images, (n, C, H, Q)."""
        tape.copyto(self._apart[:n], self.by_row[:n])
        tape.sum(self._moved[:n], axis=1, out=out)
