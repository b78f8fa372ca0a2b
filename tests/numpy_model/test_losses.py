"""Losses: values, gradients, and the targets that they take."""

import math

import numpy as np
import pytest

from numpy_model import Input, Sequential, config, layers, losses, naive, optimizers
from numpy_model.activations import Softmax
from tests.numpy_model.cases import draw

SPARSE, CATEGORICAL = losses.SparseCategoricalCrossentropy(), losses.CategoricalCrossentropy()


def softmax(logits):
    return Softmax().forward(logits)


def gradient(logits, targets, batch_size):
    return SPARSE.backward(logits, targets, batch_size)


def test_the_loss_is_minus_the_logarithm_of_the_probability_of_the_label():
    logits = np.log(np.array([[0.2, 0.3, 0.5], [0.7, 0.2, 0.1]]))
    loss = SPARSE.forward(logits, SPARSE.encode([1, 0], 3, "float64"))
    np.testing.assert_allclose(loss, [-math.log(0.3), -math.log(0.7)], rtol=0, atol=1e-15)  # measured 1e-16


def test_any_distribution_over_the_classes_is_a_target():
    logits = np.log(np.array([[0.2, 0.3, 0.5]]))
    loss = SPARSE.forward(logits, CATEGORICAL.encode([[0.5, 0.25, 0.25]], 3, "float64"))
    expected = -(0.5 * math.log(0.2) + 0.25 * math.log(0.3) + 0.25 * math.log(0.5))
    np.testing.assert_allclose(loss, [expected], rtol=0, atol=1e-15)  # measured 0


def test_the_loss_of_huge_logits_is_their_distance():
    logits = np.array([[1000.0, 0.0, -1000.0]] * 3)
    loss = SPARSE.forward(logits, SPARSE.encode([0, 1, 2], 3, "float64"))
    np.testing.assert_array_equal(loss, [0, 1000, 2000])


@pytest.mark.parametrize("shift", [-1000.0, 1000.0])
def test_a_shift_of_all_logits_changes_nothing(shift):
    logits, targets = draw((4, 5)), SPARSE.encode([0, 1, 4, 2], 5, "float64")
    moved = logits + shift
    # Adding 1000 rounds the logits to 1e-13.
    np.testing.assert_allclose(
        SPARSE.forward(moved, targets), SPARSE.forward(logits, targets), rtol=0, atol=1e-12
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
        difference = SPARSE.forward(above, targets).mean() - SPARSE.forward(below, targets).mean()
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
    with pytest.raises(
        ValueError, match="loss is 'hinge'; allowed are sparse_categorical_crossentropy, categorical_cross"
    ):
        losses.get("hinge")


MSE, MAE, BCE = losses.MeanSquaredError(), losses.MeanAbsoluteError(), losses.BinaryCrossentropy()


def test_the_other_losses_are_means_over_the_outputs():
    outputs, targets = np.array([[0.5, 2.0], [1.0, -1.0]]), np.array([[1.0, 0.0], [1.0, -1.0]])
    np.testing.assert_array_equal(MSE.forward(outputs, targets), [(0.25 + 4) / 2, 0])
    np.testing.assert_array_equal(MAE.forward(outputs, targets), [(0.5 + 2) / 2, 0])
    logits = np.log(np.array([[0.25 / 0.75, 1.0]]))
    expected = -(math.log(0.75) + math.log(0.5)) / 2
    np.testing.assert_allclose(
        BCE.forward(logits, np.array([[0.0, 1.0]])), [expected], rtol=0, atol=1e-15
    )  # measured 0


@pytest.mark.parametrize("loss", [MSE, MAE, BCE], ids=lambda loss: loss.name)
def test_the_gradients_of_the_other_losses_are_those_of_central_differences_of_the_mean(loss):
    outputs, targets = draw((3, 4)), np.random.default_rng(1).uniform(size=(3, 4))
    expected, step = np.empty_like(outputs), 1e-6
    for index in np.ndindex(outputs.shape):
        above, below = outputs.copy(), outputs.copy()
        above[index] += step
        below[index] -= step
        expected[index] = (loss.forward(above, targets).mean() - loss.forward(below, targets).mean()) / (2 * step)
    np.testing.assert_allclose(loss.backward(outputs, targets, 3), expected, rtol=0, atol=1e-8)  # measured 6e-11


def test_the_loss_of_a_huge_logit_of_a_sigmoid_is_its_distance():
    logits, targets = np.array([[1000.0], [-1000.0], [1000.0]]), np.array([[0.0], [1.0], [1.0]])
    np.testing.assert_array_equal(BCE.forward(logits, targets), [1000, 1000, 0])
    np.testing.assert_array_equal(BCE.backward(logits, targets, 1), [[1], [-1], [0]])


def test_an_output_is_right_above_a_half_and_a_logit_of_a_sigmoid_above_zero():
    outputs, targets = np.array([[0.25], [0.75], [-0.5]]), np.array([[1.0], [1.0], [0.0]])
    np.testing.assert_array_equal(MSE.is_right(outputs, targets), [False, True, True])
    np.testing.assert_array_equal(BCE.is_right(outputs, targets), [True, True, True])
    np.testing.assert_array_equal(
        losses.BinaryCrossentropy(from_logits=True).is_right(outputs, targets), [False, True, True]
    )


@pytest.mark.parametrize(
    ("loss", "targets", "message"),
    [
        (MSE, [0, 2], r"targets of shape \(N, 3\), and received \(2,\); make them .* numpy.eye\(3\)\[labels\]"),
        (MAE, [[1.0, math.inf, 0.0]], "mean_absolute_error needs targets that are finite"),
        (BCE, [[1.0, 1.5, 0.0]], "binary_crossentropy needs targets from 0 to 1"),
    ],
)
def test_targets_that_the_other_losses_cannot_take_are_refused(loss, targets, message):
    with pytest.raises(ValueError, match=message):
        loss.encode(targets, 3, "float32")


def test_labels_are_targets_of_a_single_output():
    np.testing.assert_array_equal(BCE.encode([0, 1], 1, "float64"), [[0], [1]])


@pytest.mark.parametrize("name", [found.__name__ for found in losses.CLASSES])
def test_a_loss_is_what_its_plain_loops_say(name):
    loss, loops = getattr(losses, name)(), getattr(naive.losses, name)()
    outputs, targets = draw((4, 3)), np.eye(3)[[0, 2, 1, 1]]
    np.testing.assert_allclose(loss.forward(outputs, targets), loops.forward(outputs, targets), rtol=0, atol=1e-14)
    grads = [each.backward(outputs, targets, 4) for each in (loss, loops)]
    np.testing.assert_allclose(*grads, rtol=0, atol=1e-15)  # measured 6e-17


@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize("name", [found.__name__ for found in losses.CLASSES])
def test_a_model_trains_with_the_gradient_that_the_plain_loops_say(name, from_logits):
    activation = {"MeanSquaredError": "sigmoid", "MeanAbsoluteError": "tanh", "BinaryCrossentropy": "sigmoid"}
    options = {"from_logits": from_logits} if "entropy" in name else {}
    ends = None if from_logits else activation.get(name, "softmax")
    weights = []
    for library in (losses, naive.losses):
        config.set_floatx("float64")
        model = Sequential([Input((5,)), layers.Dense(3, activation=ends)])
        model.initialize(0)
        model.compile(optimizers.SGD(0.5), getattr(library, name)(**options))
        y = np.arange(6) % 3 if name.startswith("Sparse") else np.eye(3)[np.arange(6) % 3]
        model.fit(draw((6, 5)), y, batch_size=4, shuffle=False, verbose=0)
        weights += [model.get_weights()]
    for one, other in zip(*weights, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-14)  # measured 1e-16
