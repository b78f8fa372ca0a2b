"""Cross-entropy, fused with the softmax before it.

Letters: N samples, F classes.

Of a softmax and the logarithm after it only logits - log(sum(exp(logits))) is left, which neither overflows nor takes
the logarithm of 0; and the gradient of the logits is (probabilities - one_hot) / N. The 1 / N of the mean is here and
nowhere else. Keras trains the same way in graph mode, which is what its `fit` uses.
"""

from typing import NoReturn

import numpy as np

from numpy_model.checks import refuse_name


class Crossentropy:
    """What both kinds of cross-entropy share.

    Args:
        from_logits: `True` if the network has no softmax at its end. Default `False`.
    """

    def __init__(self, from_logits=False):
        self.from_logits = from_logits


class CategoricalCrossentropy(Crossentropy):
    """-sum_f targets_f * log(probabilities_f), for targets (N, F), one-hot or any distribution over the classes.

    Source: https://keras.io/api/losses/probabilistic_losses/
    """

    def encode(self, y, n_classes, dtype):
        """Return the targets (N, F), or raise `ValueError` if `y` cannot be distributions over the classes."""
        targets = np.asarray(y, dtype)
        if targets.ndim != 2 or targets.shape[1] != n_classes:
            raise ValueError(
                f"categorical_crossentropy needs targets of shape (N, {n_classes}), and received {targets.shape}; "
                f"for whole-number labels use sparse_categorical_crossentropy"
            )
        if not (np.isfinite(targets).all() and (targets >= 0).all()):
            raise ValueError("categorical_crossentropy needs targets that are finite and not negative")
        return targets


class SparseCategoricalCrossentropy(Crossentropy):
    """-log(probabilities_y), for labels y, whole numbers from 0 to F - 1.

    Source: https://keras.io/api/losses/probabilistic_losses/
    """

    def encode(self, y, n_classes, dtype):
        """Return the targets (N, F), one-hot, or raise `ValueError` for labels outside the classes."""
        labels = np.asarray(y)
        if labels.ndim == 2 and labels.shape[1] == 1:
            labels = labels[:, 0]
        if labels.ndim != 1 or not np.issubdtype(labels.dtype, np.integer):
            raise ValueError(
                f"sparse_categorical_crossentropy needs whole-number labels of shape (N,), "
                f"and received {labels.dtype} of shape {labels.shape}"
            )
        outside = (labels < 0) | (labels >= n_classes)
        if outside.any():
            index = int(outside.argmax())
            raise ValueError(f"label {labels[index]} of sample {index} is outside the classes 0 to {n_classes - 1}")
        return np.eye(n_classes, dtype=dtype)[labels]


def cross_entropy(logits, targets):
    """Return the loss of each sample, (N,).

    Args:
        logits: (N, F), the network's outputs before the softmax.
        targets: (N, F), from `encode`.
    """
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -np.einsum("nf,nf->n", targets, log_probabilities)


def cross_entropy_gradient(probabilities, targets, batch_size):
    """Return the gradient of the mean loss with respect to the logits, (probabilities - targets) / batch size, (N, F).

    Args:
        probabilities: (N, F), softmax(logits).
        targets: (N, F), from `encode`.
        batch_size: samples in the whole batch, of which these may be a part.
    """
    return (probabilities - targets) / probabilities.dtype.type(batch_size)


_BY_NAME = {
    "categorical_crossentropy": CategoricalCrossentropy,
    "sparse_categorical_crossentropy": SparseCategoricalCrossentropy,
}


def get(identifier):
    """Return the loss of a Keras name, or the loss that was given."""
    if isinstance(identifier, Crossentropy):
        return identifier
    if not isinstance(identifier, str) or identifier not in _BY_NAME:
        raise ValueError(f"loss is {identifier!r}; allowed are {', '.join(_BY_NAME)}")
    return _BY_NAME[identifier]()


def __getattr__(name: str) -> NoReturn:
    refuse_name("losses", name, (found.__name__ for found in _BY_NAME.values()))
