"""Losses: how far the outputs of a network are from what they should be, and the gradient of that.

Letters: N samples, F outputs of a network.

`forward` returns the loss of each sample, `backward` the gradient of their mean: its 1 / N is here and nowhere else.

A cross-entropy is fused with the softmax or sigmoid that the network ends in: both are computed from the logits, what
the softmax or sigmoid is given. Then nothing overflows, nothing takes the logarithm of 0, and the gradient is
(probabilities - targets) / N. Keras trains the same way in graph mode, which is what its `fit` uses.
"""

from typing import NoReturn

import numpy as np

from numpy_model.activations import Activation, Sigmoid, Softmax
from numpy_model.checks import refuse_name


class Loss:
    """What losses share.

    Attributes:
        name: Keras's.
        activation: the class of the activation that the loss is fused with, at the end of a network; `None` for a loss
            that takes the outputs as they are.
        from_logits: whether the network leaves that activation out, so that its outputs are logits already.
    """

    name = ""
    activation: type[Activation] | None = None
    from_logits = False

    def encode(self, y: np.ndarray, n_outputs: int, dtype: str) -> np.ndarray:
        """Return the targets (N, F), or raise `ValueError` if `y` cannot be targets of F outputs."""
        targets = np.asarray(y, dtype)
        if targets.ndim == 1 and n_outputs == 1:
            targets = targets[:, None]
        if targets.ndim != 2 or targets.shape[1] != n_outputs:
            raise ValueError(
                f"{self.name} needs targets of shape (N, {n_outputs}), and received {targets.shape}; "
                f"make them of whole-number labels with numpy.eye({n_outputs})[labels]"
            )
        if not np.isfinite(targets).all():
            raise ValueError(f"{self.name} needs targets that are finite")
        return targets

    def forward(self, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Return the loss of each sample, (N,).

        Args:
            outputs: (N, F), of the network; of a loss with an `activation`, the logits before it.
            targets: (N, F), from `encode`.
        """
        raise NotImplementedError

    def backward(self, outputs: np.ndarray, targets: np.ndarray, batch_size: int) -> np.ndarray:
        """Return the gradient of the mean loss with respect to `outputs`, (N, F).

        Args:
            outputs, targets: as `forward` takes them.
            batch_size: samples in the whole batch, of which these may be a part.
        """
        raise NotImplementedError

    def is_right(self, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Return whether each sample is classified correctly, (N,), as Keras's `"accuracy"` sees it.

        The largest output is to be where the largest target is. A single output is to be above 0.5, or the logit of a
        sigmoid above 0, where its target is above 0.5.

        Args:
            outputs, targets: as `forward` takes them.
        """
        if outputs.shape[1] > 1 or self.activation is Softmax:
            return outputs.argmax(axis=1) == targets.argmax(axis=1)
        threshold = 0.0 if self.activation and not self.from_logits else 0.5
        return (outputs[:, 0] > threshold) == (targets[:, 0] > 0.5)


class MeanSquaredError(Loss):
    """mean_f (outputs_f - targets_f)², for targets (N, F).

    Source: https://keras.io/api/losses/regression_losses/

    Example:
        >>> MeanSquaredError().forward(np.array([[1.0, 0.0]]), np.array([[0.0, 0.0]]))
        array([0.5])
    """

    name = "mean_squared_error"

    def forward(self, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Return the loss of each sample, (N,)."""
        return np.square(outputs - targets).mean(axis=1)

    def backward(self, outputs: np.ndarray, targets: np.ndarray, batch_size: int) -> np.ndarray:
        """Return 2 (outputs - targets) / F / batch size, (N, F)."""
        return (outputs - targets) * outputs.dtype.type(2 / outputs.shape[1] / batch_size)


class MeanAbsoluteError(Loss):
    """mean_f |outputs_f - targets_f|, for targets (N, F).

    Source: https://keras.io/api/losses/regression_losses/

    Example:
        >>> MeanAbsoluteError().forward(np.array([[1.0, 0.0]]), np.array([[0.0, 0.0]]))
        array([0.5])
    """

    name = "mean_absolute_error"

    def forward(self, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Return the loss of each sample, (N,)."""
        return np.abs(outputs - targets).mean(axis=1)

    def backward(self, outputs: np.ndarray, targets: np.ndarray, batch_size: int) -> np.ndarray:
        """Return sign(outputs - targets) / F / batch size, (N, F)."""
        return np.sign(outputs - targets) * outputs.dtype.type(1 / outputs.shape[1] / batch_size)


class BinaryCrossentropy(Loss):
    """mean_f (-targets_f * log(probabilities_f) - (1 - targets_f) * log(1 - probabilities_f)), for targets (N, F).

    Args:
        from_logits: `True` if the network has no sigmoid at its end. Default `False`.

    Source: https://keras.io/api/losses/probabilistic_losses/

    Example:
        >>> BinaryCrossentropy().forward(np.zeros((1, 1)), np.ones((1, 1))) == np.log(2)
        array([ True])
    """

    name = "binary_crossentropy"
    activation = Sigmoid

    def __init__(self, from_logits: bool = False) -> None:
        self.from_logits = from_logits

    def encode(self, y: np.ndarray, n_outputs: int, dtype: str) -> np.ndarray:
        """Return the targets (N, F), or raise `ValueError` if `y` cannot be probabilities of F outputs."""
        targets = super().encode(y, n_outputs, dtype)
        if not ((targets >= 0) & (targets <= 1)).all():
            raise ValueError("binary_crossentropy needs targets from 0 to 1")
        return targets

    def forward(self, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Return mean_f (max(logits, 0) - logits * targets + log(1 + exp(-|logits|))), (N,)."""
        losses = np.maximum(outputs, 0) - outputs * targets + np.log1p(np.exp(-np.abs(outputs)))
        return losses.mean(axis=1)

    def backward(self, outputs: np.ndarray, targets: np.ndarray, batch_size: int) -> np.ndarray:
        """Return (sigmoid(logits) - targets) / F / batch size, (N, F)."""
        probabilities = Sigmoid().forward(outputs)
        return (probabilities - targets) * outputs.dtype.type(1 / outputs.shape[1] / batch_size)


class Crossentropy(Loss):
    """What both kinds of cross-entropy share.

    Args:
        from_logits: `True` if the network has no softmax at its end. Default `False`.
    """

    activation = Softmax

    def __init__(self, from_logits: bool = False) -> None:
        self.from_logits = from_logits

    def forward(self, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Return -sum_f targets_f * (logits_f - log(sum(exp(logits)))), (N,)."""
        shifted = outputs - outputs.max(axis=1, keepdims=True)
        log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        return -np.einsum("nf,nf->n", targets, log_probabilities)

    def backward(self, outputs: np.ndarray, targets: np.ndarray, batch_size: int) -> np.ndarray:
        """Return (softmax(logits) - targets) / batch size, (N, F)."""
        return (Softmax().forward(outputs) - targets) / outputs.dtype.type(batch_size)


class CategoricalCrossentropy(Crossentropy):
    """-sum_f targets_f * log(probabilities_f), for targets (N, F), one-hot or any distribution over the classes.

    Source: https://keras.io/api/losses/probabilistic_losses/

    Example:
        >>> loss = CategoricalCrossentropy()
        >>> loss.backward(np.zeros((1, 2)), loss.encode([[0, 1]], 2, "float64"), batch_size=1)
        array([[ 0.5, -0.5]])
    """

    name = "categorical_crossentropy"

    def encode(self, y: np.ndarray, n_outputs: int, dtype: str) -> np.ndarray:
        """Return the targets (N, F), or raise `ValueError` if `y` cannot be distributions over the classes."""
        targets = np.asarray(y, dtype)
        if targets.ndim != 2 or targets.shape[1] != n_outputs:
            raise ValueError(
                f"categorical_crossentropy needs targets of shape (N, {n_outputs}), and received {targets.shape}; "
                f"for whole-number labels use sparse_categorical_crossentropy"
            )
        if not (np.isfinite(targets).all() and (targets >= 0).all()):
            raise ValueError("categorical_crossentropy needs targets that are finite and not negative")
        return targets


class SparseCategoricalCrossentropy(Crossentropy):
    """-log(probabilities_y), for labels y, whole numbers from 0 to F - 1.

    Source: https://keras.io/api/losses/probabilistic_losses/

    Example:
        >>> SparseCategoricalCrossentropy().encode([2, 0], 3, "float64")
        array([[0., 0., 1.],
               [1., 0., 0.]])
    """

    name = "sparse_categorical_crossentropy"

    def encode(self, y: np.ndarray, n_outputs: int, dtype: str) -> np.ndarray:
        """Return the targets (N, F), one-hot, or raise `ValueError` for labels outside the classes."""
        labels = np.asarray(y)
        if labels.ndim == 2 and labels.shape[1] == 1:
            labels = labels[:, 0]
        if labels.ndim != 1 or not np.issubdtype(labels.dtype, np.integer):
            raise ValueError(
                f"sparse_categorical_crossentropy needs whole-number labels of shape (N,), "
                f"and received {labels.dtype} of shape {labels.shape}"
            )
        outside = (labels < 0) | (labels >= n_outputs)
        if outside.any():
            index = int(outside.argmax())
            raise ValueError(f"label {labels[index]} of sample {index} is outside the classes 0 to {n_outputs - 1}")
        return np.eye(n_outputs, dtype=dtype)[labels]


CLASSES = (
    SparseCategoricalCrossentropy,
    CategoricalCrossentropy,
    BinaryCrossentropy,
    MeanSquaredError,
    MeanAbsoluteError,
)
_BY_NAME = {found.name: found for found in CLASSES} | {"mse": MeanSquaredError, "mae": MeanAbsoluteError}


def get(identifier: str | Loss | type[Loss]) -> Loss:
    """Return the loss of a Keras name, or the loss that was given."""
    if isinstance(identifier, Loss):
        return identifier
    if isinstance(identifier, type) and issubclass(identifier, Loss):
        return identifier()
    if not isinstance(identifier, str) or identifier not in _BY_NAME:
        raise ValueError(f"loss is {identifier!r}; allowed are {', '.join(_BY_NAME)}")
    return _BY_NAME[identifier]()


def __getattr__(name: str) -> NoReturn:
    refuse_name("losses", name, (found.__name__ for found in CLASSES))
