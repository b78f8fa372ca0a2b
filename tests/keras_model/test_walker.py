"""Single steps of Keras, looked at layer by layer."""

from functools import partial

import numpy as np
import pytest

from harness.experiments.networks import NETWORKS, simple_cnn
from harness.experiments.optimizers import optimizer_of
from harness.parity.numpy_walker import NumpyWalker
from keras_model import KerasTrainer, KerasWalker
from tests.numpy_model.cases import fashion_excerpt

# These have every kind of layer there is in NETWORKS. Of the others Keras would trace each for a second or two.
EVERY_KIND = ("simple_cnn", "strided", "write_up")


@pytest.fixture(scope="module")
def walkers():
    """Return a NumPy and a Keras walker in float64, with equal weights."""
    sgd = partial(optimizer_of("sgd"), learning_rate=0.005)
    return NumpyWalker(simple_cnn, sgd, "float64"), KerasWalker(simple_cnn, sgd, "float64")


def start(walkers):
    weights = walkers[0].initialize(0)
    for walker in walkers:
        walker.start(weights)
    return weights


@pytest.mark.processor
def test_a_step_is_that_of_fit(walkers):
    x, y = fashion_excerpt(5, "float64")
    weights = start(walkers)
    trainer = KerasTrainer(simple_cnn, partial(optimizer_of("sgd"), learning_rate=0.005), "float64")
    trainer.start(weights)
    trainer.train_epoch(x, y, 1)
    for index in range(5):
        params = walkers[1].train(x[index : index + 1], y[index : index + 1])
    walked = [param for layer in params for param in layer.values()]
    for ours, theirs in zip(walked, trainer.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    "network",
    [
        pytest.param(network, id=name, marks=pytest.mark.processor if name in EVERY_KIND else pytest.mark.slow)
        for name, network in NETWORKS.items()
    ],
)
def test_a_step_that_is_looked_into_is_the_step_that_is_taken(network):
    x, y = fashion_excerpt(3, "float64")
    looked, taken = (KerasWalker(network, partial(optimizer_of("adam"), learning_rate=0.005), "float64") for _ in "12")
    taken.start([array for layer in looked.params() for array in layer.values()])
    for _ in range(2):
        outputs = looked.outputs(x)
        step = looked.look(x, y, looked.decisions(x, outputs))
        for one, other in zip(outputs, step["outputs"], strict=True):
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-14)  # measured 0
        for ours, theirs in zip(looked.update(step["grads"], x), taken.train(x, y), strict=True):
            for name in theirs:
                np.testing.assert_allclose(ours[name], theirs[name], rtol=0, atol=1e-12)  # measured 0


def odd_network(nn):
    """A network of layers that NumPy's lack, with a penalty and with means that are kept."""
    return nn.Sequential(
        [
            nn.Input((28, 28, 1)),
            nn.layers.AveragePooling2D(7),
            nn.layers.Conv2D(2, 3, kernel_regularizer=nn.regularizers.L2(0.01)),
            nn.layers.BatchNormalization(),
            nn.layers.LeakyReLU(negative_slope=0.25),  # which float32 holds
            nn.layers.GlobalAveragePooling2D(),
            nn.layers.Dense(10, activation="sigmoid"),
        ]
    )


@pytest.mark.parametrize("loss", ["mean_squared_error", "binary_crossentropy", "categorical_crossentropy"])
def test_any_layer_penalty_and_loss_is_looked_into_as_it_is_trained(loss):
    x, y = fashion_excerpt(3, "float64")
    adam = partial(optimizer_of("adam"), learning_rate=0.005)
    looked, taken = (KerasWalker(odd_network, adam, "float64", loss) for _ in "12")
    taken.start([array for layer in looked.params() for array in layer.values()])
    for _ in range(2):
        step = looked.look(x, y, looked.decisions(x, looked.outputs(x)))
        assert 0 < step["penalty"] < step["loss"]
        for ours, theirs in zip(looked.update(step["grads"], x), taken.train(x, y), strict=True):
            for name in theirs:
                np.testing.assert_allclose(ours[name], theirs[name], rtol=0, atol=1e-12)  # measured 2e-16
        looked.set_params(looked.params())


def test_an_exact_optimizer_computes_with_its_own_momentum():
    x, y = fashion_excerpt(3, "float64")
    momentum = partial(optimizer_of("sgd:momentum=0.9"), learning_rate=0.5)
    exact, plain = (KerasWalker(odd_network, momentum, "float64", is_exact=is_exact) for is_exact in (True, False))
    weights = [array for layer in exact.params() for array in layer.values()]
    gaps = []
    for walker in (exact, plain):
        walker.start(weights)
        ones = [{name: np.ones_like(array) for name, array in layer.items()} for layer in walker.params()]
        grads = [{name: ones[index][name] for name in layer} for index, layer in enumerate(trained(walker, x, y))]
        walker.update(grads, x)
        after = walker.update(grads, x)[-1]["bias"]
        gaps.append(np.abs(after + 0.5 * (1 + 1.9)).max())
    assert gaps[0] < 1e-15  # measured 2e-16
    assert gaps[1] > 1e-9  # measured 1e-8: Keras makes 0.9 a float32 first


def trained(walker, x, y):
    """Return the gradients of a step, which are of what is trained."""
    return walker.look(x, y, walker.decisions(x, walker.outputs(x)))["grads"]


@pytest.mark.processor
def test_both_walkers_report_the_same_things_in_the_same_shapes(walkers):
    x, y = fashion_excerpt(40, "float64")  # more than NumPy takes through its layers at once
    start(walkers)
    (ours,) = walkers[0].steps([(x, y)])
    theirs = walkers[1].look(x, y, walkers[1].decisions(x, walkers[1].outputs(x)))
    assert {*theirs, "params"} == {*ours, "penalty"}
    for name in ("outputs", "grad_inputs"):
        assert [array.shape for array in ours[name]] == [array.shape for array in theirs[name]]
    shapes = [
        [{key: array.shape for key, array in layer.items()} for layer in step["grads"]] for step in (ours, theirs)
    ]
    assert shapes[0] == shapes[1]
    np.testing.assert_allclose(ours["outputs"][-1], theirs["outputs"][-1], rtol=0, atol=1e-14)
    np.testing.assert_allclose(ours["grad_inputs"][0], theirs["grad_inputs"][0], rtol=0, atol=1e-14)
    assert abs(ours["loss"] - theirs["loss"]) < 1e-14


@pytest.mark.processor
def test_decisions_that_are_changed_change_the_gradients_and_their_effects_say_by_how_much(walkers):
    x, y = fashion_excerpt(1, "float64")
    start(walkers)
    walker = walkers[1]
    decisions = walker.decisions(x, walker.outputs(x))
    grads = walker.look(x, y, decisions)["grads"]
    effects = walker.effects(x, y, decisions, grads)
    place = np.unravel_index(np.abs(effects[4]).argmax(), effects[4].shape)
    decisions[4][place] += 1e-6 * (1 - 2 * decisions[4][place])
    changed = walker.look(x, y, decisions)["grads"]
    along = sum(
        float(((new[name] - old[name]) * old[name]).sum())
        for new, old in zip(changed, grads, strict=True)
        for name in old
    )
    assert along == pytest.approx(1e-6 * (1 - 2 * round(decisions[4][place])) * effects[4][place], rel=0.1)
