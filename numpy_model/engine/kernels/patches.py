"""Patches of images and their adjoint.

Letters: N images, C channels, F filters, P x Q an image and the zeros below and right of it, K x L the kernel, G groups
of kernel rows, S the cells of a plane on which windows are computed, D = K / G * L * C the depth of a patch. D+ and F+
are D + 1 and G * F rounded up, as `filled_up` says.

A batch of images is kept here as one long run of cells, each image with zeros below and right of it. The windows moved
by k rows and l columns are then the same run, begun k * Q + l cells later: a batch of patches is copied or added up in
a few long operations, not in one short operation per row, which took 8 µs instead of 4 for the second layer of
`simple_cnn`, and 33 instead of 7 for the adjoint. Cells in which a window would hang over the edge are computed too,
and are no outputs; their gradient is zero, and sums may read it.

The zeros right of a row are at the same time those left of the next, and those below an image those above the next. So
a plane of `simple_cnn` has 900 cells, and not 1,024, through which all operations go.

Below its D rows a patch has a row of ones, and zeros behind the edge. So the product adds the bias, which is the
kernel's row for it, and the product that makes the gradient of the kernel makes that of the bias too: by themselves
they took 17 of the 300 µs of a step of `simple_cnn` at batch size 1. Then come rows of zeros, up to a size that the
kernels of BLAS like.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from numpy_model.engine.kernels.canvas import Canvas
from numpy_model.engine.kernels.layout import Layout, filled_up
from numpy_model.engine.kernels.unstacking import Unstacking, write_sum

if TYPE_CHECKING:
    from numpy_model.engine.tape import Tape
    from numpy_model.windows import Windows

# Most bytes of the patches of those images that are worked on together: half of an L2 cache of 1 MB. With twice as many
# bytes a step of 32-32-pool-64-64-pool-128 filters takes 1.03 times as long, and with one image at a time that of
# `simple_cnn` takes 1.08 times as long.
CHUNK_BYTES = 2**19


class Patches:
    """The moves of memory around the matrix product of a convolution, for a batch of N images.

    A convolution is combine(kernelᵀ @ stack(inputs)). With G = 1 a patch holds all K rows of the window, and `combine`
    has nothing to do. With G = K a patch holds one row, so that patches are K times smaller; then the product holds the
    share of each kernel row, and `combine` adds the shares, each moved by its row. `unstack` is the adjoint of `stack`,
    and `spread` that of `combine`: the gradient takes the same way back. All four work on a `Chunk` of the batch.

    Args:
        windows: the `Windows` of the layer.
        n: N.
        channels, filters: C and F.
        n_groups: G, 1 or the kernel's height. `choose_groups` knows which is faster. With a stride down, 1.
        dtype: of the arrays.
        chunk_bytes: most bytes of the patches of a chunk; one image is never divided. Default `CHUNK_BYTES`.

    Attributes:
        depth: D.
        unmoved_group: which of the G groups lands in the outputs where it is, and covers them: that the bias goes with.
        inputs: (N, C, H, W), to be filled before `stack`.
        cells: (N, F, *plane), contiguous: what `combine` writes, with the cells that nobody reads.
        outputs: the view (N, F, *output_size) of `cells`.
        grad_cells: (N, F, *plane), zero outside `grad_outputs`.
        grad_outputs: the view (N, F, *output_size) of `grad_cells`, to be filled before `spread`.
        grad_inputs: (N, C, H, W), what `unstack` adds up.
        chunks: a `Chunk` for every few images. They share their work arrays, and take turns.
    """

    def __init__(
        self,
        windows: Windows,
        n: int,
        channels: int,
        filters: int,
        n_groups: int,
        dtype: str | np.dtype,
        chunk_bytes: int = CHUNK_BYTES,
    ) -> None:
        (height, width), (output_height, output_width) = windows.image_size, windows.output_size
        layout, (top, _) = Layout(windows, n_groups), windows.before
        grid, plane, margin = layout.grid, layout.plane, layout.margin
        self.depth = layout.rows * layout.columns * channels
        self.unmoved_group = top if n_groups > 1 else 0
        filled_depth, filled_products = filled_up(self.depth + 1, n_groups * filters)

        image, grad_image = (Canvas(n, channels, layout.image, margin, dtype) for _ in range(2))
        self.inputs, self.grad_inputs = (canvas.planes[:, :, :height, :width] for canvas in (image, grad_image))
        self.cells = np.empty((n, filters, *plane), dtype)
        self.outputs = self.cells[:, :, :output_height, :output_width]
        gradient = Canvas(n, filters if n_groups > 1 else filled_products, plane, margin, dtype)
        self.grad_cells = gradient.planes[:, :filters]
        self.grad_outputs = self.grad_cells[:, :, :output_height, :output_width]
        # Of these each chunk has its own images; the arrays in `of_chunk` all chunks use in turn.
        of_batch = {"windows": layout.windows(image), "cells": self.cells}

        bytes_per_image = filled_depth * math.prod(grid) * np.dtype(dtype).itemsize
        size = min(n, max(1, chunk_bytes // bytes_per_image))
        patches = Canvas(size, filled_depth, grid, layout.columns, dtype)
        # Only where there are outputs: `Unstacking` reads the last cells of the image before too, which must be zero.
        patches.planes[:, self.depth, :, :output_width] = 1
        stacked = patches.planes[:, : self.depth].reshape(size, *of_batch["windows"].shape[1:])
        of_chunk = {"patches": patches.planes, "stacked": stacked}
        # With one group there is nothing to combine: the product is written, and its gradient read, in place. Else the
        # products are read no more once combined, and their memory serves for their gradient.
        if n_groups > 1:
            of_batch["grad_shares"] = gradient.shifted(n_groups, 1, grid, sign=-1, start=top * grid[1])
            products = Canvas(size, filled_products, plane, margin, dtype)
            of_chunk["shares"] = products.groups(n_groups, filters, -top * grid[1], grid[1])[:, 0]
            of_chunk["grad_products"] = products.planes[:, :, :height]
            of_chunk["products"] = of_chunk["grad_products"][:, : n_groups * filters]
        else:
            of_batch |= {"products": self.cells, "grad_products": gradient.planes}
        unstacking = Unstacking(layout, patches, stacked, grad_image)
        self.chunks = []
        for first in range(0, n, size):
            images = slice(first, min(first + size, n))
            own = slice(images.stop - images.start)
            arrays = {name: array[images] for name, array in of_batch.items()}
            arrays |= {name: array[own] for name, array in of_chunk.items()}
            self.chunks.append(Chunk(images, unstacking, **arrays))


class Chunk:
    """A few images of a batch, so few that their patches stay in the L2 cache from one move to the next.

    The moves of a batch of 128 in one piece take twice as long.

    Args:
        images: which of the batch, a slice.
        unstacking: the `Unstacking` of the batch.
        windows: (n, K / G, L, C, *grid), the inputs as the windows see them, columns from last to first.
        patches: (n, D+, *grid), work array of the patches, and then of their gradient.
        stacked: the view of its first D planes in the shape of `windows`.
        products: (n, G * F, *grid), work array of the product.
        cells: (n, F, *plane), what the products add up to.
        grad_products: (n, F+, *grid), work array of the gradient of the products.
        shares: (n, G, F * cells), the products, those of each kernel row moved by it; `None`, the default, for G = 1.
        grad_shares: (n, G, 1, F, *grid), the gradient of the outputs, moved for each kernel row; likewise.

    Attributes:
        patches: (n, D+, S), filled by `stack`, until another chunk's are, or the gradient is.
        products: (n, G * F, S), to be filled before `combine`.
        filled_grad_products: (n, F+, S), filled by `spread`.
        grad_products: (n, G * F, S), the rows of it that are not only zeros.
        grad_patches: (n, D, S), to be filled before `unstack`, in the memory of `patches`.
    """

    def __init__(
        self,
        images: slice,
        unstacking: Unstacking,
        windows: np.ndarray,
        patches: np.ndarray,
        stacked: np.ndarray,
        products: np.ndarray,
        cells: np.ndarray,
        grad_products: np.ndarray,
        shares: np.ndarray | None = None,
        grad_shares: np.ndarray | None = None,
    ) -> None:
        self.images = images
        self._unstacking, self._windows, self._stacked = unstacking, windows, stacked
        self._shares, self._cells, self._grad_shares = shares, cells, grad_shares
        n, depth, (*_, height, width) = len(stacked), math.prod(stacked.shape[1:4]), stacked.shape
        self.patches = patches.reshape(n, -1, height * width)
        self.grad_patches = self.patches[:, :depth]
        self.products = products.reshape(n, -1, height * width)
        self.filled_grad_products = grad_products.reshape(n, -1, height * width)
        self.grad_products = self.filled_grad_products[:, : products.shape[1]]

    def stack(self, tape: Tape) -> None:
        """Write the copy of the windows of the inputs into `patches`."""
        tape.copyto(self._stacked, self._windows)

    def unstack(self, tape: Tape) -> None:
        """Write the sum of the gradient of the patches at the pixels they came from."""
        self._unstacking.write(tape, self.images)

    def combine(self, tape: Tape) -> None:
        """Write the sum of the shares of the kernel rows into the outputs."""
        if self._shares is not None:
            write_sum(tape, self._shares, self._cells)

    def spread(self, tape: Tape) -> None:
        """Write the gradient of the outputs to the share of every kernel row, in the gradient of the products."""
        if self._shares is not None:
            tape.copyto(self.grad_products.reshape(self._grad_shares.shape), self._grad_shares)
