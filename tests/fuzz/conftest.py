"""A machine of its own for these tests, and limits of what one of them may take."""

import contextlib
import shutil
import time
import tracemalloc

import pytest


@pytest.fixture(scope="session", autouse=True)
def _clear_files():
    """Remove the damaged files when all tests are done."""
    yield
    from tests.fuzz.readers import FOLDER

    shutil.rmtree(FOLDER, ignore_errors=True)


@pytest.fixture
def little():
    """A context that fails if its body takes more than a second of the processor, or more than 20 MB."""

    @contextlib.contextmanager
    def check(megabytes=20):
        start = time.process_time()
        tracemalloc.start()
        try:
            yield
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert time.process_time() - start < 1
        assert peak < megabytes * 2**20

    return check
