"""What is compared: networks, batch sizes, the settings of each library, and the goals."""

from dataclasses import dataclass, replace

from harness.bench.peers.candidates import jax_candidates, keras_candidates, torch_candidates
from harness.bench.peers.networks import LENET, VGG
from harness.bench.plan import BLAS, KERAS, NUMPY, Contender, Workload

# `numpy_model` without workers that share a batch, beside batches of this size and more.
NUMPY_ALONE = replace(NUMPY, name="numpy-alone", threads=1)
SMALLEST_ALONE = 32


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
        return keras_candidates(workload)[: self.n_candidates]

    def others(self, comparison: Comparison, workload: Workload) -> list[Contender]:
        """Return all other contenders of a workload whose library is installed."""
        libraries = [*torch_candidates(workload)[: self.n_candidates], *jax_candidates(workload)[: self.n_candidates]]
        alone = [NUMPY_ALONE] if workload.batch_size >= SMALLEST_ALONE else []
        products = [BLAS] if comparison.with_products else []
        return [NUMPY, *alone, KERAS[workload.task], *libraries, *products]


QUICK_PEERS = PeersPlan(
    comparisons=(training("simple_cnn", 1, 4.5, 5), prediction(32, (8, 16))),
    rounds=2,
    turn_seconds=0.0,
    fit_seconds=0.0,
    tuning_turns=1,
    n_candidates=1,
)
