"""Weights of samples and classes mean the same in both libraries."""

import numpy as np
import pytest

import numpy_model
from keras_model import keras
from tests.numpy_model.cases import largest_difference, tiny_data, tiny_network

N = 23


@pytest.fixture
def models():
    """Return a network in both libraries, in float64, with equal weights."""
    for library in (numpy_model, keras):
        library.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    models = [tiny_network(library) for library in (numpy_model, keras)]
    for model in models:
        model.set_weights(models[0].get_weights())
        model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return models


def weights_of(n):
    """Return weights, of which one is 0 and one is large."""
    weights = np.random.default_rng(3).uniform(0.1, 2, n)
    weights[1], weights[2] = 0, 7
    return weights


def assert_equal_weights(models):
    for ours, theirs in zip(*(model.get_weights() for model in models), strict=True):
        assert largest_difference(ours, theirs) < 1e-10  # measured 6e-17


CLASS_WEIGHT = {0: 0.25, 2: 3.0}  # class 1 has none, which is a weight of 1


@pytest.mark.parametrize(("given", "batch_size"), [("sample_weight", 5), ("class_weight", 1)])
def test_fit_moves_the_weights_by_the_same(models, given, batch_size):
    x, y = tiny_data(N)
    given = {"sample_weight": {"sample_weight": weights_of(N)}, "class_weight": {"class_weight": CLASS_WEIGHT}}[given]
    held_out = (*tiny_data(7, seed=9), weights_of(7))
    arguments = {"batch_size": batch_size, "epochs": 2, "shuffle": False, "verbose": 0, "validation_data": held_out}
    before = models[0].get_weights()
    ours, theirs = (model.fit(x, y, **arguments, **given).history for model in models)
    assert set(ours) == set(theirs) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    for name, values in ours.items():
        assert values == pytest.approx(theirs[name], abs=1e-10), name  # measured 4e-16
    assert_equal_weights(models)
    assert max(largest_difference(*pair) for pair in zip(before, models[0].get_weights(), strict=True)) > 1e-3


def test_a_validation_split_takes_its_weights_along(models):
    x, y = tiny_data(N)
    arguments = {"validation_split": 0.3, "sample_weight": weights_of(N), "shuffle": False, "verbose": 0}
    ours, theirs = (model.fit(x, y, **arguments).history for model in models)
    for name, values in ours.items():
        assert values == pytest.approx(theirs[name], abs=1e-10), name  # measured 2e-16


@pytest.mark.parametrize("shape", [(N,), (N, 1)])
def test_evaluate_scores_the_same(models, shape):
    x, y = tiny_data(N)
    arguments = {"sample_weight": weights_of(N).reshape(shape), "batch_size": 5, "verbose": 0}
    ours, theirs = (model.evaluate(x, y, **arguments) for model in models)
    assert ours == pytest.approx(theirs, abs=1e-10)  # measured 0
    assert ours[0] != pytest.approx(models[0].evaluate(x, y)[0], abs=1e-3), "the weights change nothing"


def test_single_batches_score_and_train_the_same(models):
    x, y = tiny_data(N)
    for method, arguments in [
        ("train_on_batch", {"sample_weight": weights_of(N)}),
        ("train_on_batch", {"class_weight": CLASS_WEIGHT}),
        ("test_on_batch", {"sample_weight": weights_of(N)}),
    ]:
        ours, theirs = (getattr(model, method)(x, y, **arguments) for model in models)
        assert ours == pytest.approx([float(value) for value in theirs], abs=1e-10), method  # measured 2e-16
    assert_equal_weights(models)


@pytest.mark.parametrize("method", ["fit", "train_on_batch"])
def test_weights_given_both_ways_are_refused_as_in_keras(models, method):
    for model in models:
        with pytest.raises(ValueError, match=r"class_weight.*sample_weight|sample_weight.*class_weight|same time"):
            getattr(model, method)(*tiny_data(N), sample_weight=weights_of(N), class_weight=CLASS_WEIGHT)
