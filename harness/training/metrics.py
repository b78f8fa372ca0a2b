"""Scores of predictions: one code for every model.

Letters: N samples, F classes.
"""

import numpy as np

from numpy_model import losses

# Keras clips probabilities here before it takes their logarithm.
SMALLEST_PROBABILITY = 1e-7


def cross_entropy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Return -mean(log(probability of the true class)), with probabilities clipped to [1e-7, 1 - 1e-7].

    Args:
        probabilities: (N, F), each row with the sum 1.
        labels: (N,), whole numbers from 0 to F - 1.
    """
    true = np.asarray(probabilities, np.float64)[np.arange(len(labels)), labels]
    return float(-np.log(np.clip(true, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)).mean())


def mean_loss(loss: losses.Loss, outputs: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean of a loss, in float64, without penalties of parameters.

    Args:
        loss: of the training.
        outputs: (N, F), of the network; probabilities are clipped to [1e-7, 1 - 1e-7].
        labels: (N,), whole numbers from 0 to F - 1.
    """
    if isinstance(loss, losses.Crossentropy) and not loss.from_logits:
        return cross_entropy(outputs, labels)
    outputs = np.asarray(outputs, np.float64)
    if isinstance(loss, losses.BinaryCrossentropy) and not loss.from_logits:
        probabilities = np.clip(outputs, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
        outputs = np.log(probabilities / (1 - probabilities))
    return float(loss.forward(outputs, np.eye(outputs.shape[1])[labels]).mean())


def accuracy(predictions: np.ndarray, labels: np.ndarray) -> float:
    """Return the fraction of predictions that are right.

    Args:
        predictions, labels: (N,) classes.
    """
    return float(np.mean(np.asarray(predictions) == np.asarray(labels)))


def confusion_matrix(predictions: np.ndarray, labels: np.ndarray, n_classes: int) -> np.ndarray:
    """Return counts (F, F): rows are the true classes, columns the predicted ones."""
    # In the labels' own type, which may be uint8, the product would overflow.
    cells = np.asarray(labels, np.intp) * n_classes + np.asarray(predictions, np.intp)
    return np.bincount(cells, minlength=n_classes**2).reshape(n_classes, n_classes)


def per_class_f1(predictions: np.ndarray, labels: np.ndarray, n_classes: int) -> np.ndarray:
    """Return 2 TP / (2 TP + FP + FN) of each class, (F,); 0 for a class without a true positive."""
    confusion = confusion_matrix(predictions, labels, n_classes)
    true_positives = np.diag(confusion)
    involved = confusion.sum(axis=0) + confusion.sum(axis=1)
    return np.divide(2 * true_positives, involved, out=np.zeros(n_classes), where=true_positives > 0)


def macro_f1(predictions: np.ndarray, labels: np.ndarray, n_classes: int) -> float:
    """Return the mean of the per-class F1 over all classes."""
    return float(per_class_f1(predictions, labels, n_classes).mean())
