"""The network of the Adam write-up as its code computes it, mistakes and all, in NumPy alone.

Letters: N images, H x W pixels, C channels, F filters, H' x W' the windows of an image.
"""

from types import ModuleType

import numpy as np

from numpy_model import Input, Sequential, initializers
from numpy_model.activations import Relu
from numpy_model.layers import Conv2D, Dense, Flatten, MaxPooling2D
from numpy_model.optimizers import SGD


class UngatedRelu(Relu):
    """A ReLU whose gradient passes everywhere: the code sets it to zero where *outputs* are negative, and none is."""

    def backward(self, grad_outputs: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return the gradient as it came."""
        return grad_outputs


class PaddedForward(Conv2D):
    """A convolution that pads its images on the way forward, and forgets so on the way back.

    The gradient of the kernel is that of windows without padding, so each output is paired with the window one pixel
    further down and right; outputs of the last two rows and columns have no part in it.
    """

    def __init__(self, filters: int, kernel_size: int, **options) -> None:
        super().__init__(filters, kernel_size, padding="same", **options)
        self.activation = UngatedRelu()

    def backward(self, grad_outputs: np.ndarray) -> np.ndarray:
        """Fill `grads`, and return the gradient of the inputs, which nothing below uses."""
        grad_inputs = super().backward(grad_outputs)
        patches = self.recall(grad_outputs)[0][:, 1:-1, 1:-1]  # (N, H - 2, W - 2, K, L, C): those without padding
        grad_logits = grad_outputs[:, : patches.shape[1], : patches.shape[2]]  # (N, H - 2, W - 2, F)
        self.grads["kernel"][...] = np.tensordot(patches, grad_logits, axes=[(0, 1, 2), (0, 1, 2)])
        return grad_inputs


class PartialWindows(MaxPooling2D):
    """A pooling whose last row and column of windows see one row or column of pixels, though there are two.

    Its gradient goes to the largest pixel of the whole window.
    """

    def forward(self, inputs: np.ndarray, training: bool = False) -> np.ndarray:
        """Return the largest number of what each window sees, (N, H', W', C)."""
        outputs = super().forward(inputs, training)  # which remembers where the gradient goes
        seen = inputs.copy()
        seen[:, -1], seen[:, :, -1] = -np.inf, -np.inf
        patches = self.windows.patches(seen)
        outputs[...] = patches.max(axis=(3, 4))
        return outputs


class MomentsOfOneBatch(SGD):
    """Adam with moments that begin at zero in every batch and are not corrected for that, as the code has it.

    parameter -= learning_rate * (1 - 0.95) * gradient / sqrt((1 - 0.99) * gradient² + 1e-7)
    """

    def update(self, param: np.ndarray, grad: np.ndarray) -> None:
        """Take the step of one parameter."""
        param -= self.learning_rate * (1 - 0.95) * grad / np.sqrt((1 - 0.99) * grad * grad + 1e-7)


def published_adam_cnn(nn: ModuleType, input_shape: tuple[int, ...] = (28, 28, 1), n_classes: int = 10) -> Sequential:
    """Conv-Pool-Dense of the Adam write-up's code: 19,710 parameters for 28 x 28 gray images of 10 classes.

    Raises:
        ValueError: for another library than `numpy_model`, and for images with an odd number of rows or columns.
    """
    if nn.__name__ != "numpy_model":
        raise ValueError(
            "the published code's own layers are there in NumPy alone, as their gradients are none; use --models numpy"
        )
    if any(size % 2 for size in input_shape[:2]):
        raise ValueError(f"images have {input_shape[0]} x {input_shape[1]} pixels; both numbers have to be even here")
    uniform = initializers.RandomUniform
    biases = {"bias_initializer": uniform(0.0, 1.0)}
    return Sequential(
        [
            Input(input_shape),
            PaddedForward(10, 3, kernel_initializer=uniform(0.0, 1.0), **biases),
            PartialWindows(2),
            Flatten(),
            Dense(n_classes, activation="softmax", kernel_initializer=uniform(-1.0, 1.0), **biases),
        ]
    )
