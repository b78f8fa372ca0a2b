"""Activations with a mistake."""

import numpy as np

from numpy_model.activations import Relu, Softmax


class ReluMaskedByGradient(Relu):
    """Its derivative asks where the gradient is positive, not where the outputs are."""

    def backward(self, grad_outputs, outputs):
        return grad_outputs * (grad_outputs > 0)


class ReluWithoutMask(Relu):
    """Its derivative asks for outputs of at least 0, which all outputs of a ReLU are."""

    def backward(self, grad_outputs, outputs):
        return grad_outputs * (outputs >= 0)


class UnshiftedSoftmax(Softmax):
    """It does not subtract the largest logit first, so exp overflows."""

    def forward(self, logits):
        with np.errstate(over="ignore", invalid="ignore"):  # seen in the outputs, which are not numbers then
            powers = np.exp(logits)
            return powers / powers.sum(axis=-1, keepdims=True)


class DoubleSoftmax(Softmax):
    """It takes the softmax of the probabilities once more, as if they were logits."""

    def forward(self, logits):
        return super().forward(super().forward(logits))
