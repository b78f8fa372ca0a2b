"""A network from scratch, one image at a time, and how to have it checked against Keras.

    python -m harness.parity --model my_model.py --steps 3
    python -m harness.run --models numpy keras my_model.py --limit 100 --epochs 1

Put your own layers in place of these. What is asked of a model is the class SimpleCNN, below.
"""

import numpy as np


class Convolution:
    """Filters of 5 x 5 pixels that slide over an image with zeros around it, so that its size stays."""

    def __init__(self, channels, filters):
        self.kernel = np.zeros((filters, channels, 5, 5))
        self.bias = np.zeros(filters)

    def forward(self, image):  # (channels, height, width)
        self.padded = np.pad(image, ((0, 0), (2, 2), (2, 2)))
        outputs = np.zeros((len(self.kernel), *image.shape[1:]))
        for i, j in np.ndindex(image.shape[1:]):
            patch = self.padded[:, i : i + 5, j : j + 5]
            outputs[:, i, j] = np.sum(self.kernel * patch, axis=(1, 2, 3)) + self.bias
        return outputs

    def backward(self, gradient, learning_rate):
        kernel_gradient = np.zeros_like(self.kernel)
        padded_gradient = np.zeros_like(self.padded)
        for i, j in np.ndindex(gradient.shape[1:]):
            patch = np.s_[:, i : i + 5, j : j + 5]
            here = gradient[:, i, j].reshape(-1, 1, 1, 1)
            kernel_gradient += here * self.padded[patch]
            padded_gradient[patch] += np.sum(here * self.kernel, axis=0)
        self.kernel -= learning_rate * kernel_gradient
        self.bias -= learning_rate * gradient.sum(axis=(1, 2))
        return padded_gradient[:, 2:-2, 2:-2]


class ReLU:
    """Nothing below zero."""

    def forward(self, inputs):
        self.is_positive = inputs > 0
        return inputs * self.is_positive

    def backward(self, gradient, learning_rate):
        return gradient * self.is_positive


class MaxPooling:
    """The largest of every 2 x 2 pixels; of equal ones the first, which alone receives the gradient."""

    def forward(self, image):  # (channels, height, width)
        self.image = image
        channels, height, width = image.shape
        outputs = np.zeros((channels, height // 2, width // 2))
        for c, i, j in np.ndindex(outputs.shape):
            outputs[c, i, j] = image[c, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2].max()
        return outputs

    def backward(self, gradient, learning_rate):
        image_gradient = np.zeros_like(self.image)
        for c, i, j in np.ndindex(gradient.shape):
            window = self.image[c, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
            row, column = divmod(window.argmax(), 2)
            image_gradient[c, 2 * i + row, 2 * j + column] = gradient[c, i, j]
        return image_gradient


class Dense:
    """Every output is a weighted sum of all inputs, in the order channels, rows, columns."""

    def __init__(self, inputs, outputs):
        self.kernel = np.zeros((inputs, outputs))
        self.bias = np.zeros(outputs)

    def forward(self, inputs):
        self.inputs = inputs
        return inputs.flatten() @ self.kernel + self.bias

    def backward(self, gradient, learning_rate):
        inputs_gradient = self.kernel @ gradient
        self.kernel -= learning_rate * np.outer(self.inputs, gradient)
        self.bias -= learning_rate * gradient
        return inputs_gradient.reshape(self.inputs.shape)


class SimpleCNN:
    """The network `simple_cnn`. x is (channels, height, width), y a label; weights are set from outside."""

    # What differs from Keras's way; out_in, one_hot, from_logits and network are known too.
    channels_first = True
    one_image = True

    def __init__(self):
        convolutions = [Convolution(1, 6), ReLU(), Convolution(6, 6), ReLU(), MaxPooling()]
        self.layers = [*convolutions, Dense(6 * 14 * 14, 100), ReLU(), Dense(100, 10)]

    def get_weights(self):
        trained = [layer for layer in self.layers if hasattr(layer, "kernel")]
        return [array for layer in trained for array in (layer.kernel, layer.bias)]

    def set_weights(self, weights):
        for array, weight in zip(self.get_weights(), weights, strict=True):
            array[...] = weight

    # Optional: with it outputs are compared too, and harness.run can predict.
    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        exponentials = np.exp(x - x.max())
        return exponentials / exponentials.sum()

    def train_step(self, x, y, learning_rate):
        probabilities = self.forward(x)
        gradient = probabilities.copy()
        gradient[y] -= 1
        for layer in reversed(self.layers):
            gradient = layer.backward(gradient, learning_rate)
        return probabilities


def make_model():
    return SimpleCNN()
