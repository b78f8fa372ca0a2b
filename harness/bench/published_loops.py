"""The layers as networks from scratch are often published: NumPy on whole patches, within loops over pixels.

A convolution multiplies the patch under each output pixel with all kernels at once; its backward step adds a patch for
each pixel and filter, and goes over the image a second time, with the kernels turned around, for the gradient of its
inputs. Pooling looks for its maxima pixel by pixel. Dense layers are products of a vector and a matrix. That is the
algorithm of the write-ups, written anew, as a library like `numpy_model.naive`, whose numbers it comes to.

Letters: N images, H x W pixels, C channels, F filters or units, K x L the kernel.
"""

from collections.abc import Iterator
from types import SimpleNamespace

import numpy as np

from numpy_model import layers as plain
from numpy_model import naive
from numpy_model.naive import Input, Sequential, initializers, optimizers
from numpy_model.naive.loops import clear, start

__all__ = ["Input", "Sequential", "initializers", "layers", "optimizers"]


def patches(padded, kernel_size) -> Iterator:
    """Yield (row, column, patch) for each place of a kernel on a padded image (H, W, C)."""
    for row in range(padded.shape[0] - kernel_size[0] + 1):
        for column in range(padded.shape[1] - kernel_size[1] + 1):
            yield row, column, padded[row : row + kernel_size[0], column : column + kernel_size[1]]


class Conv2D(naive.layers.Conv2D):
    """A convolution with an odd kernel, stride 1 and `padding="same"`, patch by patch."""

    def build(self, input_shape):
        """Make the parameters, and refuse what the write-ups have no code for."""
        if (
            (self.padding, self.strides, self.dilation_rate) != ("same", (1, 1), (1, 1))
            or not all(size % 2 for size in self.kernel_size)
        ):  # fmt: skip
            raise ValueError(
                f"layer {self.name} has padding={self.padding!r}, strides={self.strides}, dilation_rate="
                f"{self.dilation_rate} and kernel_size={self.kernel_size}; the published loops take 'same', (1, 1), "
                "(1, 1) and odd sizes"
            )
        return super().build(input_shape)

    def forward(self, inputs, training=False):
        """Each output pixel is the sum of its patch times the kernels, and the bias."""
        all_logits = start(self, inputs)
        kernels = np.ascontiguousarray(np.moveaxis(self.params["kernel"], -1, 0))  # (F, K, L, C)
        for image, logits in zip(inputs, all_logits, strict=True):
            logits[...] = self.params["bias"] if self.use_bias else 0
            for row, column, patch in patches(self._pad(image), self.kernel_size):
                logits[row, column] += np.sum(patch * kernels, axis=(1, 2, 3))
        outputs = self.activation.forward(all_logits)
        self.remember(training, np.array(inputs), outputs)
        return outputs

    def backward(self, grad_outputs):
        """Every pixel adds its patch to each kernel; turned kernels go over the gradient for that of the inputs."""
        inputs, outputs = self.recall(grad_outputs)
        grad_logits = self.activation.backward(grad_outputs, outputs)
        grad_kernels = np.zeros((self.filters, *self.kernel_size, inputs.shape[-1]), inputs.dtype)
        turned = np.ascontiguousarray(np.moveaxis(self.params["kernel"][::-1, ::-1], 2, 0))  # (C, K, L, F)
        grad_inputs = np.zeros_like(inputs)
        for image, grad, grad_image in zip(inputs, grad_logits, grad_inputs, strict=True):
            for row, column, patch in patches(self._pad(image), self.kernel_size):
                for kernel in range(self.filters):
                    grad_kernels[kernel] += grad[row, column, kernel] * patch
            for row, column, patch in patches(self._pad(grad), self.kernel_size):
                for channel in range(inputs.shape[-1]):
                    grad_image[row, column, channel] += np.sum(patch * turned[channel])
        self.grads["kernel"][...] = np.moveaxis(grad_kernels, 0, -1)
        if self.use_bias:
            self.grads["bias"][...] = grad_logits.sum(axis=(0, 1, 2))
        return grad_inputs

    def _pad(self, image):
        rows, columns = (size // 2 for size in self.kernel_size)
        return np.pad(image, ((rows, rows), (columns, columns), (0, 0)))


class MaxPooling2D(naive.layers.MaxPooling2D):
    """Windows side by side, without padding; a row or column that is left over is not looked at."""

    def build(self, input_shape):
        """Refuse what the write-ups have no code for."""
        if self.padding != "valid" or self.strides != self.pool_size:
            raise ValueError(
                f"layer {self.name} has padding={self.padding!r} and strides={self.strides}; "
                f"the published loops take 'valid' and {self.pool_size}"
            )
        return super().build(input_shape)

    def forward(self, inputs, training=False):
        """Each output is the largest number of its window, for all channels at once."""
        outputs = start(self, inputs)
        for n, row, column, window in self._views(inputs):
            outputs[n, row, column] = np.amax(window, axis=(0, 1))
        self.remember(training, np.array(inputs), outputs)
        return outputs

    def backward(self, grad_outputs):
        """Each window is searched, pixel by pixel, for the first that is as large as its maximum."""
        inputs, _ = self.recall(grad_outputs)
        grad_inputs = np.zeros_like(inputs)
        windows = zip(self._views(inputs), self._views(grad_inputs), strict=True)
        for (n, row, column, window), (*_, grad_window) in windows:
            largest = np.amax(window, axis=(0, 1))
            is_found = np.zeros(len(largest), bool)
            for k in range(window.shape[0]):
                for l in range(window.shape[1]):
                    for channel in range(window.shape[2]):
                        if window[k, l, channel] == largest[channel] and not is_found[channel]:
                            grad_window[k, l, channel] = grad_outputs[n, row, column, channel]
                            is_found[channel] = True
        return grad_inputs

    def _views(self, images) -> Iterator:
        height, width = self.pool_size
        for n, row, column in np.ndindex(len(images), *self.output_shape[:2]):
            yield (
                n,
                row,
                column,
                images[n, row * height : (row + 1) * height, column * width : (column + 1) * width],
            )


class Dense(naive.layers.Dense):
    """A vector times a matrix, image by image."""

    def forward(self, inputs, training=False):
        """Return activation(inputs @ kernel + bias)."""
        all_logits = start(self, inputs)
        for vector, logits in zip(inputs, all_logits, strict=True):
            logits[...] = np.dot(vector, self.params["kernel"])
            if self.use_bias:
                logits += self.params["bias"]
        outputs = self.activation.forward(all_logits)
        self.remember(training, np.array(inputs), outputs)
        return outputs

    def backward(self, grad_outputs):
        """The gradient of the kernel is an outer product, and that of the inputs kernel @ gradient."""
        inputs, outputs = self.recall(grad_outputs)
        grad_logits = self.activation.backward(grad_outputs, outputs)
        grad_inputs = np.empty_like(inputs)
        clear(self.grads)
        for n, (vector, grad) in enumerate(zip(inputs, grad_logits, strict=True)):
            self.grads["kernel"] += vector[:, np.newaxis] @ grad[np.newaxis]
            if self.use_bias:
                self.grads["bias"] += grad
            grad_inputs[n] = np.dot(self.params["kernel"], grad)
        return grad_inputs


layers = SimpleNamespace(Conv2D=Conv2D, Dense=Dense, Flatten=plain.Flatten, MaxPooling2D=MaxPooling2D)
