"""What all tests of users' models share."""

import pytest

from numpy_model import config


@pytest.fixture(autouse=True)
def _restore_floatx():
    """Leave the default floating-point type as it was."""
    before = config.floatx()
    yield
    config.set_floatx(before)
