"""The way back from patches: their gradient, added up at the pixels that they came from.

Letters: N images of a batch, n of them worked on together, C channels, G groups of kernel rows, K / G x L the rows and
columns of the kernel that a patch holds, P x Q an image and the zeros below and right of it, S cells of patches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import as_strided

if TYPE_CHECKING:
    from numpy_model.engine.kernels.canvas import Canvas
    from numpy_model.engine.kernels.layout import Layout
    from numpy_model.engine.tape import Tape


class Unstacking:
    """The adjoint of `Chunk.stack`: a sum over the columns of the kernel, and then over its rows.

    With as many windows in a row as there are cells, each column of the kernel is the same run of memory, moved; and so
    is each row, once the sums over the columns are copied to where there are zeros between, above and below them. So
    three operations do it all, and one where a patch holds a single row of the kernel. One addition for each place of
    the kernel, 25 in LeNet's second layer, took 127 µs instead of 9; only with a stride to the right is it still done.

    Args:
        layout: a `Layout`.
        patches: the `Canvas` of the gradient of the patches of n images.
        stacked: the view (n, K / G, L, C, *grid) of it.
        grad_image: the `Canvas` that the sums go to, of N images.
    """

    def __init__(self, layout: Layout, patches: Canvas, stacked: np.ndarray, grad_image: Canvas) -> None:
        n, rows, columns, channels, n_lines, width = stacked.shape
        (height, image_width), (down, _) = layout.image, layout.strides
        self._sums = grad_image.planes  # (N, C, P, Q)
        self._by_row = self._places = None
        if width != image_width:
            self._places = layout.windows(grad_image), stacked
            return
        # Columns are kept from last to first, so that each group begins one cell later than the one before it ends. In
        # the other order rows of the matrix would overlap, which BLAS does not take.
        self._by_column = patches.groups(columns, channels, layout.left + 1 - columns, 1, n_sets=rows)
        if rows == 1 and layout.grid == layout.image:
            return
        self._by_row = np.empty((n, rows, channels, n_lines, width), stacked.dtype)
        first, last = rows - 1, rows - 1 + down * (n_lines - 1)
        apart = np.zeros((n, rows, channels, first + layout.top + height, width), stacked.dtype)
        self._apart = apart[:, :, :, first : last + 1 : down]  # as `by_row`
        image, row, *inner = apart.strides
        strides = image, row - inner[1], *inner
        self._moved = as_strided(apart[:, :, :, first + layout.top :], (n, rows, channels, height, width), strides)

    def write(self, tape: Tape, images: slice) -> None:
        """Write the sums of some images, whose gradients are the first of the patches."""
        own, sums = slice(images.stop - images.start), self._sums[images]
        if self._places is not None:
            windows, stacked = self._places
            tape.copyto(sums, 0)
            for place in np.ndindex(stacked.shape[1:3]):
                window = windows[images, *place]
                tape.add(window, stacked[own, *place], out=window)
        elif self._by_row is None:
            write_sum(tape, self._by_column[own], sums)
        else:
            write_sum(tape, self._by_column[own], self._by_row[own])
            tape.copyto(self._apart[own], self._by_row[own])
            tape.sum(self._moved[own], axis=1, out=sums)


def write_sum(tape: Tape, groups: np.ndarray, planes: np.ndarray) -> None:
    """Write to the tape the sum of groups of cells, (..., groups, C * S), into planes (..., C, height, width).

    A product with ones reads all groups at once. One addition after the other took 4.8 µs an image for the second layer
    of `simple_cnn`, and the product takes 2.4.
    """
    *outer, n_groups, _ = groups.shape
    tape.matmul(np.ones((1, n_groups), groups.dtype), groups, out=planes.reshape(*outer, 1, -1))
