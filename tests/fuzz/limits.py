"""Limits of what a single hostile file may take."""

import contextlib
import time
import tracemalloc


@contextlib.contextmanager
def soon_and_small(megabytes=20):
    """Fail if the body takes a second of the processor or more, or so much memory."""
    tracemalloc.start()
    start = time.process_time()
    try:
        yield
        assert time.process_time() - start < 1
        assert tracemalloc.get_traced_memory()[1] < megabytes * 2**20
    finally:
        tracemalloc.stop()
