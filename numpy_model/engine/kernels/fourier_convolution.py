"""Convolution as products of frequencies.

Letters: N images, H x W pixels, C channels, F filters, K x L the kernel, H' x W' the outputs, U x V frequencies.

A convolution multiplies K * L times for each pixel, channel and filter; each frequency of it is one complex product. So
what is left is mostly the transforms: one for each channel and each filter, and not for each pair of them. 64 filters
of 5 x 5 take 0.4 times as long as with patches, and 16 take 0.65 on AVX-512 and 0.85 on AVX2.

Rounding errors are as large as Keras's: 2 to 3e-7 of the root mean square over the outputs, where patches have 1 to
2e-7. They follow the largest pixels of an image, wherever these lie: beside one pixel 10,000 times as large as the
others, distant outputs are off by 1e-4. A pixel that is not finite spoils all outputs of its image.

Source: Mathieu, Henaff and LeCun, "Fast training of convolutional networks through FFTs", 2013.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numpy_model.engine.kernels.activation import is_in_place, write_backward, write_forward
from numpy_model.engine.kernels.blank_windows import BlankWindows
from numpy_model.engine.kernels.fourier import Transform

if TYPE_CHECKING:
    from numpy_model.activations import Activation
    from numpy_model.engine.tape import Tape
    from numpy_model.layer import Layer
    from numpy_model.windows import Windows

# How many times as long a multiplication takes here as with patches, because the products are smaller. With 1.3 a step
# of LeNet at batch size 32 took 1.12 times as long on AVX2, and prediction with 16 filters 1.08 times.
SMALL_PRODUCT_COST = 1.6

# With fewer images the products have so few columns that BLAS is slow at them, and the frequencies of the kernel, which
# all images share, cost too much: 4 images of 64 channels at 14 x 14 pixels take 1.3 times as long as with patches on
# AVX2, 8 take 0.9, and 16 take 0.75.
SMALLEST_BATCH = 8


class FourierConvolutionKernel:
    """`layers.Conv2D` with strides of 1. For each frequency, with complex numbers:

        logits = inputs * kernel
        grad_inputs = grad_logits * conj(kernel)
        conj(grad_kernel) = conj(inputs) * grad_logits

    Columns of frequencies are worked through one at a time, so that their numbers stay in the L2 cache.
    """

    def __init__(self, layer: Layer, n: int, activation: Activation | None) -> None:
        windows, dtype = layer.windows, layer.dtype
        (height, width), (output_height, output_width) = windows.image_size, windows.output_size
        (rows, columns), (top, left) = windows.window_size, windows.before
        *_, channels, filters = layer.params["kernel"].shape
        down, right = period = period_of(windows)
        self._layer, self._activation = layer, activation
        self._sizes = down, n, channels, filters
        self._image_transform = Transform(np.arange(height), np.arange(width), period, -1, dtype)
        self._output_transform = Transform(np.arange(output_height), np.arange(output_width), period, -1, dtype)
        self._kernel_transform = Transform(np.arange(rows) - top, np.arange(columns) - left, period, 1, dtype)
        self._blank_windows = BlankWindows(windows, n, dtype)

        # Images are planes in memory, (N, C, H, W), and looked at as the layers do.
        self._inputs = np.empty((n, channels, height, width), dtype).transpose(0, 2, 3, 1)  # (N, H, W, C)
        self._kernel = np.empty((rows, columns, channels, filters), dtype)
        self._transposed_kernel = np.empty((rows, columns, filters, channels), dtype)
        logits = np.empty((n, filters, output_height, output_width), dtype)
        self._logits = logits.transpose(0, 2, 3, 1)  # (N, H', W', F)
        self._outputs = self._logits if is_in_place(activation) else np.empty_like(self._logits)
        self._grad_logits = np.empty_like(self._logits)
        self._grad_kernel = np.empty_like(self._kernel)
        self._grad_inputs = np.empty_like(self._inputs)

        # After the first step, for each column of frequencies. On the way back they are overwritten by the gradients'.
        n_across = right // 2 + 1
        self._inputs_across = np.empty((n_across, 2, height, n * channels), dtype)
        self._kernel_across = np.empty((n_across, 2, rows, channels * filters), dtype)
        self._logits_across = np.empty((n_across, 2, output_height, n * filters), dtype)
        self._transposed_across = np.empty_like(self._kernel_across)
        # Frequencies: all of the inputs, for the way back, and one column of the others.
        self._input_frequencies = np.empty((n_across, down, 2, n * channels), dtype)
        self._kernel_frequencies = np.empty((down, 2, channels * filters), dtype)
        self._logit_frequencies = np.empty((down, 2, n * filters), dtype)
        self._grad_logit_frequencies = np.empty((down, 2, n * filters), dtype)
        self._rotated_grad_logit_frequencies = np.empty_like(self._grad_logit_frequencies)  # the same times -i
        self._grad_input_frequencies = np.empty((down, 2, n * channels), dtype)
        self._grad_kernel_frequencies = np.empty((down, 2, channels * filters), dtype)
        # Both parts of the kernel times both parts of the images.
        self._products = np.empty((down, 2, 2, n * filters), dtype)
        self._grad_products = np.empty((down, 2, 2, n * channels), dtype)

    def forward(self, tape: Tape, inputs: np.ndarray, training: bool) -> np.ndarray:
        """Write the forward pass, and return the outputs, (N, H', W', F)."""
        params = self._layer.params
        tape.copyto(self._inputs, inputs)
        tape.copyto(self._kernel, params["kernel"])
        self._image_transform.write_across(tape, by_pixel(self._inputs), out=self._inputs_across)
        self._kernel_transform.write_across(tape, by_place(self._kernel), out=self._kernel_across)
        for column in range(len(self._inputs_across)):
            self._image_transform.write_down(tape, self._inputs_across[column], out=self._input_frequencies[column])
            self._kernel_transform.write_down(tape, self._kernel_across[column], out=self._kernel_frequencies)
            self._write_logits(tape, column)
            self._output_transform.write_back_down(tape, self._logit_frequencies, out=self._logits_across[column])
        self._output_transform.write_back_across(tape, self._logits_across, out=by_pixel(self._logits))
        self._blank_windows.write_zeros(tape, self._inputs, out=self._logits)
        if self._layer.use_bias:
            tape.add(self._logits, params["bias"], out=self._logits)
        write_forward(tape, self._activation, self._logits, out=self._outputs)
        return self._outputs

    def backward(self, tape: Tape, grad_outputs: np.ndarray, needs_grad_inputs: bool) -> np.ndarray:
        """Write the backward pass, and return the gradient of the inputs, (N, H, W, C)."""
        grads, n = self._layer.grads, len(self._inputs)
        write_backward(tape, self._activation, grad_outputs, self._outputs, out=self._grad_logits)
        self._output_transform.write_across(tape, by_pixel(self._grad_logits), out=self._logits_across)
        if needs_grad_inputs:
            # Transformed once more, as a product with a transposed array takes BLAS up to 3 times as long on AVX-512.
            tape.copyto(self._transposed_kernel, self._layer.params["kernel"].transpose(0, 1, 3, 2))
            self._kernel_transform.write_across(tape, by_place(self._transposed_kernel), out=self._transposed_across)
        for column in range(len(self._inputs_across)):
            self._output_transform.write_down(tape, self._logits_across[column], out=self._grad_logit_frequencies)
            if column == 0 and self._layer.use_bias:  # frequency 0 is the sum over all pixels
                tape.sum(self._grad_logit_frequencies[0, 0].reshape(n, -1), axis=0, out=grads["bias"])
            self._write_grad_kernel(tape, column)
            self._kernel_transform.write_back_down(tape, self._grad_kernel_frequencies, out=self._kernel_across[column])
            if needs_grad_inputs:
                self._kernel_transform.write_down(tape, self._transposed_across[column], out=self._kernel_frequencies)
                self._write_grad_inputs(tape)
                self._image_transform.write_back_down(
                    tape, self._grad_input_frequencies, out=self._inputs_across[column]
                )
        self._kernel_transform.write_back_across(tape, self._kernel_across, out=by_place(self._grad_kernel))
        tape.copyto(grads["kernel"], self._grad_kernel)
        if needs_grad_inputs:
            self._image_transform.write_back_across(tape, self._inputs_across, out=by_pixel(self._grad_inputs))
        return self._grad_inputs

    def _write_logits(self, tape: Tape, column: int) -> None:
        """Write logits = inputs * kernel, for one column of frequencies."""
        down, n, channels, filters = self._sizes
        images = self._input_frequencies[column].reshape(down, 1, 2 * n, channels)
        kernel = self._kernel_frequencies.reshape(down, 2, channels, filters)
        products, logits = self._products, self._logit_frequencies
        tape.matmul(images, kernel, out=products.reshape(down, 2, 2 * n, filters))
        tape.subtract(products[:, 0, 0], products[:, 1, 1], out=logits[:, 0])
        tape.add(products[:, 0, 1], products[:, 1, 0], out=logits[:, 1])

    def _write_grad_inputs(self, tape: Tape) -> None:
        """Write grad_inputs = grad_logits * conj(kernel), for one column of frequencies."""
        down, n, channels, filters = self._sizes
        gradient = self._grad_logit_frequencies.reshape(down, 1, 2 * n, filters)
        kernel = self._kernel_frequencies.reshape(down, 2, filters, channels)
        products, grad_inputs = self._grad_products, self._grad_input_frequencies
        tape.matmul(gradient, kernel, out=products.reshape(down, 2, 2 * n, channels))
        tape.add(products[:, 0, 0], products[:, 1, 1], out=grad_inputs[:, 0])
        tape.subtract(products[:, 0, 1], products[:, 1, 0], out=grad_inputs[:, 1])

    def _write_grad_kernel(self, tape: Tape, column: int) -> None:
        """Write conj(grad_kernel) = conj(inputs) * grad_logits, for one column of frequencies.

        A matrix product makes the sum over the images, and the one over both parts with it: that of (real, imaginary)
        for the real part, and that of (imaginary, -real) for the imaginary one.
        """
        down, n, channels, filters = self._sizes
        images = self._input_frequencies[column].reshape(down, 2 * n, channels).transpose(0, 2, 1)
        gradient, rotated = self._grad_logit_frequencies, self._rotated_grad_logit_frequencies
        grad_kernel = self._grad_kernel_frequencies.reshape(down, 2, channels, filters)
        tape.copyto(rotated[:, 0], gradient[:, 1])
        tape.call(np.negative, gradient[:, 0], rotated[:, 1])
        tape.matmul(images, gradient.reshape(down, 2 * n, filters), out=grad_kernel[:, 0])
        tape.matmul(images, rotated.reshape(down, 2 * n, filters), out=grad_kernel[:, 1])


def period_of(windows: Windows) -> tuple[int, int]:
    """Return the period (down, right) of images that are repeated without end, so that no window sees two of them."""
    axes = zip(windows.image_size, windows.before, windows.after, strict=True)
    return tuple(size + max(before, after) for size, before, after in axes)


def by_pixel(images: np.ndarray) -> np.ndarray:
    """Return the view (H, W, N * C) of images (N, H, W, C) that are planes in memory."""
    n, height, width, channels = images.shape
    return images.transpose(0, 3, 1, 2).reshape(n * channels, height, width).transpose(1, 2, 0)


def by_place(kernel: np.ndarray) -> np.ndarray:
    """Return the view (K, L, C * F) of a kernel (K, L, C, F)."""
    return kernel.reshape(*kernel.shape[:2], -1)


def fourier_is_faster(layer: Layer, n: int, training: bool) -> bool:
    """Return whether frequencies take less time than patches, estimated by counting the multiplications of both.

    Args:
        layer: a `layers.Conv2D`.
        n: N.
        training: whether there is a way back too.
    """
    windows = layer.windows
    if n < SMALLEST_BATCH or windows.strides != (1, 1):
        return False
    rows, columns, channels, filters = layer.params["kernel"].shape
    down, right = period_of(windows)
    n_across = right // 2 + 1

    def of_plane(height: int, width: int) -> int:  # across and down
        return 2 * n_across * height * (width + 2 * down)

    of_images = channels * of_plane(*windows.image_size) + filters * of_plane(*windows.output_size)
    of_kernel = channels * filters * of_plane(rows, columns) / n
    products = 4 * down * n_across * channels * filters
    direct = layer.count_multiplications()
    if training:
        return SMALL_PRODUCT_COST * (2 * of_images + 3 * of_kernel + 3 * products) < 3 * direct
    return SMALL_PRODUCT_COST * (of_images + of_kernel + products) < direct
