"""The losses in plain loops: one number at a time. What targets they take is the affair of `numpy_model.losses`."""

import math

import numpy as np

from numpy_model import losses


def loss_of_each(outputs, targets, loss_of):
    """Return loss_of(outputs, targets) of each sample, (N,)."""
    return np.array([loss_of(list(output), list(target)) for output, target in zip(outputs, targets, strict=True)])


def gradient_of_each(outputs, targets, batch_size, slope_of):
    """Return slope_of(outputs, targets, f) / batch size for each output f of each sample, (N, F)."""
    grad = np.zeros_like(outputs)
    for n, f in np.ndindex(outputs.shape):
        grad[n, f] = slope_of(list(outputs[n]), list(targets[n]), f) / batch_size
    return grad


def softmax(logits):
    """Return exp(logit) of each logit, as a share of their sum."""
    powers = [math.exp(logit - max(logits)) for logit in logits]
    return [power / sum(powers) for power in powers]


def sigmoid(logit):
    """Return 1 / (1 + exp(-logit)), with the exponential of a negative number alone, which cannot overflow."""
    power = math.exp(-abs(logit))
    return 1 / (1 + power) if logit >= 0 else power / (1 + power)


class MeanSquaredError(losses.MeanSquaredError):
    """`numpy_model.losses.MeanSquaredError` in loops."""

    def forward(self, outputs, targets):
        """The mean of the squares of all distances."""
        return loss_of_each(outputs, targets, lambda o, t: sum((o[f] - t[f]) ** 2 for f in range(len(o))) / len(o))

    def backward(self, outputs, targets, batch_size):
        """Of a square twice the distance."""
        return gradient_of_each(outputs, targets, batch_size, lambda o, t, f: 2 * (o[f] - t[f]) / len(o))


class MeanAbsoluteError(losses.MeanAbsoluteError):
    """`numpy_model.losses.MeanAbsoluteError` in loops."""

    def forward(self, outputs, targets):
        """The mean of all distances."""
        return loss_of_each(outputs, targets, lambda o, t: sum(abs(o[f] - t[f]) for f in range(len(o))) / len(o))

    def backward(self, outputs, targets, batch_size):
        """Of a distance its direction, 1 or -1, and 0 for none."""
        return gradient_of_each(outputs, targets, batch_size, lambda o, t, f: np.sign(o[f] - t[f]) / len(o))


class BinaryCrossentropy(losses.BinaryCrossentropy):
    """`numpy_model.losses.BinaryCrossentropy` in loops."""

    def forward(self, outputs, targets):
        """-log(p) for the share that is to be 1, and -log(1 - p) for the rest, with p = sigmoid(logit)."""

        def loss(logits, shares):
            terms = [
                -t * math.log(sigmoid(o)) - (1 - t) * math.log(sigmoid(-o)) for o, t in zip(logits, shares, strict=True)
            ]
            return sum(terms) / len(terms)

        return loss_of_each(outputs, targets, loss)

    def backward(self, outputs, targets, batch_size):
        """What the probability is too large."""
        return gradient_of_each(outputs, targets, batch_size, lambda o, t, f: (sigmoid(o[f]) - t[f]) / len(o))


class Crossentropy(losses.Crossentropy):
    """`numpy_model.losses.Crossentropy` in loops."""

    def forward(self, outputs, targets):
        """-log(p) of each class, weighted with its target, with p = softmax(logits)."""

        def loss(logits, shares):
            return -sum(t * math.log(p) for t, p in zip(shares, softmax(logits), strict=True) if t)

        return loss_of_each(outputs, targets, loss)

    def backward(self, outputs, targets, batch_size):
        """What the probability is too large."""
        return gradient_of_each(outputs, targets, batch_size, lambda o, t, f: softmax(o)[f] - t[f])


class CategoricalCrossentropy(Crossentropy, losses.CategoricalCrossentropy):
    """`numpy_model.losses.CategoricalCrossentropy` in loops."""


class SparseCategoricalCrossentropy(Crossentropy, losses.SparseCategoricalCrossentropy):
    """`numpy_model.losses.SparseCategoricalCrossentropy` in loops."""
