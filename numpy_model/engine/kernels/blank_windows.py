"""Outputs of windows that see only zeros.

Letters: N images, H x W pixels, C channels, F filters, P x Q the padded image, K x L the window, H' x W' the windows of
an image.
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
        n: N.
        dtype: of the images.
    """

    def __init__(self, windows: Windows, n: int, dtype: str | np.dtype) -> None:
        (height, width), (top, left) = windows.image_size, windows.before
        (output_height, output_width), (rows, columns) = windows.output_size, windows.window_size
        padded_height, padded_width = windows.padded_size
        self._zero = np.zeros((), dtype)
        self._all_bits = np.empty((n, height, width), dtype)  # (N, H, W)
        image = Canvas(n, 1, (padded_height, padded_width), 0, bool)
        self._pixels = image.planes[:, 0, top : top + height, left : left + width]  # (N, H, W)
        self._by_row = image.shifted(rows, 1, (output_height, padded_width))[:, :, 0, 0]  # (N, K, H', Q)
        seen = Canvas(n, 1, (output_height, padded_width), columns, bool)
        self._seen_rows = seen.planes[:, 0]  # (N, H', Q)
        self._by_column = seen.shifted(1, columns, (output_height, padded_width))[:, 0, :, 0]  # (N, L, H', Q)
        self._seen = np.empty((n, output_height, padded_width), bool)
        self._factors = np.empty((n, output_height, output_width, 1), dtype)  # (N, H', W', 1)

    def write_zeros(self, tape: Tape, inputs: np.ndarray, out: np.ndarray) -> None:
        """Write zeros to `out`, (N, H', W', F), where the window sees nothing else in `inputs`, (N, H, W, C)."""
        # The bitwise or of a pixel's channels is 0 only if each of them is. A sign bit may be left, of -0.0, which
        # equals 0 too.
        planes, whole = inputs.transpose(0, 3, 1, 2), f"i{inputs.itemsize}"
        tape.call(np.bitwise_or.reduce, planes.view(whole), 1, None, self._all_bits.view(whole))
        tape.call(np.not_equal, self._all_bits, self._zero, self._pixels)
        tape.max(self._by_row, axis=1, out=self._seen_rows)
        # One column after the other, each as one long run: a maximum over that axis goes from pixel to pixel, and takes
        # four times as long.
        tape.copyto(self._seen, self._by_column[:, 0])
        for column in range(1, self._by_column.shape[1]):
            tape.call(np.logical_or, self._seen, self._by_column[:, column], self._seen)
        tape.copyto(self._factors[..., 0], self._seen[:, :, : out.shape[2]])
        tape.multiply(out, self._factors, out=out)
