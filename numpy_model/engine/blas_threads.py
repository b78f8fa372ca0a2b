"""One thread for BLAS while the engine computes.

The processes that share a batch fill the cores. If BLAS has a thread for each core in each of them, they fight: a batch
of 32 of `simple_cnn` then takes 920 to 1,400 µs an image, and 195 with one thread.
"""

import contextlib
import functools
import os
import threading
from collections.abc import Iterator

try:
    from threadpoolctl import ThreadpoolController
except ImportError:  # NumPy alone is enough to train; then the environment decides
    ThreadpoolController = None

# Whoever sets one of these to more than 1 has chosen, and is left with it. One thread is what the engine wants too; it
# is set all the same, as BLAS reads the variables when NumPy is imported, and sees no later change.
VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "OMP_NUM_THREADS")

_lock = threading.Lock()
_n_inside = 0
_limit = None


@contextlib.contextmanager
def one_blas_thread() -> Iterator[None]:
    """Let BLAS compute with one thread while the body runs, and then with as many as before.

    It takes 10 µs, so it is entered once for a call of `fit`, and not at each step. The setting is that of the whole
    process: of threads that are inside at the same time the first sets it, and the last puts it back.
    """
    global _n_inside, _limit
    with _lock:
        if _n_inside == 0:
            _limit = limit_blas()
        _n_inside += 1
    try:
        yield
    finally:
        with _lock:
            _n_inside -= 1
            if _n_inside == 0 and _limit is not None:
                _limit.restore_original_limits()


def limit_blas() -> object | None:
    """Let BLAS compute with one thread from now on, and return what can undo it; `None` if nothing was done.

    Where it does so already, as in the fork of a process that is inside, it is not told again: OpenBLAS would start its
    other threads anew, which look for work for 0.1 s, and take a core for that time.
    """
    if ThreadpoolController is None or any(os.environ.get(variable, "1") != "1" for variable in VARIABLES):
        return None
    if all(library["num_threads"] == 1 for library in controller().info()):
        return None
    return controller().limit(limits=1)


@functools.cache
def controller() -> "ThreadpoolController":
    """Return the BLAS libraries of this process; to look for them takes a millisecond."""
    return ThreadpoolController().select(user_api="blas")
