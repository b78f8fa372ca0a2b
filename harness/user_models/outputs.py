"""What a user's forward pass returns: as probabilities, and the gradient of the loss for its backward pass.

Letters: N samples, F classes.
"""

import numpy as np

from numpy_model.activations import Softmax


def softmax(logits):
    """Return the probabilities (N, F) of logits (N, F)."""
    return Softmax().forward(logits)


def gradient_of_loss(probabilities, y, from_logits):
    """Return the gradient of the mean cross-entropy, (N, F).

    Args:
        probabilities: (N, F).
        y: (N,) labels.
        from_logits: whether for what softmax is given, and not for the probabilities themselves.
    """
    rows = np.arange(len(y))
    if from_logits:
        grad = probabilities.copy()
        grad[rows, y] -= 1
    else:
        grad = np.zeros_like(probabilities)
        with np.errstate(divide="ignore"):
            grad[rows, y] = -1 / probabilities[rows, y]
    return grad / len(y)
