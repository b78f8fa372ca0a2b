"""Single steps of Keras, looked at layer by layer."""

from functools import partial

import numpy as np
import pytest

from harness.networks import simple_cnn
from harness.optimizers import OPTIMIZERS
from harness.parity.numpy_walker import NumpyWalker
from keras_model import KerasTrainer, KerasWalker
from tests.numpy_model.cases import fashion_excerpt

pytestmark = pytest.mark.processor


@pytest.fixture(scope="module")
def walkers():
    """Return a NumPy and a Keras walker in float64, with equal weights."""
    sgd = partial(OPTIMIZERS["sgd"], learning_rate=0.005)
    return NumpyWalker(simple_cnn, sgd, "float64"), KerasWalker(simple_cnn, sgd, "float64")


def start(walkers):
    weights = walkers[0].initialize(0)
    for walker in walkers:
        walker.start(weights)
    return weights


def test_a_step_is_keras_own(walkers):
    x, y = fashion_excerpt(5, "float64")
    weights = start(walkers)
    trainer = KerasTrainer(simple_cnn, partial(OPTIMIZERS["sgd"], learning_rate=0.005), "float64")
    trainer.start(weights)
    trainer.train_epoch(x, y, 1)
    for index in range(5):
        step = walkers[1].step(x[index : index + 1], y[index : index + 1])
    walked = [param for layer in step["params"] for param in layer.values()]
    for ours, theirs in zip(walked, trainer.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_gradients_are_those_that_the_step_used(walkers):
    x, y = fashion_excerpt(3, "float64")
    before = start(walkers)
    step = walkers[1].step(x, y)
    after = [param for layer in step["params"] for param in layer.values()]
    grads = [grad for layer in step["grads"] for grad in layer.values()]
    for old, new, grad in zip(before, after, grads, strict=True):
        np.testing.assert_allclose(old - 0.005 * grad, new, rtol=0, atol=1e-15)  # measured 1e-16


def test_both_walkers_tell_the_same_things_in_the_same_shapes(walkers):
    x, y = fashion_excerpt(40, "float64")  # more than NumPy takes through its layers at once
    start(walkers)
    ours, theirs = (walker.step(x, y) for walker in walkers)
    assert list(ours) == list(theirs)
    for name in ("outputs", "grad_inputs"):
        assert [array.shape for array in ours[name]] == [array.shape for array in theirs[name]]
    for name in ("grads", "params"):
        shapes = [
            [{key: array.shape for key, array in layer.items()} for layer in step[name]] for step in (ours, theirs)
        ]
        assert shapes[0] == shapes[1]
    np.testing.assert_allclose(ours["outputs"][-1], theirs["outputs"][-1], rtol=0, atol=1e-14)
    np.testing.assert_allclose(ours["grad_inputs"][0], theirs["grad_inputs"][0], rtol=0, atol=1e-14)
    assert abs(ours["loss"] - theirs["loss"]) < 1e-14
