"""How NumPy computes while a network does, and that it is as before afterwards."""

import numpy as np

from numpy_model import arithmetic


def test_nothing_is_warned_of_and_rows_are_read_where_they_lie():
    with arithmetic.of_networks():
        assert np.getbufsize() == arithmetic.BUFFER_SIZE
        assert set(np.geterr().values()) == {"ignore"}


def test_the_settings_of_the_caller_come_back():
    before = np.getbufsize(), np.geterr()
    with arithmetic.of_networks():
        pass
    assert (np.getbufsize(), np.geterr()) == before
