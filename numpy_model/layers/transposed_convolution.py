"""Conv2DTranspose: a convolution read from its outputs to its inputs.

Letters: N images, H x W pixels, C channels, F filters, K x L the kernel, H' x W' the pixels of the outputs.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np

from numpy_model import activations, initializers, regularizers
from numpy_model.checks import check_rank, whole_numbers
from numpy_model.layer import Layer
from numpy_model.regularizers import L1L2
from numpy_model.windows import Windows


class Conv2DTranspose(Layer):
    """Every pixel adds a kernel, weighted by it, to its window of the outputs: the adjoint of `Conv2D`.

        logits[n, y * down + k - top, x * right + l - left, f] = bias[f]
            + sum over all (y, k), (x, l) that meet there, and c, of kernel[k, l, f, c] * inputs[n, y, x, c]

    Args:
        filters: F.
        kernel_size: K, or (K, L), in pixels.
        strides: distance between windows of the outputs in pixels, one number or (down, right). Default 1.
        padding: `"valid"` (the default): H' = H * down + max(K - down, 0); or `"same"`: H' = H * down.
        activation: as in `Conv2D`; default `None`.
        use_bias: default `True`.
        kernel_initializer, bias_initializer: a Keras name or a callable; default `"glorot_uniform"` and `"zeros"`.
        kernel_regularizer, bias_regularizer: penalties, from `regularizers`, or `"l2"`; default `None`.
        name, dtype: see `Layer`.

    Input shape: (N, H, W, C). Output shape: (N, H', W', F).
    Parameters: `kernel` (K, L, F, C), `bias` (F,).

    Raises:
        ValueError: for arguments, or in `build` an input shape, that no convolution can have.

    Reference: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016;
        https://keras.io/api/layers/convolution_layers/convolution2d_transpose/

    Example:
        >>> layer = Conv2DTranspose(1, 2, strides=2, kernel_initializer="ones", dtype="float64")
        >>> layer.build((1, 2, 1))
        (2, 4, 1)
        >>> layer.forward(np.array([3.0, 4.0]).reshape(1, 1, 2, 1))[0, :, :, 0]
        array([[3., 3., 4., 4.],
               [3., 3., 4., 4.]])
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = (1, 1),
        padding: str = "valid",
        activation: str | None = None,
        use_bias: bool = True,
        kernel_initializer: str | Callable = "glorot_uniform",
        bias_initializer: str | Callable = "zeros",
        kernel_regularizer: str | L1L2 | None = None,
        bias_regularizer: str | L1L2 | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, dtype)
        (self.filters,) = whole_numbers(self.name, "filters", filters, 1)
        self.kernel_size = whole_numbers(self.name, "kernel_size", kernel_size, 2)
        self.strides = whole_numbers(self.name, "strides", strides, 2)
        self.padding = padding
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)

    def build(self, input_shape: Sequence[int]) -> tuple[int, ...]:
        """Make kernel and bias for inputs of shape (H, W, C), and return the output shape."""
        *size, channels = self.input_shape = check_rank(self.name, input_shape, 3, "(height, width, channels)")
        output_size = tuple(
            pixels * stride + (max(window - stride, 0) if self.padding == "valid" else 0)
            for pixels, window, stride in zip(size, self.kernel_size, self.strides, strict=True)
        )
        self.windows = Windows(self.name, output_size, self.kernel_size, self.strides, self.padding)
        self.add_param(
            "kernel", (*self.kernel_size, self.filters, channels), self.kernel_initializer, self.kernel_regularizer
        )
        if self.use_bias:
            self.add_param("bias", (self.filters,), self.bias_initializer, self.bias_regularizer)
        self.output_shape = (*output_size, self.filters)
        return self.output_shape

    def count_multiplications(self) -> int:
        """Return the multiplications of one sample's forward pass: the kernel's numbers at each pixel of the inputs."""
        return self.params["kernel"].size * math.prod(self.input_shape[:2])

    def forward(self, inputs: np.ndarray, training: bool = False) -> np.ndarray:
        """Return activation(logits), (N, H', W', F)."""
        self.check_input(inputs)
        patches = np.tensordot(inputs, self.params["kernel"], axes=[3, 3])  # (N, H, W, K, L, F)
        logits = self.windows.add_up(patches)  # (N, H', W', F)
        if self.use_bias:
            logits += self.params["bias"]
        outputs = self.activation.forward(logits)
        self.remember(training, inputs, outputs)
        return outputs

    def backward(self, grad_outputs: np.ndarray) -> np.ndarray:
        """Fill `grads`, and return the gradient of the inputs, (N, H, W, C)."""
        inputs, outputs = self.recall(grad_outputs)
        grad_logits = self.activation.backward(grad_outputs, outputs)  # (N, H', W', F)
        if self.use_bias:
            self.grads["bias"][...] = grad_logits.sum(axis=(0, 1, 2))
        grad_patches = self.windows.patches(grad_logits)  # (N, H, W, K, L, F)
        self.grads["kernel"][...] = np.tensordot(grad_patches, inputs, axes=[(0, 1, 2), (0, 1, 2)])  # (K, L, F, C)
        return np.tensordot(grad_patches, self.params["kernel"], axes=3)  # (N, H, W, C)
