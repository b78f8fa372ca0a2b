"""What a user's forward pass returns: as probabilities, and the gradient of the loss for its backward pass.

Letters: N samples, F classes.
"""

import numpy as np

from harness.user_models.interface import CROSSENTROPY
from numpy_model.activations import Softmax


def softmax(logits):
    """Return the probabilities (N, F) of logits (N, F)."""
    return Softmax().forward(logits)


def sigmoid(logits):
    """Return 1 / (1 + exp(-logits)), (N, F)."""
    return 0.5 * (1 + np.tanh(0.5 * logits))


# What is put on outputs that are those before the last activation.
ACTIVATIONS = {"softmax": softmax, "sigmoid": sigmoid}


def gradient_of_loss(outputs, y, loss, activation=None):
    """Return the gradient of the mean loss, (N, F).

        cross-entropy         -targets / outputs                               outputs - targets with a softmax
        mean squared error    2 (outputs - targets) / F
        binary cross-entropy  (outputs - targets) / (outputs (1 - outputs)) / F

    each divided by N.

    Args:
        outputs: (N, F), of the whole network.
        y: (N,) labels.
        loss: one of `LOSSES`.
        activation: `"softmax"` or `"sigmoid"` if the gradient is for what this is given; `None`, the default, if it is
            for the outputs themselves.
    """
    n, n_classes = outputs.shape
    targets = np.eye(n_classes, dtype=outputs.dtype)[y]
    if loss in CROSSENTROPY and activation == "softmax":
        return (outputs - targets) / n
    if loss == "binary_crossentropy" and activation == "sigmoid":
        return (outputs - targets) / (n * n_classes)
    with np.errstate(divide="ignore", invalid="ignore"):
        if loss in CROSSENTROPY:
            grad = np.where(targets > 0, -targets / outputs, 0)
        elif loss == "mean_squared_error":
            grad = 2 * (outputs - targets) / n_classes
        else:
            grad = (outputs - targets) / (outputs * (1 - outputs)) / n_classes
    if activation == "softmax":
        grad = outputs * (grad - (grad * outputs).sum(axis=1, keepdims=True))
    elif activation == "sigmoid":
        grad = grad * outputs * (1 - outputs)
    return grad / n
