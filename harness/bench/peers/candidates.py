"""The settings of each library, of which the fastest stands in the table."""

from importlib.util import find_spec

from harness.bench.peers.networks import VGG
from harness.bench.plan import Contender, Workload, tuned_candidates

MANY_FILTERS = 16  # from here on `lax.scan` is slower than all else

# The module of each contender that need not be there.
OPTIONAL = {"pytorch": "torch", "jax": "jax"}


def keras_candidates(workload: Workload) -> list[Contender]:
    """Return the settings of Keras that are tried for a workload.

    To predict the large batches that suit it takes 1.6 times as long with one thread as with two, so that is not tried.
    """
    candidates = tuned_candidates(workload)
    return candidates if workload.task == "train" else [one for one in candidates if one.threads is None]


def torch_candidates(workload: Workload) -> list[Contender]:
    """Return the settings of PyTorch that are tried for a workload: all with all threads, two of them with one too.

    To predict large batches, one thread takes 1.3 to 2 times as long as two, so that is not tried.
    """
    threads = (None, 1) if workload.task == "train" else (None,)
    ways = {"eager": threads, "channels_last": (None,), "torch.compile": threads}
    return of_library("pytorch", [(way, threads) for way, choices in ways.items() for threads in choices])


def jax_candidates(workload: Workload) -> list[Contender]:
    """Return the settings of JAX that are tried for a workload, which always has all threads.

    In a loop that XLA compiles, convolutions with many filters take ten times as long as in a step by itself, and one
    step with 64 filters 15 seconds: there `lax.scan` is not tried.
    """
    if workload.task == "predict":
        return of_library("jax", [("jit of a batch", None)])
    loops = workload.filters < MANY_FILTERS and workload.network != VGG
    return of_library("jax", [("jit of a step", None), *([("lax.scan of an epoch", None)] if loops else [])])


def of_library(name: str, settings: list[tuple[str, int | None]]) -> list[Contender]:
    """Return a contender for each way and number of threads, none if the library is not installed."""
    library = OPTIONAL[name]
    if find_spec(library) is None:
        return []
    return [Contender(name, library, threads=threads, way=way) for way, threads in settings]


def missing_lines() -> list[str]:
    """Return a line for each library that is left out, as it is not installed."""
    return [
        f"{name} is left out: {library} is not installed; install it with pip install -e .[peers]"
        for name, library in OPTIONAL.items()
        if find_spec(library) is None
    ]
