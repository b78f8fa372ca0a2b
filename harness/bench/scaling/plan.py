"""What is measured, and what is worked out from it."""

from dataclasses import dataclass, replace

from harness.bench.plan import NUMPY, Contender, Workload

SMALLEST_SHARE = 2  # a batch of one image takes steps of another kind


@dataclass(frozen=True)
class ScalingPlan:
    """How much is measured: about a minute.

    Attributes:
        batch_sizes: of the steps. Each is a power of two, so that all shares are equal.
        processes: numbers of processes, from 1.
        rounds: turns of each step. From six on the median has a 95 % interval.
        turn_seconds: what a turn lasts at least.
    """

    batch_sizes: tuple[int, ...] = (8, 16, 32, 64, 128, 256)
    processes: tuple[int, ...] = (1, 2, 4, 8, 16)
    rounds: int = 7
    turn_seconds: float = 0.5

    def shares(self) -> list[tuple[int, int]]:
        """Return the pairs of batch size and number of processes in which each has two images at least."""
        return [
            (batch_size, n_processes)
            for batch_size in self.batch_sizes
            for n_processes in self.processes
            if batch_size >= SMALLEST_SHARE * n_processes
        ]

    def parts(self) -> list[int]:
        """Return the batch sizes of the steps that one process takes alone: whole batches, and shares of them."""
        return sorted({batch_size // n_processes for batch_size, n_processes in self.shares()})


QUICK_SCALING = ScalingPlan(batch_sizes=(32,), processes=(1, 2), rounds=2, turn_seconds=0.0)


def step_of(batch_size: int, n_processes: int) -> tuple[Contender, Workload]:
    """Return what measures a training step of `simple_cnn` that some processes share."""
    return replace(NUMPY, threads=n_processes), Workload("train", batch_size)
