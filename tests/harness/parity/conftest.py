"""What all tests of parity share."""

import pytest

import keras_model
import numpy_model


@pytest.fixture(autouse=True, scope="module")
def _restore_settings():
    """Leave the floating-point types and threads of both libraries as they were."""
    ours, theirs = numpy_model.config, keras_model.keras.config
    before = ours.floatx(), theirs.floatx(), theirs.dtype_policy()
    yield
    ours.set_floatx(before[0])
    ours.set_threads(None)
    theirs.set_floatx(before[1])
    theirs.set_dtype_policy(before[2])
