"""What all tests of `keras_model` share. TensorFlow is imported through `keras_model`, which keeps it quiet."""

import pytest

import keras_model
from numpy_model import config


@pytest.fixture(autouse=True)
def _restore_floatx():
    """Leave the default floating-point types of both libraries as they were."""
    keras_config = keras_model.keras.config
    ours, theirs, policy = config.floatx(), keras_config.floatx(), keras_config.dtype_policy()
    yield
    config.set_floatx(ours)
    keras_config.set_floatx(theirs)
    keras_config.set_dtype_policy(policy)
