"""Every gradient against central differences, in float64."""

import copy

import numpy as np
import pytest

import numpy_model
from tests.numpy_model.cases import (
    BATCH_CASES,
    CASES,
    RANDOM_CASES,
    TINY_NETWORKS,
    draw,
    largest_difference,
    make_tiny_model,
    randomize,
    tiny_data,
)

pytestmark = pytest.mark.processor

STEP = 1e-5


def central_difference(function, array):
    """Return the gradient of a number with respect to an array that it is computed from, one entry at a time."""
    gradient = np.empty_like(array)
    for index in np.ndindex(array.shape):
        value = array[index]
        array[index] = value + STEP
        above = function()
        array[index] = value - STEP
        below = function()
        array[index] = value
        gradient[index] = (above - below) / (2 * STEP)
    return gradient


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_layer_has_the_gradients_of_central_differences(case):
    layer = case.build()
    inputs, weights = case.draw_inputs(2), draw((2, *layer.output_shape), seed=9)
    layer.forward(inputs, training=True)
    grads = {"inputs": layer.backward(weights).copy()} | {name: grad.copy() for name, grad in layer.grads.items()}

    def weighted_sum():
        return float((layer.forward(inputs) * weights).sum())

    for name, array in {"inputs": inputs, **layer.params}.items():
        expected = central_difference(weighted_sum, array)
        assert largest_difference(grads[name], expected) < 1e-8, name  # measured 1e-10


@pytest.mark.parametrize("case", [*RANDOM_CASES, *BATCH_CASES], ids=str)
def test_layers_that_change_in_training_have_the_gradients_of_central_differences(case):
    layer = case.build()
    inputs, weights = case.draw_inputs(3), draw((3, *layer.output_shape), seed=9)
    before = copy.deepcopy(layer)  # of which each pass takes a copy, to repeat the same pass
    layer.forward(inputs, training=True)
    grads = {"inputs": layer.backward(weights), **layer.grads}

    def weighted_sum():
        return float((copy.deepcopy(before).forward(inputs, training=True) * weights).sum())

    for name, array in {"inputs": inputs, **before.params}.items():
        expected = central_difference(weighted_sum, array)
        assert largest_difference(grads[name], expected) < 1e-8, name  # measured 1e-10


def gradients_of_one_step(model, x, y):
    """Return what one step of descent with a learning rate of 1 takes off each parameter."""
    model.compile(numpy_model.optimizers.SGD(1.0), model.loss)
    before = model.get_weights()
    model.train_on_batch(x, y)
    after = model.get_weights()
    model.set_weights(before)
    return dict(zip(model.params, (old - new for old, new in zip(before, after, strict=True)), strict=True))


# Of many samples the gradient is put together from blocks.
@pytest.mark.parametrize("n", [1, 3, 13])
@pytest.mark.parametrize("network", TINY_NETWORKS)
def test_the_whole_network_has_the_gradients_of_central_differences(network, n):
    model = make_tiny_model(network=network, seed=7)  # with some others hardly a gradient passes the ReLUs
    x, y = tiny_data(n)
    grads = gradients_of_one_step(model, x, y)
    for name, param in model.params.items():
        expected = central_difference(lambda: model.evaluate(x, y), param)
        assert np.abs(expected).max() > 1e-3, f"{name}: nothing to compare"  # measured 0.035
        assert largest_difference(grads[name], expected) < 1e-8, name  # measured 3e-11


@pytest.mark.parametrize("from_logits", [False, True])
def test_softmax_activation_as_hidden_layers_and_any_targets(from_logits):
    nn = numpy_model
    nn.config.set_floatx("float64")
    last = [] if from_logits else [nn.layers.Softmax()]
    model = nn.Sequential(
        [
            nn.Input((5, 6, 3)),
            nn.layers.Conv2D(4, (3, 2), strides=(2, 1), padding="same", activation="softmax", use_bias=False),
            nn.layers.AveragePooling2D(2, strides=1, padding="same"),
            nn.layers.ReLU(),
            nn.layers.Flatten(),
            nn.layers.Dense(4, activation="softmax"),
            nn.layers.Dense(3),
            *last,
        ]
    )
    randomize(model.params.values())
    model.compile("sgd", nn.losses.CategoricalCrossentropy(from_logits))
    x = draw((2, 5, 6, 3), seed=4)
    targets = np.random.default_rng(5).dirichlet(np.ones(3), 2)
    grads = gradients_of_one_step(model, x, targets)
    for name, param in model.params.items():
        expected = central_difference(lambda: model.evaluate(x, targets), param)
        assert largest_difference(grads[name], expected) < 1e-9, name  # measured 2e-11
