"""Cross-entropy: values, gradients, and the labels that it takes."""

import math

import numpy as np
import pytest

from numpy_model import losses
from numpy_model.activations import Softmax
from tests.numpy_model.cases import draw

SPARSE, CATEGORICAL = losses.SparseCategoricalCrossentropy(), losses.CategoricalCrossentropy()


def softmax(logits):
    return Softmax().forward(logits)


def gradient(logits, targets, batch_size):
    return losses.cross_entropy_gradient(softmax(logits), targets, batch_size)


def test_the_loss_is_minus_the_logarithm_of_the_probability_of_the_label():
    logits = np.log(np.array([[0.2, 0.3, 0.5], [0.7, 0.2, 0.1]]))
    loss = losses.cross_entropy(logits, SPARSE.encode([1, 0], 3, "float64"))
    np.testing.assert_allclose(loss, [-math.log(0.3), -math.log(0.7)], rtol=0, atol=1e-15)  # measured 1e-16


def test_any_distribution_over_the_classes_is_a_target():
    logits = np.log(np.array([[0.2, 0.3, 0.5]]))
    loss = losses.cross_entropy(logits, CATEGORICAL.encode([[0.5, 0.25, 0.25]], 3, "float64"))
    expected = -(0.5 * math.log(0.2) + 0.25 * math.log(0.3) + 0.25 * math.log(0.5))
    np.testing.assert_allclose(loss, [expected], rtol=0, atol=1e-15)  # measured 0


def test_the_loss_of_huge_logits_is_their_distance():
    logits = np.array([[1000.0, 0.0, -1000.0]] * 3)
    loss = losses.cross_entropy(logits, SPARSE.encode([0, 1, 2], 3, "float64"))
    np.testing.assert_array_equal(loss, [0, 1000, 2000])


@pytest.mark.parametrize("shift", [-1000.0, 1000.0])
def test_a_shift_of_all_logits_changes_nothing(shift):
    logits, targets = draw((4, 5)), SPARSE.encode([0, 1, 4, 2], 5, "float64")
    moved = logits + shift
    # Adding 1000 rounds the logits to 1e-13.
    np.testing.assert_allclose(
        losses.cross_entropy(moved, targets), losses.cross_entropy(logits, targets), rtol=0, atol=1e-12
    )  # measured 3e-14
    np.testing.assert_allclose(
        gradient(moved, targets, 4), gradient(logits, targets, 4), rtol=0, atol=1e-12
    )  # measured 3e-15


def test_the_gradient_is_that_of_central_differences_of_the_mean():
    logits, targets = draw((3, 4)), np.random.default_rng(1).dirichlet(np.ones(4), 3)
    expected, step = np.empty_like(logits), 1e-5
    for index in np.ndindex(logits.shape):
        above, below = logits.copy(), logits.copy()
        above[index] += step
        below[index] -= step
        difference = losses.cross_entropy(above, targets).mean() - losses.cross_entropy(below, targets).mean()
        expected[index] = difference / (2 * step)
    np.testing.assert_allclose(gradient(logits, targets, 3), expected, rtol=0, atol=1e-9)  # measured 1e-11


def test_the_gradient_of_a_part_of_a_batch_is_divided_by_the_whole():
    logits, targets = draw((6, 4)), SPARSE.encode([0, 1, 2, 3, 0, 1], 4, "float64")
    parts = [gradient(logits[part], targets[part], 6) for part in (slice(0, 4), slice(4, 6))]
    np.testing.assert_array_equal(np.concatenate(parts), gradient(logits, targets, 6))
    np.testing.assert_allclose(parts[0] * 6, softmax(logits[:4]) - targets[:4], rtol=0, atol=1e-15)  # measured 6e-17


def test_the_gradient_of_one_sample_adds_up_to_zero():
    total = gradient(draw((5, 10)), SPARSE.encode(range(5), 10, "float64"), 5).sum(axis=1)
    np.testing.assert_allclose(total, 0, rtol=0, atol=1e-15)  # measured 2e-17


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("labels", [[2, 0], [[2], [0]], np.array([2, 0], "uint8"), np.array([2, 0], "int32")], ids=repr)
def test_labels_become_one_hot_rows(labels, dtype):
    targets = SPARSE.encode(labels, 3, dtype)
    assert targets.dtype == dtype
    np.testing.assert_array_equal(targets, [[0, 0, 1], [1, 0, 0]])


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 3], "label 3 of sample 1 is outside the classes 0 to 2"),
        ([-1, 0], "label -1 of sample 0 is outside the classes 0 to 2"),
        ([0.0, 1.0], "needs whole-number labels"),
        ([True, False], "needs whole-number labels"),
        ([[1, 0, 0], [0, 1, 0]], r"needs whole-number labels of shape \(N,\), and received int64 of shape \(2, 3\)"),
        (1, "needs whole-number labels"),
        (["a", "b"], "needs whole-number labels"),
    ],
)
def test_labels_that_are_none_are_refused(labels, message):
    with pytest.raises(ValueError, match=message):
        SPARSE.encode(labels, 3, "float32")


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        ([0, 2], r"targets of shape \(N, 3\), and received \(2,\); .*use sparse_categorical_crossentropy"),
        ([[1, 0]], r"targets of shape \(N, 3\), and received \(1, 2\)"),
        ([[1, 0, math.nan]], "finite and not negative"),
        ([[1, 0, -0.5]], "finite and not negative"),
    ],
)
def test_targets_that_are_none_are_refused(targets, message):
    with pytest.raises(ValueError, match=message):
        CATEGORICAL.encode(targets, 3, "float32")


def test_losses_go_by_the_names_of_keras():
    assert isinstance(losses.get("sparse_categorical_crossentropy"), losses.SparseCategoricalCrossentropy)
    assert isinstance(losses.get("categorical_crossentropy"), losses.CategoricalCrossentropy)
    assert losses.get(SPARSE) is SPARSE
    with pytest.raises(ValueError, match="loss is 'mse'; allowed are categorical_crossentropy, sparse_cat"):
        losses.get("mse")
