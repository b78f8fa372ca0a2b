"""How a batch of images, its patches and the kernel are laid out in memory.

Letters: N images, C channels, F filters, K x L the kernel, G groups of kernel rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from numpy_model.engine.kernels.canvas import Canvas
    from numpy_model.windows import Windows

# OpenBLAS computes tiles of 8 x 4 numbers on AVX2, and of 16 x 4 on AVX-512; what is left over at an edge takes nearly
# as long as a whole tile. The gradient of a kernel of 30 x 30 took 44 µs, and one of 32 x 32 takes 29.
TILE = 4, 8


class Layout:
    """How many cells an image and its windows take in memory.

    Args:
        windows: the `Windows` of the layer.
        n_groups: G, 1 or the kernel's height.

    Attributes:
        rows, columns: (K / G, L), rows and columns of the kernel that a patch holds.
        image: cells of an image with the zeros around it (down, right).
        top, left: zeros above it, and those on the left, which lie at the end of the row before.
        strides: cells from one window to the next (down, right).
        grid: windows that are computed (down, right).
        plane: cells of what `Chunk.combine` writes (down, right).
        margin: cells by which a window can reach beyond either end of a batch.
    """

    def __init__(self, windows: Windows, n_groups: int) -> None:
        (kernel_rows, kernel_columns), (_, right) = windows.window_size, windows.strides
        (top, left), (bottom, zeros_right) = windows.before, windows.after
        (height, width), (output_height, output_width) = windows.image_size, windows.output_size
        padded_height, padded_width = height + max(top, bottom), width + max(left, zeros_right)
        grid_width = padded_width if right == 1 else output_width
        self.rows, self.columns = kernel_rows // n_groups, kernel_columns
        self.left, self.strides = left, windows.strides
        self.margin = kernel_rows * padded_width + kernel_columns
        if n_groups > 1:
            # Patches of one row never look beyond the first and last row of the image. So padding above and below is
            # left to the products, where it is zero without being computed.
            self.image, self.top = (height, padded_width), 0
            self.grid, self.plane = (height, grid_width), (padded_height, grid_width)
        else:
            self.image, self.top = (padded_height, padded_width), top
            self.grid = self.plane = (output_height, grid_width)

    def windows(self, image: Canvas) -> np.ndarray:
        """Return what the windows see of the images on a canvas, the view (N, K / G, L, C, *grid).

        Columns of the kernel are there from last to first, for `Unstacking`.
        """
        first = -(self.top * self.image[1] + self.left)
        return image.shifted(self.rows, self.columns, self.grid, self.strides, start=first)[:, :, ::-1]


def filled_up(rows: int, columns: int) -> tuple[int, int]:
    """Return the size of a matrix (rows, columns) that is filled up with zeros to whole tiles of BLAS."""
    return tuple(-(-size // tile) * tile for size, tile in zip((rows, columns), TILE, strict=True))


def choose_groups(windows: Windows, channels: int, filters: int) -> int:
    """Return G, the number of groups of kernel rows with which `Patches` takes less time.

    Whole patches are K * L * C planes. Patches of one kernel row are L * C planes, but then K * F planes of products
    are written, added up and spread; and all have the rows of the image, where whole patches have those of the outputs.
    A plane counts half as much again in whole patches: fewer images of these stay in the cache, and their gradient is
    added up in one more step. So 32 filters of 3 x 3 on 32 channels go by rows, where a step of a network like VGG
    takes 0.83 times as long at batch size 1. LeNet's second layer, for which both ways take equally long, stays whole.
    """
    (rows, columns), (down, _) = windows.window_size, windows.strides
    (height, _), (output_height, _) = windows.image_size, windows.output_size
    by_rows, whole = columns * channels + 3 * rows * filters, 1.5 * rows * columns * channels
    return rows if down == 1 and by_rows * height < whole * output_height else 1
