"""Activation functions, each with its derivative beside it.

`forward` turns logits into outputs; `backward` turns the gradient of the outputs into the gradient of the logits, and
needs no more than the outputs. Softmax runs along the last axis.
"""

from typing import NoReturn

import numpy as np

from numpy_model.checks import refuse_name


class Linear:
    """outputs = logits."""

    def forward(self, logits):
        return logits

    def backward(self, grad_outputs, outputs):
        return grad_outputs


class Relu:
    """outputs = max(logits, 0). The derivative at 0 is 0, as in Keras."""

    def forward(self, logits):
        return np.maximum(logits, 0)

    def backward(self, grad_outputs, outputs):
        return grad_outputs * (outputs > 0)


class Softmax:
    """outputs_i = exp(logits_i) / sum_j exp(logits_j).

    The largest logit is subtracted first: the quotient stays the same, and exp cannot overflow.
    """

    def forward(self, logits):
        powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return powers / powers.sum(axis=-1, keepdims=True)

    def backward(self, grad_outputs, outputs):
        shares = grad_outputs * outputs
        return shares - outputs * shares.sum(axis=-1, keepdims=True)


_BY_NAME = {None: Linear, "linear": Linear, "relu": Relu, "softmax": Softmax}


def get(identifier: str | None):
    """Return the activation of a Keras name; `None` is linear."""
    if not isinstance(identifier, str | None) or identifier not in _BY_NAME:
        raise ValueError(f"activation is {identifier!r}; allowed are linear, relu, softmax and None")
    return _BY_NAME[identifier]()


def __getattr__(name: str) -> NoReturn:
    refuse_name("activations", name, (found.__name__ for found in _BY_NAME.values()))
