"""Patches of images and their adjoint, and how they lie in memory.

Letters: N images, C channels, F filters, P x Q an image and the zeros below and right of it, K x L the kernel, G groups
of kernel rows, S the cells of a plane on which windows are computed, D = K / G * L * C the depth of a patch. D+ and F+
are D + 1 and G * F rounded up, as `filled_up` says.

A batch of images is kept here as one long run of cells, each image with zeros below and right of it. The windows moved
by k rows and l columns are then the same run, begun k * Q + l cells later: a batch of patches is copied or added up in
a few long operations, not in one short operation per row, which took 8 µs instead of 4 for the second layer of
`simple_cnn`, and 33 instead of 7 for the adjoint. Cells in which a window would hang over the edge are computed too,
and never read.

The zeros right of a row are at the same time those left of the next, and those below an image those above the next. So
a plane of `simple_cnn` has 900 cells, and not 1,024, through which all operations go.

Below its D rows a patch has a row of ones. So the product adds the bias, which is the kernel's row for it, and the
product that makes the gradient of the kernel makes that of the bias too: by themselves they took 17 of the 300 µs of a
step of `simple_cnn` at batch size 1. Then come rows of zeros, up to a size that the kernels of BLAS like.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from numpy_model.engine.kernels.canvas import Canvas
from numpy_model.engine.kernels.row_sums import RowSums

if TYPE_CHECKING:
    from numpy_model.engine.tape import Tape
    from numpy_model.windows import Windows

# Most bytes of the patches of those images that are worked on together: half of an L2 cache of 1 MB. With twice as many
# bytes a step of 32-32-pool-64-64-pool-128 filters takes 1.03 times as long, and with one image at a time that of
# `simple_cnn` takes 1.08 times as long.
CHUNK_BYTES = 2**19

# OpenBLAS computes tiles of 8 x 4 numbers on AVX2, and of 16 x 4 on AVX-512; what is left over at an edge takes nearly
# as long as a whole tile. The gradient of a kernel of 30 x 30 took 44 µs, and one of 32 x 32 takes 29.
TILE = 4, 8


class Layout:
    """How many cells an image and its windows take in memory.

    Args:
        geometry, n_groups: as of `Patches`.

    Attributes:
        rows: K / G, kernel rows that a patch holds.
        image: cells of an image with the zeros around it (down, right).
        top: zeros above it.
        grid: windows that are computed (down, right).
        plane: cells of what `Patches.combine` writes (down, right).
        margin: cells by which a window can reach beyond either end of a batch.
    """

    def __init__(self, geometry: Windows, n_groups: int) -> None:
        (kernel_rows, kernel_columns), (_, right) = geometry.window_size, geometry.strides
        (top, left), (bottom, zeros_right) = geometry.before, geometry.after
        (height, width), (output_height, output_width) = geometry.image_size, geometry.output_size
        padded_height, padded_width = height + max(top, bottom), width + max(left, zeros_right)
        columns = padded_width if right == 1 else output_width
        self.rows = kernel_rows // n_groups
        self.margin = kernel_rows * padded_width + kernel_columns
        if n_groups > 1:
            # Patches of one row never look beyond the first and last row of the image. So padding above and below is
            # left to the products, where it is zero without being computed.
            self.image, self.top = (height, padded_width), 0
            self.grid, self.plane = (height, columns), (padded_height, columns)
        else:
            self.image, self.top = (padded_height, padded_width), top
            self.grid = self.plane = (output_height, columns)


class Patches:
    """The moves of memory around the matrix product of a convolution, for a batch of N images.

    A convolution is combine(kernelᵀ @ stack(inputs)). With G = 1 a patch holds all K rows of the window, and `combine`
    has nothing to do. With G = K a patch holds one row, so that patches are K times smaller; then the product holds the
    share of each kernel row, and `combine` adds the shares, each moved by its row. `unstack` is the adjoint of `stack`,
    and `spread` that of `combine`: the gradient takes the same way back. All four work on a `Chunk` of the batch.

    Args:
        geometry: the `Windows` of the layer.
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
        grad_cells: (N, F, *plane), contiguous, and zero outside `grad_outputs`.
        grad_outputs: the view (N, F, *output_size) of `grad_cells`, to be filled before `spread`.
        grad_inputs: (N, C, H, W), what `unstack` adds up.
        chunks: a `Chunk` for every few images. They share their work arrays, and take turns.
    """

    def __init__(
        self,
        geometry: Windows,
        n: int,
        channels: int,
        filters: int,
        n_groups: int,
        dtype: str | np.dtype,
        chunk_bytes: int = CHUNK_BYTES,
    ) -> None:
        (height, width), (output_height, output_width) = geometry.image_size, geometry.output_size
        (_, kernel_columns), (top, left), strides = geometry.window_size, geometry.before, geometry.strides
        layout = Layout(geometry, n_groups)
        rows, grid, plane, margin = layout.rows, layout.grid, layout.plane, layout.margin
        self.depth = rows * kernel_columns * channels
        self.unmoved_group = top if n_groups > 1 else 0
        filled_depth, filled_products = filled_up(self.depth + 1, n_groups * filters)

        image = Canvas(n, channels, layout.image, margin, dtype)
        self.inputs = image.planes[:, :, :height, :width]
        self.cells = np.empty((n, filters, *plane), dtype)
        self.outputs = self.cells[:, :, :output_height, :output_width]
        gradient = Canvas(n, filters if n_groups > 1 else filled_products, plane, margin, dtype)
        self.grad_cells = gradient.planes[:, :filters]
        self.grad_outputs = self.grad_cells[:, :, :output_height, :output_width]
        grad_image = Canvas(n, channels, layout.image, margin, dtype)
        self.grad_inputs = grad_image.planes[:, :, :height, :width]

        first_window = -(layout.top * layout.image[1] + left)
        # Columns of the kernel from last to first, for `columns` below.
        windows = image.shifted(rows, kernel_columns, grid, strides, start=first_window)[:, :, ::-1]
        grad_windows = grad_image.shifted(rows, kernel_columns, grid, strides, start=first_window)[:, :, ::-1]
        first_row = (top - layout.top) * grid[1]
        grad_shares = gradient.shifted(n_groups, 1, grid, sign=-1, start=first_row)[:, :, :, :filters]
        bytes_per_image = filled_depth * math.prod(grid) * np.dtype(dtype).itemsize
        size = min(n, max(1, chunk_bytes // bytes_per_image))
        patches = Canvas(size, filled_depth, grid, kernel_columns, dtype)
        # Not in the cells behind a row: a sum over `columns` begins in those of the image before.
        patches.planes[:, self.depth, :, :output_width] = 1
        stacked = patches.planes[:, : self.depth].reshape(size, *windows.shape[1:])
        # With as many windows in a row as there are cells, a column of the kernel is back at its pixels once it is moved,
        # the last one furthest back. From last to first the steps are ahead: BLAS takes no rows that overlap.
        columns = row_sums = None
        if grid[1] == layout.image[1]:
            columns = patches.groups(kernel_columns, channels, left + 1 - kernel_columns, 1, n_sets=rows)
            if rows > 1 or grid != layout.image:
                lines = grid, layout.image[0], strides[0], layout.top
                row_sums = RowSums(size, channels, rows, *lines, dtype)
        products = Canvas(size, filled_products, plane, margin, dtype)
        shares = products.groups(n_groups, filters, -top * grid[1], grid[1])[:, 0]
        self.chunks = []
        for first in range(0, n, size):
            images = slice(first, min(first + size, n))
            own = slice(0, images.stop - first)
            # With one group there is nothing to combine: the product is written, and its gradient read, in place.
            # Else the products are read no more once combined, and their memory serves for their gradient.
            if n_groups > 1:
                own_grad_products = products.planes[own, :, :height]
                own_products = own_grad_products[:, : n_groups * filters]
            else:
                own_products, own_grad_products = self.cells[images], gradient.planes[images]
            self.chunks.append(
                Chunk(
                    images=images,
                    windows=windows[images],
                    patches=patches.planes[own],
                    stacked=stacked[own],
                    products=own_products,
                    shares=shares[own],
                    cells=self.cells[images],
                    grad_shares=grad_shares[images],
                    grad_products=own_grad_products,
                    grad_windows=grad_windows[images],
                    grad_image=grad_image.planes[images],
                    columns=columns[own] if columns is not None else None,
                    row_sums=row_sums,
                )
            )


class Chunk:
    """A few images of a batch, so few that their patches stay in the L2 cache from one move to the next.

    The moves of a batch of 128 in one piece take twice as long.

    Args:
        images: which of the batch, a slice.
        windows: (n, K / G, L, C, *grid), the inputs as the windows see them, columns from last to first.
        patches: (n, D+, *grid), work array of the patches, and then of their gradient.
        stacked: the view of its first D planes in the shape of `windows`.
        products: (n, G * F, *grid), work array of the product.
        shares: (n, G, F * cells), the products, those of each kernel row moved by it.
        cells: (n, F, *plane), what they add up to.
        grad_shares: (n, G, 1, F, *grid), the gradient of the outputs, moved for each kernel row.
        grad_products: (n, F+, *grid), work array of the gradient of the products.
        grad_windows: (n, K / G, L, C, *grid), the gradient of the image as the windows see it.
        grad_image: (n, C, height, width), the gradient of the image.
        columns: (n, K / G, L, C * cells), the patches, those of each kernel column moved to the columns of the image they
            came from, or `None`.
        row_sums: the `RowSums` of `columns`, or `None` if these are back at their pixels.

    Attributes:
        patches: (n, D+, S), filled by `stack`, until another chunk's are, or the gradient is.
        products: (n, G * F, S), to be filled before `combine`.
        filled_grad_products: (n, F+, S), filled by `spread`.
        grad_products: (n, G * F, S), the rows of it that are not only zeros.
        grad_patches: (n, D, S), to be filled before `unstack`, in the memory of `patches`.
    """

    def __init__(
        self,
        images: np.ndarray,
        windows: np.ndarray,
        patches: np.ndarray,
        stacked: np.ndarray,
        products: np.ndarray,
        shares: np.ndarray,
        cells: np.ndarray,
        grad_shares: np.ndarray,
        grad_products: np.ndarray,
        grad_windows: np.ndarray,
        grad_image: np.ndarray,
        columns: np.ndarray | None,
        row_sums: RowSums | None,
    ) -> None:
        self.images = images
        self._windows, self._stacked = windows, stacked
        self._shares, self._cells = shares, cells
        self._columns, self._row_sums = columns, row_sums
        self._grad_shares, self._grad_windows, self._grad_image = grad_shares, grad_windows, grad_image
        n, depth, (*_, height, width) = len(stacked), math.prod(stacked.shape[1:4]), stacked.shape
        self.patches = patches.reshape(n, -1, height * width)
        self.grad_patches = self.patches[:, :depth]
        self.products = products.reshape(n, -1, height * width)
        self.filled_grad_products = grad_products.reshape(n, -1, height * width)
        self.grad_products = self.filled_grad_products[:, : products.shape[1]]
        self._spread = self.grad_products.reshape(grad_shares.shape)

    def stack(self, tape: Tape) -> None:
        """Write the copy of the windows of the inputs into `patches`."""
        tape.copyto(self._stacked, self._windows)

    def unstack(self, tape: Tape) -> None:
        """Write the sum of the gradient of the patches at the pixels they came from."""
        if self._row_sums is not None:
            n = len(self._columns)
            write_sum(tape, self._columns, self._row_sums.by_row[:n])
            self._row_sums.write_sum(tape, n, out=self._grad_image)
        elif self._columns is not None:
            write_sum(tape, self._columns, self._grad_image)
        else:
            tape.copyto(self._grad_image, 0)
            for place in np.ndindex(self._stacked.shape[1:3]):
                window = self._grad_windows[:, *place]
                tape.add(window, self._stacked[:, *place], out=window)

    def combine(self, tape: Tape) -> None:
        """Write the sum of the shares of the kernel rows into the outputs."""
        if self._shares.shape[1] > 1:
            write_sum(tape, self._shares, self._cells)

    def spread(self, tape: Tape) -> None:
        """Write the gradient of the outputs to the share of every kernel row, in the gradient of the products."""
        if self._shares.shape[1] > 1:
            tape.copyto(self._spread, self._grad_shares)


def write_sum(tape: Tape, groups: np.ndarray, planes: np.ndarray) -> None:
    """Write to the tape the sum of groups of cells, (..., G, C * cells), into planes (..., C, height, width).

    A product with ones reads all groups at once. One addition after the other took 4.8 µs an image for the second layer
    of `simple_cnn`, and the product takes 2.4.
    """
    *outer, n_groups, _ = groups.shape
    tape.matmul(np.ones((1, n_groups), groups.dtype), groups, out=planes.reshape(*outer, 1, -1))


def filled_up(rows: int, columns: int) -> tuple[int, int]:
    """Return the size of a matrix (rows, columns) that is filled up with zeros to whole tiles of BLAS."""
    return tuple(-(-size // tile) * tile for size, tile in zip((rows, columns), TILE, strict=True))


def choose_groups(geometry: Windows, channels: int, filters: int) -> int:
    """Return G, the number of groups of kernel rows with which `Patches` takes less time.

    Whole patches are K * L * C planes. Patches of one kernel row are L * C planes, but then K * F planes of products
    are written, added up and spread. A plane counts half as much again in whole patches: fewer images of these stay in
    the cache, and their gradient is added up in one more step. So 32 filters of 3 x 3 on 32 channels go by rows, where
    a step of a network like VGG takes 0.83 times as long at batch size 1; those of LeNet's second layer, level in both
    ways, do not.
    """
    (rows, columns), (down, _) = geometry.window_size, geometry.strides
    by_rows, whole = columns * channels + 3 * rows * filters, 1.5 * rows * columns * channels
    return rows if down == 1 and by_rows < whole else 1
