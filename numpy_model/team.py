"""Several threads for one batch."""

import contextvars
import itertools
from concurrent.futures import ThreadPoolExecutor

from numpy_model import config

# A large batch is worked off in blocks, whose gradients add up: so memory stays flat, and a block's work arrays are
# small enough to be found in the cache again.
BLOCK_SIZE = 32

# With fewer samples a thread waits longer for Python's lock than it computes: two threads with 4 images each take 1.3
# times as long as one thread with 8.
SMALLEST_PART = 16


class Team:
    """One network for each thread, with the parameters in common.

    NumPy lets go of Python's lock while it computes, so parts of a batch can use all cores. To share the steps inside a
    layer would hand over many times a step; to share the batch hands over once.

    Args:
        network: what the first thread works with; `network.replica()` makes another.
    """

    def __init__(self, network):
        self._networks = [network]
        self._pool = None

    @property
    def first(self):
        """The network of the first thread."""
        return self._networks[0]

    def share(self, function, n, block_size=BLOCK_SIZE):
        """Call `function(network, blocks)` in every thread, and return the results in the order of the samples.

        Args:
            function: takes a network and a list of slices of samples.
            n: samples in the batch.
            block_size: most samples in a slice.
        """
        n_threads = max(1, min(config.threads(), n // SMALLEST_PART))
        bounds = [n * thread // n_threads for thread in range(n_threads + 1)]
        parts = [split(start, stop, block_size) for start, stop in itertools.pairwise(bounds)]
        while len(self._networks) < n_threads:
            self._networks.append(self._networks[0].replica())
        if n_threads > 1 and self._pool is None:
            self._pool = ThreadPoolExecutor(thread_name_prefix="numpy_model")
        # The caller's error settings are a context of NumPy, and threads begin without it.
        futures = [
            self._pool.submit(contextvars.copy_context().run, function, network, part)
            for network, part in zip(self._networks[1:], parts[1:], strict=False)
        ]
        try:
            first = function(self._networks[0], parts[0])
        finally:
            results = [future.result() for future in futures]
        return [first, *results]


def split(start, stop, block_size):
    """Return slices of at most `block_size` samples, as equal as can be, from start to stop."""
    n_blocks = -(-(stop - start) // block_size)
    bounds = [start + (stop - start) * block // n_blocks for block in range(n_blocks + 1)]
    return [slice(*pair) for pair in itertools.pairwise(bounds)]
