"""How NumPy computes while a network does, and that it is as before afterwards."""

import numpy as np

from numpy_model.engine.numpy_settings import BUFFER_SIZE, fast_numpy


def test_nothing_is_warned_of_and_rows_are_read_where_they_lie():
    with fast_numpy():
        assert np.getbufsize() == BUFFER_SIZE
        assert set(np.geterr().values()) == {"ignore"}


def test_the_settings_of_the_caller_come_back():
    before = np.getbufsize(), np.geterr()
    with fast_numpy():
        pass
    assert (np.getbufsize(), np.geterr()) == before
