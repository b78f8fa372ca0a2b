"""What is compared: networks, batch sizes, the settings of each library, and the goals."""

from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec

from harness.bench.plan import BLAS, KERAS, NUMPY, Contender, Workload, tuned_candidates

LENET = "harness.bench.peers.networks:lenet"
VGG = "harness.bench.peers.networks:vgg"

# `numpy_model` without workers that share a batch. Smaller batches than these it shares with none.
NUMPY_ALONE = replace(NUMPY, name="numpy-alone", threads=1)
SMALLEST_SHARED = 32

MANY_FILTERS = 16  # from here on `lax.scan` is slower than all else

# The module of each contender that need not be there.
OPTIONAL = {"pytorch": "torch", "jax": "jax"}


@dataclass(frozen=True)
class Comparison:
    """A row of the table.

    Attributes:
        title: in words.
        workloads: one, or several that differ in batch size alone: then each library has that which suits it best.
        keras_goal, torch_goal: how many times as fast as Keras and PyTorch `numpy` is to be.
        with_products: whether the floor is measured too. Default `False`.
    """

    title: str
    workloads: tuple[Workload, ...]
    keras_goal: float
    torch_goal: float
    with_products: bool = False


def training(title: str, batch_size: int, keras_goal: float, torch_goal: float, **network: object) -> Comparison:
    """Return the comparison of training at one batch size.

    Args:
        title: of the network.
        batch_size: images a step.
        keras_goal, torch_goal: as in `Comparison`.
        network: `network` and `filters`, as in `Workload`.
    """
    workload = Workload("train", batch_size, **network)
    with_products = not network and batch_size in (1, 32, 256)
    return Comparison(f"{title}, batch {batch_size}", (workload,), keras_goal, torch_goal, with_products)


def prediction(n_images: int, batch_sizes: tuple[int, ...]) -> Comparison:
    """Return the comparison of prediction with `simple_cnn`."""
    workloads = tuple(Workload("predict", batch_size, n_images) for batch_size in batch_sizes)
    return Comparison(f"simple_cnn, prediction of {n_images:,}", workloads, 1.5, 1.5)


COMPARISONS = (
    training("simple_cnn", 1, 4.5, 5),
    *(training("simple_cnn", batch_size, 1.5, 1.5) for batch_size in (8, 32, 128, 256)),
    training("16 filters", 32, 1.5, 1.1, filters=16),
    training("64 filters", 32, 1.2, 1.0, filters=64),
    training("VGG-like", 32, 1.2, 1.0, network=VGG),
    training("LeNet", 1, 3, 3, network=LENET),
    training("LeNet", 32, 1.5, 1.2, network=LENET),
    prediction(10_000, (32, 256, 1_000)),
)


@dataclass(frozen=True)
class PeersPlan:
    """How much is measured: about 15 minutes on two cores.

    Attributes:
        comparisons: the rows of the table.
        rounds: turns that each contender takes. From six on the median has a 95 % interval.
        turn_seconds: what a turn lasts at least, without waiting.
        fit_seconds: the same where Keras's `fit` is called, which costs 50 to 70 ms by itself.
        tuning_turns: that each of the settings of `keras-tuned` takes, if its first is not far behind.
        n_candidates: how many settings of each library are tried; `None` for all.
    """

    comparisons: tuple[Comparison, ...] = COMPARISONS
    rounds: int = 7
    turn_seconds: float = 0.5
    fit_seconds: float = 1.5
    tuning_turns: int = 2
    n_candidates: int | None = None

    def seconds_of(self, contender: Contender) -> float:
        """Return what a turn of a contender lasts at least."""
        return self.fit_seconds if (contender.way or "").startswith("fit(") else self.turn_seconds

    def tuned(self, workload: Workload) -> list[Contender]:
        """Return the settings of Keras of which the fastest takes part in the rounds."""
        return tuned_candidates(workload)[: self.n_candidates]

    def others(self, comparison: Comparison, workload: Workload) -> list[Contender]:
        """Return all other contenders of a workload whose library is installed."""
        task = workload.task
        libraries = [
            [contender for contender in own[: self.n_candidates] if is_installed(contender)]
            for own in (torch_candidates(), jax_candidates(workload))
        ]
        alone = [NUMPY_ALONE] if workload.batch_size >= SMALLEST_SHARED else []
        products = [BLAS] if comparison.with_products else []
        return [NUMPY, *alone, KERAS[task], *libraries[0], *libraries[1], *products]


QUICK_PEERS = PeersPlan(
    comparisons=(training("simple_cnn", 1, 4.5, 5), prediction(32, (8, 16))),
    rounds=2,
    turn_seconds=0.0,
    fit_seconds=0.0,
    tuning_turns=1,
    n_candidates=1,
)


def torch_candidates() -> list[Contender]:
    """Return the settings of PyTorch that are tried: all with all threads, the usual two with one too."""
    setting = partial(Contender, "pytorch", "torch")
    ways = {"eager": (None, 1), "channels_last": (None,), "torch.compile": (None, 1)}
    return [setting(way=way, threads=threads) for way, choices in ways.items() for threads in choices]


def jax_candidates(workload: Workload) -> list[Contender]:
    """Return the settings of JAX that are tried for a workload, which always has all threads.

    In a loop that XLA compiles, convolutions with many filters take ten times as long as in a step by itself, and one
    step with 64 filters 15 seconds: there `lax.scan` is not tried.
    """
    if workload.task == "predict":
        ways = ["jit of a batch"]
    elif workload.filters >= MANY_FILTERS or workload.network == VGG:
        ways = ["jit of a step"]
    else:
        ways = ["jit of a step", "lax.scan of an epoch"]
    return [Contender("jax", "jax", way=way) for way in ways]


def is_installed(contender: Contender) -> bool:
    """Return whether the library of a contender is there."""
    return find_spec(OPTIONAL[contender.name]) is not None


def missing_lines() -> list[str]:
    """Return a line for each library that is left out, as it is not installed."""
    return [
        f"{name} is left out: {library} is not installed; install it with pip install -e .[peers]"
        for name, library in OPTIONAL.items()
        if find_spec(library) is None
    ]
