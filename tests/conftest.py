"""What all tests share."""

import gc
import os
import signal
import sys

import pytest
from hypothesis import settings

from harness.base.environment import use_one_blas_thread

# As every command does, before NumPy is imported: a test and the processes that it starts then come to the same bits.
use_one_blas_thread()

from numpy_model import config  # noqa: E402

# Property tests try a quarter of their examples, the same each time; with `--hypothesis-profile all` they try all, and
# those that do not say otherwise try others each time.
# No example has a deadline, as a busy machine may miss any.
settings.register_profile("all", max_examples=100, deadline=None)
settings.register_profile("quarter", max_examples=25, derandomize=True, deadline=None)
settings.load_profile("quarter")


def pytest_collection_finish():
    """Keep what was imported out of the collector of garbage, which goes through all of TensorFlow in half a second."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)  # to trace a graph makes millions of objects


@pytest.fixture(autouse=True, scope="module")
def _restore_settings():
    """Leave the floating-point types of both libraries, and NumPy's threads, as they were before a file's tests."""
    before = config.floatx()
    yield
    config.set_floatx(before)
    config.set_threads(None)
    if "keras" in sys.modules:
        sys.modules["keras"].config.set_floatx("float32")
        sys.modules["keras"].config.set_dtype_policy("float32")


@pytest.fixture(autouse=True, scope="session")
def _ctrl_c_reaches_children():
    """Undo what a shell does to a program in its background, whose children pass over Ctrl-C too."""
    before = signal.getsignal(signal.SIGINT)
    if before == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(autouse=True, scope="session")
def _no_waiting_for_the_disk():
    """Leave what is written to the system: a run waits for the disk dozens of times, and no test cuts the power."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield
