"""Fourier transforms of many small planes, as matrix products of real numbers.

Letters: M planes of H x W pixels, U x V frequencies (down, right).

A product with the matrix of a transform of some thirty numbers is faster than an FFT. It reads the numbers where they
lie, and leaves them where the next product wants them: the same frequency of all planes side by side. Planes are real,
so half of the frequencies to the right determine the others. A complex number is kept as its real and its imaginary
part, along an axis of length 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy_model.engine.tape import Tape


class Transform:
    """The transform of planes to frequencies, and the way back, each in two steps: across the columns, and down.

        frequencies[u, v] = sum of planes[h, w] * exp(sign * 2 * pi * i * (u * rows[h] / down + v * columns[w] / right))

    Args:
        rows, columns: where the H rows and the W columns lie, integers.
        period: (down, right), after which places repeat. U is down, and V is right // 2 + 1.
        sign: -1 for images. 1 for a kernel, whose frequencies the formulas of a convolution want conjugated: of real
            numbers, that is the transform with the other sign.
        dtype: of the arrays.

    Source: https://en.wikipedia.org/wiki/Discrete_Fourier_transform
    """

    def __init__(
        self, rows: np.ndarray, columns: np.ndarray, period: tuple[int, int], sign: int, dtype: str | np.dtype
    ) -> None:
        down, right = period
        frequencies = np.arange(right // 2 + 1)
        across = waves(frequencies, columns, sign, right)
        pairs = np.stack([across.real, across.imag], axis=1)  # (V, 2, W)
        # A frequency that is left out is the conjugate of one that is there, which counts for both.
        weights = np.where(2 * frequencies % right == 0, 1, 2) / (down * right)
        # Each in the order in memory with which BLAS is faster beside planes: up to twice as fast, on AVX-512.
        self._across = pairs.reshape(-1, len(columns)).astype(dtype, order="F")  # (V * 2, W)
        weighted = (weights[:, None, None] * pairs).reshape(-1, len(columns))
        self._back_across = weighted.T.astype(dtype, order="C")  # (W, V * 2)
        product = product_of_pairs(waves(np.arange(down), rows, sign, down))  # (U, 2, 2, H)
        back = product_of_pairs(waves(rows, np.arange(down), -sign, down)).transpose(1, 0, 3, 2)  # (2, H, U, 2)
        self._down = product.reshape(2 * down, -1).astype(dtype)  # (U * 2, 2 * H)
        self._back_down = back.reshape(2 * len(rows), -1).astype(dtype)  # (2 * H, U * 2)

    def write_across(self, tape: Tape, planes: np.ndarray, out: np.ndarray) -> None:
        """Write the first step of planes (H, W, M) into `out`, (V, 2, H, M)."""
        tape.matmul(self._across, planes, out=by_row(out))

    def write_back_across(self, tape: Tape, across: np.ndarray, out: np.ndarray) -> None:
        """Write the last step back, of (V, 2, H, M) into planes `out`, (H, W, M)."""
        tape.matmul(self._back_across, by_row(across), out=out)

    def write_down(self, tape: Tape, across: np.ndarray, out: np.ndarray) -> None:
        """Write the second step of one column of frequencies, (2, H, M), into `out`, (U, 2, M)."""
        tape.matmul(self._down, as_matrix(across), out=as_matrix(out))

    def write_back_down(self, tape: Tape, frequencies: np.ndarray, out: np.ndarray) -> None:
        """Write the first step back, of one column of frequencies, (U, 2, M), into `out`, (2, H, M)."""
        tape.matmul(self._back_down, as_matrix(frequencies), out=as_matrix(out))


def waves(frequencies: np.ndarray, places: np.ndarray, sign: int, period: int) -> np.ndarray:
    """Return exp(sign * 2 * pi * i * frequency * place / period), (frequencies, places)."""
    return np.exp(sign * 2j * np.pi * (np.outer(frequencies, places) % period) / period)


def product_of_pairs(matrix: np.ndarray) -> np.ndarray:
    """Return the real array (rows, 2, 2, columns) that multiplies pairs as a complex matrix multiplies numbers."""
    real = np.stack([matrix.real, -matrix.imag], axis=1)
    return np.stack([real, np.stack([matrix.imag, matrix.real], axis=1)], axis=1)


def by_row(across: np.ndarray) -> np.ndarray:
    """Return the view (H, V * 2, M) of (V, 2, H, M)."""
    return across.reshape(-1, *across.shape[2:]).transpose(1, 0, 2)


def as_matrix(array: np.ndarray) -> np.ndarray:
    """Return the view (rows, M) of an array whose last axis is M."""
    return array.reshape(-1, array.shape[-1])
