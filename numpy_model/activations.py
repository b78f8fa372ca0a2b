"""Activation functions, each with its derivative beside it.

`forward` turns logits into outputs; `backward` turns the gradient of the outputs into the gradient of the logits. Most
derivatives need no more than the outputs; of a function that takes a value twice, the derivative is kept by `forward`.
Softmax runs along the last axis, all others number by number.

Reference: https://keras.io/api/layers/activations/
"""

import copy
import math
from typing import NoReturn

import numpy as np

from numpy_model.checks import refuse_name


class Activation:
    """What all activations share: called, they return their outputs."""

    def __call__(self, logits: np.ndarray) -> np.ndarray:
        """Return the outputs."""
        return self.forward(np.asarray(logits))


class Linear(Activation):
    """outputs = logits."""

    def forward(self, logits: np.ndarray) -> np.ndarray:
        return logits

    def backward(self, grad_outputs: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        return grad_outputs


class Relu(Activation):
    """outputs = max(logits, 0). The derivative at 0 is 0, as in Keras."""

    def forward(self, logits: np.ndarray) -> np.ndarray:
        return np.maximum(logits, 0)

    def backward(self, grad_outputs: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        return grad_outputs * (outputs > 0)


class Relu6(Activation):
    """outputs = min(max(logits, 0), 6)."""

    def forward(self, logits: np.ndarray) -> np.ndarray:
        return np.clip(logits, 0, 6)

    def backward(self, grad_outputs: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        return grad_outputs * ((outputs > 0) & (outputs < 6))


class LeakyRelu(Activation):
    """outputs = max(logits, 0) + 0.2 * min(logits, 0)."""

    negative_slope = float(np.float32(0.2))  # Keras on TensorFlow rounds it, in float64 too

    def forward(self, logits: np.ndarray) -> np.ndarray:
        return np.where(logits > 0, logits, self.negative_slope * logits).astype(logits.dtype)

    def backward(self, grad_outputs: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        return np.where(outputs > 0, grad_outputs, self.negative_slope * grad_outputs).astype(grad_outputs.dtype)


class Elu(Activation):
    """outputs = logits above 0, and exp(logits) - 1 below. The derivative below is outputs + 1."""

    scale, alpha = 1.0, 1.0

    def forward(self, logits: np.ndarray) -> np.ndarray:
        below = self.scale * self.alpha * np.expm1(np.minimum(logits, 0))
        return np.where(logits > 0, self.scale * logits, below).astype(logits.dtype)

    def backward(self, grad_outputs: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        derivative = np.where(outputs > 0, self.scale, outputs + self.scale * self.alpha)
        return (grad_outputs * derivative).astype(grad_outputs.dtype)


class Selu(Elu):
    """scale * ELU with another alpha, which keep mean and variance of what passes through many layers.

    Reference: Klambauer and others, "Self-Normalizing Neural Networks", 2017.
    """

    scale, alpha = 1.0507009873554805, 1.6732632423543772


class Sigmoid(Activation):
    """outputs = 1 / (1 + exp(-logits)), written so that exp cannot overflow.

    The derivative is outputs * (1 - outputs).
    """

    def forward(self, logits: np.ndarray) -> np.ndarray:
        return np.exp(-np.logaddexp(0, -logits))

    def backward(self, grad_outputs: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        return grad_outputs * outputs * (1 - outputs)


class HardSigmoid(Activation):
    """outputs = logits / 6 + 0.5, between 0 and 1."""

    def forward(self, logits: np.ndarray) -> np.ndarray:
        return np.clip(logits / 6 + logits.dtype.type(0.5), 0, 1)

    def backward(self, grad_outputs: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        return grad_outputs * ((outputs > 0) & (outputs < 1)) / 6


class Tanh(Activation):
    """outputs = tanh(logits). The derivative is 1 - outputs²."""

    def forward(self, logits: np.ndarray) -> np.ndarray:
        return np.tanh(logits)

    def backward(self, grad_outputs: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        return grad_outputs * (1 - outputs * outputs)


class Softplus(Activation):
    """outputs = log(1 + exp(logits)). The derivative is the sigmoid, 1 - exp(-outputs)."""

    def forward(self, logits: np.ndarray) -> np.ndarray:
        return np.logaddexp(0, logits)

    def backward(self, grad_outputs: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        return grad_outputs * -np.expm1(-outputs)


class Softsign(Activation):
    """outputs = logits / (1 + |logits|). The derivative is (1 - |outputs|)²."""

    def forward(self, logits: np.ndarray) -> np.ndarray:
        return logits / (1 + np.abs(logits))

    def backward(self, grad_outputs: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        return grad_outputs * (1 - np.abs(outputs)) ** 2


class Exponential(Activation):
    """outputs = exp(logits)."""

    def forward(self, logits: np.ndarray) -> np.ndarray:
        return np.exp(logits)

    def backward(self, grad_outputs: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        return grad_outputs * outputs


class Silu(Activation):
    """outputs = logits * s with s = sigmoid(logits), also called swish. The derivative is s + outputs * (1 - s)."""

    def forward(self, logits: np.ndarray) -> np.ndarray:
        share = np.exp(-np.logaddexp(0, -logits))
        self._derivative = share + logits * share * (1 - share)
        return logits * share

    def backward(self, grad_outputs: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        return grad_outputs * self._derivative


class Gelu(Activation):
    """outputs = logits * P, where P = 0.5 * (1 + erf(logits / √2)) of normal numbers lie below the logits.

    The derivative is P + logits * p with the density p = exp(-logits² / 2) / √(2π).

    Reference: Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016.
    """

    def forward(self, logits: np.ndarray) -> np.ndarray:
        shrink = float(np.float32(1 / math.sqrt(2)))  # Keras on TensorFlow rounds it, in float64 too
        below = 0.5 * (1 + np.vectorize(math.erf, otypes=[float])(shrink * logits))
        density = shrink * np.exp(-np.square(shrink * logits, dtype=float)) / math.sqrt(math.pi)
        self._derivative = (below + logits * density).astype(logits.dtype)
        return (logits * below).astype(logits.dtype)

    def backward(self, grad_outputs: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        return grad_outputs * self._derivative


class Softmax(Activation):
    """outputs_i = exp(logits_i) / sum_j exp(logits_j).

    The largest logit is subtracted first: the quotient stays the same, and exp cannot overflow.
    """

    def forward(self, logits: np.ndarray) -> np.ndarray:
        powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return powers / powers.sum(axis=-1, keepdims=True)

    def backward(self, grad_outputs: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        shares = grad_outputs * outputs
        return shares - outputs * shares.sum(axis=-1, keepdims=True)


# As Keras has them: functions, which may stand in the place of their names.
elu, exponential, gelu, hard_sigmoid = Elu(), Exponential(), Gelu(), HardSigmoid()
leaky_relu, linear, relu, relu6 = LeakyRelu(), Linear(), Relu(), Relu6()
selu, sigmoid, silu, softmax = Selu(), Sigmoid(), Silu(), Softmax()
softplus, softsign, swish, tanh = Softplus(), Softsign(), silu, Tanh()

NAMES = (
    "elu", "exponential", "gelu", "hard_sigmoid", "leaky_relu", "linear", "relu", "relu6", "selu", "sigmoid", "silu",
    "softmax", "softplus", "softsign", "swish", "tanh",
)  # fmt: skip


def get(identifier: str | Activation | None) -> Activation:
    """Return the activation of a Keras name, for one layer; `None` is linear.

    Raises:
        ValueError: for anything else.

    >>> get("relu")(np.array([-1.0, 2.0]))
    array([0., 2.])
    """
    if identifier is None:
        return Linear()
    if isinstance(identifier, str) and identifier in NAMES:
        return copy.copy(globals()[identifier])
    if isinstance(identifier, Activation):
        return copy.copy(identifier)
    raise ValueError(f"activation is {identifier!r}; allowed are {', '.join(NAMES)} and None")


def __getattr__(name: str) -> NoReturn:
    refuse_name("activations", name, NAMES)
