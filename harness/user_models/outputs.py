"""What a user's forward pass returns: as probabilities, and the gradient of the loss for its backward pass.

Letters: N samples, F classes.
"""

import numpy as np


def softmax(logits):
    """Return exp(logits) / sum, (N, F), shifted so that nothing overflows."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


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
