"""Activation functions, each with its derivative beside it.

`forward` turns logits into outputs; `backward` turns the gradient of the outputs into the gradient of the logits, and
needs no more than the outputs. Softmax runs along the last axis.
"""

import numpy as np

from numpy_model import ops


class Linear:
    """outputs = logits."""

    elementwise = True

    def forward(self, logits, out):
        if out is not logits:
            ops.copyto(out, logits)

    def backward(self, grad_outputs, outputs, out):
        if out is not grad_outputs:
            ops.copyto(out, grad_outputs)


class Relu:
    """outputs = max(logits, 0). The derivative at 0 is 0, as in Keras."""

    elementwise = True

    def forward(self, logits, out):
        ops.maximum(logits, np.zeros((), logits.dtype), out=out)

    def backward(self, grad_outputs, outputs, out):
        is_positive = np.empty(outputs.shape, bool)
        ops.greater(outputs, np.zeros((), outputs.dtype), out=is_positive)
        ops.multiply(grad_outputs, is_positive, out=out)


class Softmax:
    """outputs_i = exp(logits_i) / sum_j exp(logits_j).

    The largest logit is taken off first: the quotient stays the same, and exp cannot overflow.
    """

    elementwise = False

    def forward(self, logits, out):
        scale = np.empty((*logits.shape[:-1], 1), logits.dtype)
        ops.max(logits, axis=-1, out=scale, keepdims=True)
        ops.subtract(logits, scale, out=out)
        ops.exp(out, out=out)
        ops.sum(out, axis=-1, out=scale, keepdims=True)
        ops.divide(out, scale, out=out)

    def backward(self, grad_outputs, outputs, out):
        shares, total = np.empty_like(outputs), np.empty((*outputs.shape[:-1], 1), outputs.dtype)
        ops.multiply(grad_outputs, outputs, out=shares)
        ops.sum(shares, axis=-1, out=total, keepdims=True)
        ops.multiply(outputs, total, out=out)
        ops.subtract(shares, out, out=out)


_BY_NAME = {None: Linear, "linear": Linear, "relu": Relu, "softmax": Softmax}


def get(identifier):
    """Return the activation of a Keras name; `None` is linear."""
    if identifier not in _BY_NAME:
        raise ValueError(f"activation is {identifier!r}; allowed are linear, relu, softmax and None")
    return _BY_NAME[identifier]()
