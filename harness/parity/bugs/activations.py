"""Activations with a mistake."""

import numpy as np

from numpy_model.activations import Relu, Softmax


class ReluMaskedByGradient(Relu):
    """Its derivative asks where the gradient is positive, not where the outputs are."""

    def backward(self, grad_outputs, outputs, out):
        super().backward(grad_outputs, grad_outputs, out)


class ReluWithoutMask(Relu):
    """Its derivative asks for outputs of at least 0, which all outputs of a ReLU are."""

    def backward(self, grad_outputs, outputs, out):
        np.multiply(grad_outputs, np.greater_equal(outputs, 0.0), out=out)


class UnshiftedSoftmax(Softmax):
    """It does not take the largest logit off first, so exp overflows."""

    def forward(self, logits, out):
        with np.errstate(over="ignore", invalid="ignore"):  # seen in the outputs, which are not numbers then
            np.exp(logits, out=out)
            np.divide(out, np.add.reduce(out, axis=-1, keepdims=True), out=out)


class DoubleSoftmax(Softmax):
    """It takes the softmax of the probabilities once more, as if they were logits."""

    def forward(self, logits, out):
        super().forward(logits, out)
        super().forward(out, out)
