"""Settings that a user of Keras may have changed do not change what is trained, and are back afterwards."""

from functools import partial

import numpy as np
import pytest

from harness.experiments.networks import simple_cnn
from harness.experiments.optimizers import sgd
from keras_model import KerasTrainer, keras
from keras_model.settings import NAMES, keras_settings

CHANGED = {
    "floatx": "float16",
    "epsilon": 1e-3,
    "image_data_format": "channels_first",
    "max_epochs": 0,
    "max_steps_per_epoch": 1,
}


@pytest.fixture
def change():
    """Return a function that changes a setting of Keras; all are back after the test."""
    before = {name: getattr(keras.config, name)() for name in NAMES}
    yield lambda name, value: getattr(keras.config, f"set_{name}")(value)
    for name, value in before.items():
        getattr(keras.config, f"set_{name}")(value)


def trained():
    """Return the weights after three steps, and predictions."""
    trainer = KerasTrainer(simple_cnn, partial(sgd, learning_rate=0.1), "float64")
    trainer.start(trainer.initial_weights(0))
    rng = np.random.default_rng(0)
    x, y = rng.random((3, 28, 28, 1)) - 0.5, np.array([1, 2, 3])
    trainer.train_epoch(x, y, 1)
    return [*trainer.get_weights(), trainer.predict(x)]


@pytest.fixture(scope="module")
def expected():
    """What is trained where no setting was changed."""
    return trained()


@pytest.mark.parametrize("name", [name for name in CHANGED if name in NAMES])
def test_a_changed_setting_changes_no_bit_and_stays_the_users(expected, change, name):
    change(name, CHANGED[name])
    found = trained()
    assert getattr(keras.config, name)() == CHANGED[name]
    for array, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(array, other)


def test_settings_are_back_after_an_error(change):
    change("floatx", "float16")
    with pytest.raises(ZeroDivisionError), keras_settings("float64"):
        1 / 0  # noqa: B018
    assert keras.config.floatx() == "float16"
