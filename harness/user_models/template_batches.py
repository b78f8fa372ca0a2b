"""A network from scratch that takes batches, and how to have it checked against Keras.

    python -m harness.parity --model my_model.py --steps 3
    python -m harness.run --models numpy keras my_model.py --limit 100 --epochs 1

Put your own layers in place of these. What is asked of a model is the class SimpleCNN, below.
"""

import numpy as np


def windows(images):
    """Return the 5 x 5 pixels around every pixel: (images, channels, height, width, 5, 5), with zeros at the border."""
    padded = np.pad(images, ((0, 0), (0, 0), (2, 2), (2, 2)))
    return np.lib.stride_tricks.sliding_window_view(padded, (5, 5), axis=(2, 3))


class Convolution:
    """Filters of 5 x 5 pixels that slide over images with zeros around them, so that their size stays."""

    def __init__(self, channels, filters):
        self.weights = [np.zeros((filters, channels, 5, 5)), np.zeros(filters)]

    def forward(self, images):  # (images, channels, height, width)
        kernel, bias = self.weights
        self.windows = windows(images)
        outputs = np.einsum("nchwij,fcij->nfhw", self.windows, kernel, optimize=True)
        return outputs + bias.reshape(-1, 1, 1)

    def backward(self, gradient):
        kernel, _ = self.weights
        kernel_gradient = np.einsum("nchwij,nfhw->fcij", self.windows, gradient, optimize=True)
        self.gradients = [kernel_gradient, gradient.sum(axis=(0, 2, 3))]
        turned = kernel[:, :, ::-1, ::-1]
        return np.einsum("nfhwij,fcij->nchw", windows(gradient), turned, optimize=True)


class ReLU:
    """Nothing below zero."""

    weights = gradients = ()

    def forward(self, inputs):
        self.is_positive = inputs > 0
        return inputs * self.is_positive

    def backward(self, gradient):
        return gradient * self.is_positive


class MaxPooling:
    """The largest of every 2 x 2 pixels; of equal ones the first, which alone receives the gradient."""

    weights = gradients = ()

    def forward(self, images):  # (images, channels, height, width)
        n, channels, height, width = self.shape = images.shape
        pairs = images.reshape(n, channels, height // 2, 2, width // 2, 2)
        self.pixels = pairs.transpose(0, 1, 2, 4, 3, 5).reshape(n, channels, height // 2, width // 2, 4)
        return self.pixels.max(axis=-1)

    def backward(self, gradient):
        n, channels, height, width = self.shape
        chosen = np.eye(4)[self.pixels.argmax(axis=-1)]
        pixels_gradient = (gradient[..., np.newaxis] * chosen).reshape(*gradient.shape, 2, 2)
        return pixels_gradient.transpose(0, 1, 2, 4, 3, 5).reshape(n, channels, height, width)


class Flatten:
    """The pixels of an image in a row, in the order channels, rows, columns."""

    weights = gradients = ()

    def forward(self, images):
        self.shape = images.shape
        return images.reshape(len(images), -1)

    def backward(self, gradient):
        return gradient.reshape(self.shape)


class Dense:
    """Every output is a weighted sum of all inputs."""

    def __init__(self, inputs, outputs):
        self.weights = [np.zeros((inputs, outputs)), np.zeros(outputs)]

    def forward(self, inputs):  # (images, inputs)
        kernel, bias = self.weights
        self.inputs = inputs
        return inputs @ kernel + bias

    def backward(self, gradient):
        kernel, _ = self.weights
        self.gradients = [self.inputs.T @ gradient, gradient.sum(axis=0)]
        return gradient @ kernel.T


class SimpleCNN:
    """The network `simple_cnn`. x is (images, channels, height, width), y labels; weights are set from outside."""

    # What differs from Keras's way; out_in, one_hot, from_logits and network are known too.
    channels_first = True

    def __init__(self):
        convolutions = [[Convolution(1, 6), ReLU()], [Convolution(6, 6), ReLU()]]
        # One list for each layer of Keras, whose layers have their activation inside.
        self.blocks = [*convolutions, [MaxPooling()], [Flatten()], [Dense(6 * 14 * 14, 100), ReLU()], [Dense(100, 10)]]
        self.layers = [layer for block in self.blocks for layer in block]

    def get_weights(self):
        return [array for layer in self.layers for array in layer.weights]

    def set_weights(self, weights):
        for array, weight in zip(self.get_weights(), weights, strict=True):
            array[...] = weight

    # Optional: with it outputs are compared too, and harness.run can predict.
    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        exponentials = np.exp(x - x.max(axis=1, keepdims=True))
        return exponentials / exponentials.sum(axis=1, keepdims=True)

    def loss_gradient(self, probabilities, y):
        return (probabilities - np.eye(10)[y]) / len(y)

    def gradients(self, gradient):
        for layer in reversed(self.layers):
            gradient = layer.backward(gradient)
        return [array for layer in self.layers for array in layer.gradients]

    def train_step(self, x, y, learning_rate):
        probabilities = self.forward(x)
        gradients = self.gradients(self.loss_gradient(probabilities, y))
        for array, gradient in zip(self.get_weights(), gradients, strict=True):
            array -= learning_rate * gradient
        return probabilities

    # Optional: with these a mistake is found with its layer.
    def layer_outputs(self, x):
        outputs = []
        for block in self.blocks:
            for layer in block:
                x = layer.forward(x)
            outputs.append(x)
        return [*outputs[:-1], None]  # the last are those of forward

    def layer_gradients(self, x, y):
        gradient, gradients = self.loss_gradient(self.forward(x), y), []
        for block in reversed(self.blocks):
            for layer in reversed(block):
                gradient = layer.backward(gradient)
            gradients.insert(0, gradient)
        return gradients


def make_model():
    return SimpleCNN()
