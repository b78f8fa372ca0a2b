"""Activation functions, each with its derivative beside it.

`forward` turns logits into outputs; `backward` turns the gradient of the outputs into the gradient of the logits, and
needs no more than the outputs. Softmax runs along the last axis.
"""

import numpy as np


class Linear:
    """outputs = logits."""

    elementwise = True

    def forward(self, logits, out):
        if out is not logits:
            np.copyto(out, logits)

    def backward(self, grad_outputs, outputs, out):
        if out is not grad_outputs:
            np.copyto(out, grad_outputs)


class Relu:
    """outputs = max(logits, 0). The derivative at 0 is 0, as in Keras."""

    elementwise = True

    def forward(self, logits, out):
        np.maximum(logits, 0.0, out=out)

    def backward(self, grad_outputs, outputs, out):
        np.multiply(grad_outputs, np.greater(outputs, 0.0), out=out)


class Softmax:
    """outputs_i = exp(logits_i) / sum_j exp(logits_j).

    The largest logit is taken off first: the quotient stays the same, and exp cannot overflow.
    """

    elementwise = False

    def forward(self, logits, out):
        np.subtract(logits, np.maximum.reduce(logits, axis=-1, keepdims=True), out=out)
        np.exp(out, out=out)
        np.divide(out, np.add.reduce(out, axis=-1, keepdims=True), out=out)

    def backward(self, grad_outputs, outputs, out):
        weighted = grad_outputs * outputs
        np.subtract(weighted, outputs * weighted.sum(axis=-1, keepdims=True), out=out)


_BY_NAME = {None: Linear, "linear": Linear, "relu": Relu, "softmax": Softmax}


def get(identifier):
    """Return the activation of a Keras name; `None` is linear."""
    if identifier not in _BY_NAME:
        raise ValueError(f"activation is {identifier!r}; allowed are linear, relu, softmax and None")
    return _BY_NAME[identifier]()
