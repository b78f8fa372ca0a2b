"""Convolutions in which every channel has kernels of its own.

Letters: N images, H x W pixels, C channels, M kernels for each channel, F filters, K x L the kernel, H' x W' the
windows of an image.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np

from numpy_model import activations, initializers, regularizers
from numpy_model.checks import check_rank, whole_numbers
from numpy_model.layer import Layer
from numpy_model.regularizers import L1L2
from numpy_model.windows import Windows


def depthwise(patches: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Return each channel with its kernels, (N, H', W', C * M).

    outputs[n, y, x, c * M + m] = sum_{k, l} patches[n, y, x, k, l, c] * kernel[k, l, c, m]
    """
    outputs = np.einsum("nyxklc,klcm->nyxcm", patches, kernel)
    return outputs.reshape(*outputs.shape[:3], -1)


def depthwise_backward(
    grad_outputs: np.ndarray, patches: np.ndarray, kernel: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the gradients of the kernel, (K, L, C, M), and of the patches, (N, H', W', K, L, C)."""
    grad = grad_outputs.reshape(*grad_outputs.shape[:3], *kernel.shape[2:])  # (N, H', W', C, M)
    return np.einsum("nyxklc,nyxcm->klcm", patches, grad), np.einsum("nyxcm,klcm->nyxklc", grad, kernel)


class DepthwiseConv2D(Layer):
    """Cross-correlation of every channel with kernels of its own.

        logits[n, y, x, c * M + m] = bias[c * M + m]
            + sum_{k, l} kernel[k, l, c, m] * inputs[n, y * down + k - top, x * right + l - left, c]

    Args:
        kernel_size: K, or (K, L), in pixels.
        strides: distance between windows in pixels, one number or (down, right). Default 1.
        padding: `"valid"` (the default) or `"same"`.
        depth_multiplier: M, default 1.
        activation: as in `Conv2D`; default `None`.
        use_bias: default `True`.
        depthwise_initializer, bias_initializer: a Keras name or a callable; default `"glorot_uniform"` and `"zeros"`.
        depthwise_regularizer, bias_regularizer: penalties, from `regularizers`, or `"l2"`; default `None`.
        name, dtype: see `Layer`.

    Input shape: (N, H, W, C). Output shape: (N, H', W', C * M).
    Parameters: `kernel` (K, L, C, M), `bias` (C * M,).

    Raises:
        ValueError: for arguments, or in `build` an input shape, that no convolution can have.

    Reference: https://keras.io/api/layers/convolution_layers/depthwise_convolution2d/

    Example:
        >>> layer = DepthwiseConv2D(3, depth_multiplier=2)
        >>> layer.build((8, 8, 5))
        (6, 6, 10)
        >>> layer.params["kernel"].shape
        (3, 3, 5, 2)
    """

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = (1, 1),
        padding: str = "valid",
        depth_multiplier: int = 1,
        activation: str | None = None,
        use_bias: bool = True,
        depthwise_initializer: str | Callable = "glorot_uniform",
        bias_initializer: str | Callable = "zeros",
        depthwise_regularizer: str | L1L2 | None = None,
        bias_regularizer: str | L1L2 | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, dtype)
        self.kernel_size = whole_numbers(self.name, "kernel_size", kernel_size, 2)
        self.strides = whole_numbers(self.name, "strides", strides, 2)
        self.padding = padding
        (self.depth_multiplier,) = whole_numbers(self.name, "depth_multiplier", depth_multiplier, 1)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)

    def build(self, input_shape: Sequence[int]) -> tuple[int, ...]:
        """Make kernel and bias for inputs of shape (H, W, C), and return the output shape."""
        *size, channels = self.input_shape = check_rank(self.name, input_shape, 3, "(height, width, channels)")
        self.windows = Windows(self.name, tuple(size), self.kernel_size, self.strides, self.padding)
        self.add_param(
            "kernel",
            (*self.kernel_size, channels, self.depth_multiplier),
            self.depthwise_initializer,
            self.depthwise_regularizer,
        )
        self.output_shape = (*self.windows.output_size, channels * self.depth_multiplier)
        if self.use_bias:
            self.add_param("bias", self.output_shape[2:], self.bias_initializer, self.bias_regularizer)
        return self.output_shape

    def forward(self, inputs: np.ndarray, training: bool = False) -> np.ndarray:
        """Return activation(logits), (N, H', W', C * M)."""
        self.check_input(inputs)
        patches = self.windows.patches(inputs)  # (N, H', W', K, L, C)
        logits = depthwise(patches, self.params["kernel"])  # (N, H', W', C * M)
        if self.use_bias:
            logits += self.params["bias"]
        outputs = self.activation.forward(logits)
        self.remember(training, patches, outputs)
        return outputs

    def backward(self, grad_outputs: np.ndarray) -> np.ndarray:
        """Fill `grads`, and return the gradient of the inputs, (N, H, W, C)."""
        patches, outputs = self.recall(grad_outputs)
        grad_logits = self.activation.backward(grad_outputs, outputs)  # (N, H', W', C * M)
        if self.use_bias:
            self.grads["bias"][...] = grad_logits.sum(axis=(0, 1, 2))
        self.grads["kernel"][...], grad_patches = depthwise_backward(grad_logits, patches, self.params["kernel"])
        return self.windows.add_up(grad_patches)


class SeparableConv2D(Layer):
    """A depthwise convolution, and then a mixture of its channels at each pixel.

        middle[n, y, x, c * M + m] = sum_{k, l} depthwise_kernel[k, l, c, m] * patches[n, y, x, k, l, c]
        logits = middle @ pointwise_kernel + bias

    Args:
        filters: F.
        kernel_size: K, or (K, L), in pixels.
        strides: distance between windows in pixels, one number or (down, right). Default 1.
        padding: `"valid"` (the default) or `"same"`.
        depth_multiplier: M, default 1.
        activation: as in `Conv2D`; default `None`.
        use_bias: default `True`.
        depthwise_initializer, pointwise_initializer, bias_initializer: a Keras name or a callable; default
            `"glorot_uniform"`, `"glorot_uniform"` and `"zeros"`.
        depthwise_regularizer, pointwise_regularizer, bias_regularizer: penalties, from `regularizers`, or `"l2"`;
            default `None`.
        name, dtype: see `Layer`.

    Input shape: (N, H, W, C). Output shape: (N, H', W', F).
    Parameters: `depthwise_kernel` (K, L, C, M), `pointwise_kernel` (1, 1, C * M, F), `bias` (F,).

    Raises:
        ValueError: for arguments, or in `build` an input shape, that no convolution can have.

    Reference: Chollet, "Xception: deep learning with depthwise separable convolutions", 2017;
        https://keras.io/api/layers/convolution_layers/separable_convolution2d/

    Example:
        >>> layer = SeparableConv2D(4, 3)
        >>> layer.build((8, 8, 5))
        (6, 6, 4)
        >>> layer.count_params()
        69
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = (1, 1),
        padding: str = "valid",
        depth_multiplier: int = 1,
        activation: str | None = None,
        use_bias: bool = True,
        depthwise_initializer: str | Callable = "glorot_uniform",
        pointwise_initializer: str | Callable = "glorot_uniform",
        bias_initializer: str | Callable = "zeros",
        depthwise_regularizer: str | L1L2 | None = None,
        pointwise_regularizer: str | L1L2 | None = None,
        bias_regularizer: str | L1L2 | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, dtype)
        (self.filters,) = whole_numbers(self.name, "filters", filters, 1)
        self.kernel_size = whole_numbers(self.name, "kernel_size", kernel_size, 2)
        self.strides = whole_numbers(self.name, "strides", strides, 2)
        self.padding = padding
        (self.depth_multiplier,) = whole_numbers(self.name, "depth_multiplier", depth_multiplier, 1)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.pointwise_initializer = initializers.get(pointwise_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)
        self.pointwise_regularizer = regularizers.get(pointwise_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)

    def build(self, input_shape: Sequence[int]) -> tuple[int, ...]:
        """Make kernels and bias for inputs of shape (H, W, C), and return the output shape."""
        *size, channels = self.input_shape = check_rank(self.name, input_shape, 3, "(height, width, channels)")
        self.windows = Windows(self.name, tuple(size), self.kernel_size, self.strides, self.padding)
        depth = self.depth_multiplier
        self.add_param(
            "depthwise_kernel",
            (*self.kernel_size, channels, depth),
            self.depthwise_initializer,
            self.depthwise_regularizer,
        )
        self.add_param(
            "pointwise_kernel",
            (1, 1, channels * depth, self.filters),
            self.pointwise_initializer,
            self.pointwise_regularizer,
        )
        if self.use_bias:
            self.add_param("bias", (self.filters,), self.bias_initializer, self.bias_regularizer)
        self.output_shape = (*self.windows.output_size, self.filters)
        return self.output_shape

    def count_multiplications(self) -> int:
        """Return the multiplications of both products of one sample's forward pass."""
        kernels = self.params["depthwise_kernel"], self.params["pointwise_kernel"]
        return sum(kernel.size for kernel in kernels) * math.prod(self.output_shape[:2])

    def forward(self, inputs: np.ndarray, training: bool = False) -> np.ndarray:
        """Return activation(logits), (N, H', W', F)."""
        self.check_input(inputs)
        patches = self.windows.patches(inputs)  # (N, H', W', K, L, C)
        middle = depthwise(patches, self.params["depthwise_kernel"])  # (N, H', W', C * M)
        logits = middle @ self.params["pointwise_kernel"][0, 0]  # (N, H', W', F)
        if self.use_bias:
            logits += self.params["bias"]
        outputs = self.activation.forward(logits)
        self.remember(training, patches, middle, outputs)
        return outputs

    def backward(self, grad_outputs: np.ndarray) -> np.ndarray:
        """Fill `grads`, and return the gradient of the inputs, (N, H, W, C)."""
        patches, middle, outputs = self.recall(grad_outputs)
        grad_logits = self.activation.backward(grad_outputs, outputs)  # (N, H', W', F)
        if self.use_bias:
            self.grads["bias"][...] = grad_logits.sum(axis=(0, 1, 2))
        self.grads["pointwise_kernel"][...] = np.tensordot(middle, grad_logits, axes=[(0, 1, 2), (0, 1, 2)])
        grad_middle = grad_logits @ self.params["pointwise_kernel"][0, 0].T  # (N, H', W', C * M)
        kernel = self.params["depthwise_kernel"]
        self.grads["depthwise_kernel"][...], grad_patches = depthwise_backward(grad_middle, patches, kernel)
        return self.windows.add_up(grad_patches)
