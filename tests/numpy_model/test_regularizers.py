"""Penalties: their values and gradients, and where they are added."""

import numpy as np
import pytest

import numpy_model as nn
from numpy_model import regularizers
from numpy_model.regularizers import L1, L1L2, L2
from tests.numpy_model.cases import draw, largest_difference


@pytest.mark.parametrize("regularizer", [L1(0.5), L2(0.25), L1L2(0.5, 0.25)], ids=["l1", "l2", "l1_l2"])
def test_the_gradient_of_a_penalty_is_that_of_central_differences(regularizer):
    param, step = draw((3, 2)), 1e-6
    expected = np.empty_like(param)
    for index in np.ndindex(param.shape):
        above, below = param.copy(), param.copy()
        above[index] += step
        below[index] -= step
        expected[index] = (regularizer(above) - regularizer(below)) / (2 * step)
    assert largest_difference(regularizer.gradient(param), expected) < 1e-8  # measured 1e-10


def test_regularizers_go_by_the_names_of_keras():
    found = [regularizers.get(name) for name in ("l1", "l2", "l1_l2")]
    assert [(each.l1, each.l2) for each in found] == [(0.01, 0), (0, 0.01), (0, 0)]
    assert regularizers.get(None) is None


@pytest.mark.parametrize("identifier", ["l3", 0.01, ["l2"]])
def test_other_regularizers_are_refused(identifier):
    with pytest.raises(ValueError, match=r"regularizer is .*; allowed are l1, l2"):
        nn.layers.Dense(2, kernel_regularizer=identifier)


def make_model(**arguments):
    nn.config.set_floatx("float64")
    model = nn.Sequential([nn.Input((4,)), nn.layers.Dense(3, activation="softmax", **arguments)])
    model.initialize(0)
    model.compile(nn.optimizers.SGD(0.5), metrics=["accuracy"])
    return model


@pytest.mark.parametrize("batch_size", [1, 4])
def test_a_step_adds_the_gradient_of_the_penalty_and_the_loss_its_value(batch_size):
    plain, penalized = make_model(), make_model(kernel_regularizer=L2(0.1), bias_regularizer=L1(0.2))
    x, y = draw((batch_size, 4)), np.arange(batch_size) % 3
    bias = np.array([0.5, -0.5, 0.0])
    for model in (plain, penalized):
        model.params["dense/bias"][...] = bias
    kernel = plain.params["dense/kernel"].copy()
    penalty = np.float32(0.1) * np.square(kernel).sum() + np.float32(0.2)
    assert penalized.evaluate(x, y)[0] - plain.evaluate(x, y)[0] == pytest.approx(penalty, abs=1e-12)
    losses = [model.fit(x, y, batch_size=batch_size, verbose=0).history["loss"][0] for model in (plain, penalized)]
    assert losses[1] - losses[0] == pytest.approx(penalty, abs=1e-12)
    moved = plain.params["dense/kernel"] - penalized.params["dense/kernel"]
    assert largest_difference(moved, 0.5 * 2 * np.float64(np.float32(0.1)) * kernel) < 1e-12  # measured 1e-17
    moved = plain.params["dense/bias"] - penalized.params["dense/bias"]
    assert largest_difference(moved, 0.5 * np.float64(np.float32(0.2)) * np.sign(bias)) < 1e-12  # measured 3e-17


def test_a_large_kernel_with_a_penalty_is_not_kept_waiting_at_batch_size_1():
    weights = {}
    for observed in (False, True):
        nn.config.set_floatx("float64")
        layers = [nn.layers.Dense(300, kernel_regularizer="l2"), nn.layers.Dense(3, activation="softmax")]
        model = nn.Sequential([nn.Input((100,)), *layers])
        model.initialize(0)
        model.compile(nn.optimizers.SGD(0.01))
        x, y = draw((20, 100)), np.arange(20) % 3
        if observed:
            for sample in range(20):
                model.train_on_batch(x[sample : sample + 1], y[sample : sample + 1])
        else:
            model.fit(x, y, batch_size=1, shuffle=False, verbose=0)
        weights[observed] = model.get_weights()
    for one, other in zip(*weights.values(), strict=True):
        assert largest_difference(one, other) < 1e-12  # measured 2e-16
