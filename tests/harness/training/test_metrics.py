"""Metrics against scikit-learn, and by hand where it decides otherwise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, log_loss

from harness.training import metrics


@st.composite
def classified(draw):
    """Return labels, predictions and the number of classes; classes may be missing from either."""
    n_classes = draw(st.integers(2, 12))
    n = draw(st.integers(1, 60))
    classes = st.lists(st.integers(0, n_classes - 1), min_size=n, max_size=n)
    return np.array(draw(classes)), np.array(draw(classes)), n_classes


@given(classified())
def test_accuracy_macro_f1_and_confusion_agree_with_scikit_learn(case):
    labels, predictions, n_classes = case
    classes = range(n_classes)
    expected = f1_score(labels, predictions, labels=list(classes), average="macro", zero_division=0)
    assert metrics.accuracy(predictions, labels) == pytest.approx(accuracy_score(labels, predictions), abs=1e-15)
    assert metrics.macro_f1(predictions, labels, n_classes) == pytest.approx(expected, abs=1e-12)  # measured 2e-16
    np.testing.assert_array_equal(
        metrics.confusion_matrix(predictions, labels, n_classes), confusion_matrix(labels, predictions, labels=classes)
    )


def test_a_class_without_a_true_positive_counts_as_zero_in_the_mean():
    labels, predictions = np.array([0, 0, 1, 2]), np.array([0, 0, 2, 1])
    np.testing.assert_array_equal(metrics.per_class_f1(predictions, labels, 4), [1, 0, 0, 0])
    assert metrics.macro_f1(predictions, labels, 4) == 0.25


def test_small_integer_types_do_not_overflow():
    labels = np.arange(100, dtype=np.uint8)
    np.testing.assert_array_equal(metrics.confusion_matrix(labels, labels, 100), np.eye(100))


def test_cross_entropy_agrees_with_scikit_learn():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(50, 7))
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = rng.integers(0, 7, 50)
    expected = log_loss(labels, probabilities, labels=range(7))
    assert metrics.cross_entropy(probabilities, labels) == pytest.approx(expected, abs=1e-12)  # measured 4e-16


def test_cross_entropy_of_a_probability_of_zero_is_finite():
    loss = metrics.cross_entropy(np.array([[1.0, 0.0]], np.float32), np.array([1]))
    assert loss == pytest.approx(-np.log(1e-7))
