"""Convolution of images with a bank of small kernels.

Letters: N images, H x W pixels, C channels, F filters, K x L the kernel, H' x W' the windows of an image.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from numpy_model import activations, initializers, regularizers
from numpy_model.checks import check_rank, whole_numbers
from numpy_model.layer import Layer
from numpy_model.windows import Windows

if TYPE_CHECKING:
    from numpy_model.activations import Activation
    from numpy_model.regularizers import L1L2


class Conv2D(Layer):
    """Cross-correlation of every window with every kernel.

        logits[n, y, x, f] = bias[f] + sum_{k, l, c} kernel[k, l, c, f] * inputs[n, row + k, column + l, c]
        with row = y * down - top and column = x * right - left; with a dilation rate, its multiples of k and l

    Args:
        filters: F, number of kernels.
        kernel_size: K, or (K, L), in pixels.
        strides: distance between windows in pixels, one number or (down, right). Default 1.
        padding: `"valid"` (the default) or `"same"`.
        activation: a Keras name such as `"relu"`, a function of `activations`, or `None` (the default).
        use_bias: default `True`.
        kernel_initializer, bias_initializer: a Keras name or a callable; default `"glorot_uniform"` and `"zeros"`.
        dilation_rate: distance between the pixels of a window, one number or (down, right). Default 1. It goes with
            strides of 1 only, as in Keras.
        groups: 1, as every kernel sees all channels here.
        kernel_regularizer, bias_regularizer: penalties, from `regularizers`, or `"l2"`; default `None`.
        name, dtype: see `Layer`.

    Input shape: (N, H, W, C). Output shape: (N, H', W', F).
    Parameters: `kernel` (K, L, C, F), `bias` (F,).

    Raises:
        ValueError: for arguments, or in `build` an input shape, that no convolution can have.

    Source: https://keras.io/api/layers/convolution_layers/convolution2d/

    Example:
        >>> layer = Conv2D(1, (1, 3), padding="same", kernel_initializer="ones", dtype="float64")
        >>> layer.build((1, 4, 1))
        (1, 4, 1)
        >>> layer.forward(np.array([1.0, 2.0, 3.0, 4.0]).reshape(1, 1, 4, 1))[0, :, :, 0]
        array([[3., 6., 9., 7.]])
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = (1, 1),
        padding: str = "valid",
        activation: str | Activation | None = None,
        use_bias: bool = True,
        kernel_initializer: str | Callable = "glorot_uniform",
        bias_initializer: str | Callable = "zeros",
        kernel_regularizer: str | L1L2 | None = None,
        bias_regularizer: str | L1L2 | None = None,
        dilation_rate: int | Sequence[int] = (1, 1),
        groups: int = 1,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, dtype)
        (self.filters,) = whole_numbers(self.name, "filters", filters, 1)
        self.kernel_size = whole_numbers(self.name, "kernel_size", kernel_size, 2)
        self.strides = whole_numbers(self.name, "strides", strides, 2)
        self.dilation_rate = whole_numbers(self.name, "dilation_rate", dilation_rate, 2)
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(f"layer {self.name}: dilation_rate={dilation_rate} needs strides=1, not {strides}")
        if groups != 1:
            raise ValueError(f"layer {self.name}: groups is {groups!r}; allowed is 1, or use DepthwiseConv2D")
        self.padding, self.use_bias = padding, use_bias
        self.activation = activations.get(activation)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)

    def build(self, input_shape: Sequence[int]) -> tuple[int, ...]:
        """Make kernel and bias for inputs of shape (H, W, C), and return the output shape."""
        *size, channels = self.input_shape = check_rank(self.name, input_shape, 3, "(height, width, channels)")
        places = (self.kernel_size, self.strides, self.padding, self.dilation_rate)
        self.windows = Windows(self.name, tuple(size), *places)
        kernel_shape = (*self.kernel_size, channels, self.filters)
        self.add_param("kernel", kernel_shape, self.kernel_initializer, self.kernel_regularizer)
        if self.use_bias:
            self.add_param("bias", (self.filters,), self.bias_initializer, self.bias_regularizer)
        self.output_shape = (*self.windows.output_size, self.filters)
        return self.output_shape

    def forward(self, inputs: np.ndarray, training: bool = False) -> np.ndarray:
        """Return activation(logits), (N, H', W', F)."""
        self.check_input(inputs)
        patches = self.windows.patches(inputs)  # (N, H', W', K, L, C)
        logits = np.tensordot(patches, self.params["kernel"], axes=3)  # (N, H', W', F)
        if self.use_bias:
            logits += self.params["bias"]
        outputs = self.activation.forward(logits)
        self.remember(training, patches, outputs)
        return outputs

    def backward(self, grad_outputs: np.ndarray) -> np.ndarray:
        """Fill `grads`, and return the gradient of the inputs, (N, H, W, C).

        grad_kernel[k, l, c, f] = sum_{n, y, x} grad_logits[n, y, x, f] * patches[n, y, x, k, l, c]
        grad_patches[n, y, x, k, l, c] = sum_f grad_logits[n, y, x, f] * kernel[k, l, c, f]
        """
        patches, outputs = self.recall(grad_outputs)
        grad_logits = self.activation.backward(grad_outputs, outputs)  # (N, H', W', F)
        self.grads["kernel"][...] = np.tensordot(patches, grad_logits, axes=[(0, 1, 2), (0, 1, 2)])  # (K, L, C, F)
        if self.use_bias:
            self.grads["bias"][...] = grad_logits.sum(axis=(0, 1, 2))  # (F,)
        grad_patches = np.tensordot(grad_logits, self.params["kernel"], axes=[3, 3])  # (N, H', W', K, L, C)
        return self.windows.add_up(grad_patches)
