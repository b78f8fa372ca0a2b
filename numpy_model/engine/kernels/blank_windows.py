"""Outputs of windows that see only zeros.

Letters: N images, H x W pixels, C channels, F filters, H' x W' the windows of an image.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numpy_model.engine.kernels.canvas import Canvas

if TYPE_CHECKING:
    from numpy_model.engine.tape import Tape
    from numpy_model.windows import Windows


class BlankWindows:
    """Sets the outputs of windows that see only zeros to exactly zero.

    Frequencies leave a rounding error there. A ReLU passes a gradient on where its input is above zero, however little
    that is; so while the bias is zero, as it is at first, the error would decide. Windows that see equal numbers other
    than zero still differ by rounding, so a max pooling may choose another of them than with patches.

    Args:
        windows: of the layer.
        n, channels: N and C.
        dtype: of the images.
    """

    def __init__(self, windows: Windows, n: int, channels: int, dtype: str | np.dtype) -> None:
        (height, width), (top, left) = windows.image_size, windows.before
        (output_height, output_width), (rows, columns) = windows.output_size, windows.window_size
        padded_height, padded_width = windows.padded_size
        self._zero = np.zeros((), dtype)
        self._is_nonzero = np.empty((n, channels, height, width), bool)
        self._has_nonzero = np.empty((n, height, width), bool)
        image = Canvas(n, 1, (padded_height, padded_width), 0, bool)
        self._pixels = image.planes[:, 0, top : top + height, left : left + width]
        self._by_row = image.shifted(rows, 1, (output_height, padded_width))[:, :, 0, 0]
        seen = Canvas(n, 1, (output_height, padded_width), 0, bool)
        self._seen_rows = seen.planes[:, 0]
        self._by_column = seen.shifted(1, columns, (output_height, output_width))[:, 0, :, 0]
        self._seen = np.empty((n, output_height, output_width), bool)
        self._factors = np.empty((n, output_height, output_width, 1), dtype)

    def write_zeros(self, tape: Tape, inputs: np.ndarray, out: np.ndarray) -> None:
        """Write zeros to `out`, (N, H', W', F), where the window sees nothing else in `inputs`, (N, H, W, C)."""
        tape.call(np.not_equal, inputs.transpose(0, 3, 1, 2), self._zero, self._is_nonzero)
        tape.max(self._is_nonzero, axis=1, out=self._has_nonzero)
        tape.copyto(self._pixels, self._has_nonzero)
        tape.max(self._by_row, axis=1, out=self._seen_rows)
        tape.max(self._by_column, axis=1, out=self._seen)
        tape.copyto(self._factors[..., 0], self._seen)
        tape.multiply(out, self._factors, out=out)
