"""Models in the styles that people write: right ones are the same as Keras, and one mistake is named in each."""

import functools
from functools import partial

import numpy as np
import pytest

from harness.experiments.optimizers import optimizer_of, sgd
from harness.parity import pairs
from harness.parity.config import ParityConfig
from harness.parity.reference import Reference
from harness.parity.report import verdict
from harness.parity.walk import Side, walk
from harness.user_models.interface import read_interface
from harness.user_models.loading import LoadedModel
from keras_model import KerasWalker
from tests.harness.user_models.styles import N_CLASSES, SHAPE, STYLES, Model

N_STEPS, RATE = 3, 0.005


class Samples:
    """Small images of noise."""

    input_shape, n_classes, n_train = SHAPE, N_CLASSES, 64

    def epoch(self, seed, epoch, limit):
        rng = np.random.default_rng(epoch)
        x = rng.random((self.n_train, *SHAPE)).astype(np.float32) - np.float32(0.5)
        return x[:limit], rng.integers(0, N_CLASSES, self.n_train)[:limit]


@functools.cache
def keras_walker(network, optimizer, loss):
    """Return the one Keras walker of all styles that train alike: to compile it takes longer than to take the steps."""
    optimizer = optimizer if callable(optimizer) else optimizer_of(optimizer)
    return KerasWalker(network, partial(optimizer, learning_rate=RATE), "float64", loss, is_exact=True)


def prove(style, mistake):
    """Return the verdict on a model, as the command does, but for Keras trained beside it, which decides nothing."""
    make = partial(Model, style, mistake)
    loaded = LoadedModel("my_model", "my_model.py", read_interface(make(), "my_model.py"), make)
    interface = loaded.interface
    config = ParityConfig(model="my_model:make", steps=N_STEPS, batch_size=style.batch_size, learning_rate=RATE)
    optimizer = partial(interface.optimizer or sgd, learning_rate=RATE)
    ours, weights = pairs.make_user_walkers(config, loaded, style.network, optimizer)
    keras = keras_walker(style.network, style.attributes.get("optimizer", "sgd"), interface.loss)
    names, sides = ours["float32"].names, {}

    def params(x, y):
        return dict(zip(names, keras.params(), strict=True))

    for precision in pairs.PRECISIONS:
        walker = ours[precision]
        options = {"steps": ours["float32"].step_rule, "is_crossentropy": interface.is_crossentropy}
        reference = Reference(keras, names, precision, **options, names_optimizer=interface.optimizer is not None)
        reference.start(weights)
        if walker:
            walker.start(weights)
        steps = walker and partial(pairs.traces_of, walker)
        sides[precision] = Side(steps, reference.follow, params)
    return verdict(walk(sides, pairs.make_batches(config, Samples())))


def test_there_are_twenty_and_more():
    assert len({style.name for style in STYLES}) == len(STYLES) >= 20


@pytest.fixture(scope="module", params=STYLES, ids=[style.name for style in STYLES])
def style(request):
    """A style; its tests come one after the other, as they share a Keras walker."""
    return request.param


def test_a_right_model_is_the_same_as_keras(style):
    same, words = prove(style, "")
    assert same, words


def test_a_mistake_is_named(style):
    same, words = prove(style, style.mistake)
    assert not same
    assert all(part in words for part in style.finds), words
