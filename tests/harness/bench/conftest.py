"""What the tests of the benchmark share."""

import pytest

import numpy_model


@pytest.fixture(autouse=True)
def own_settings():
    """Undo what a test sets for all of `numpy_model`."""
    yield
    numpy_model.config.set_threads(None)
    numpy_model.config.set_floatx("float32")
