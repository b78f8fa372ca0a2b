"""Workers take turns: one after the other within a round, and never two at a time."""

import contextlib
import statistics
from collections.abc import Callable, Iterable

from harness.base.command import warn
from harness.base.errors import ModelError
from harness.bench.plan import Contender, Workload
from harness.bench.unavailable import UnavailableError
from harness.bench.worker import Worker

COLUMNS = (
    "series",
    "task",
    "contender",
    "setting",
    "batch_size",
    "n_images",
    "side",
    "filters",
    "round",
    "microseconds_per_image",
    "waiting_microseconds_per_image",
    "calls",
    "network",
)

# A setting of Keras whose first turn takes so many times as long as the fastest one takes no more.
FAR_BEHIND = 1.5


class Crew:
    """The worker processes, one for each name and number of threads, started when first needed.

    Args:
        stack: an `ExitStack` that ends them.
        turn_seconds: a function of a contender: what a turn of it lasts at least.
    """

    def __init__(self, stack: contextlib.ExitStack, turn_seconds: Callable[[Contender], float]) -> None:
        self._stack = stack
        self._turn_seconds = turn_seconds
        self._workers = {}
        self._n_parameters = {}  # of those that are prepared

    def worker(self, contender: Contender) -> Worker:
        """Return the worker of a contender."""
        key = contender.name, contender.threads
        if key not in self._workers:
            self._workers[key] = Worker(contender)
            self._stack.callback(self._workers[key].close)
        return self._workers[key]

    def prepare(self, entries: list[tuple[Contender, Workload]]) -> list[tuple[Contender, Workload]]:
        """Prepare these pairs of contender and workload, let the workers forget all others, and return those prepared.

        What cannot be had on this machine is left out, with a line.

        Raises:
            ModelError: if the network of a workload has not as many parameters with one contender as with another.
        """
        for contender, workload in self._n_parameters.keys() - set(entries):
            self.worker(contender).forget(contender, workload)
            del self._n_parameters[contender, workload]
        for contender, workload in entries:
            if (contender, workload) not in self._n_parameters:
                seconds = self._turn_seconds(contender)
                try:
                    count = self.worker(contender).prepare(contender, workload, seconds)
                except UnavailableError as error:
                    warn(f"{contender.name}, {contender.setting}, is left out: {error}")
                    continue
                self._n_parameters[contender, workload] = count
        check_same_networks(self._n_parameters)
        return [entry for entry in entries if entry in self._n_parameters]

    def take_turns(self, series: str, entries: list[tuple[Contender, Workload]], rounds: Iterable[int]) -> list[dict]:
        """Return the rows of some rounds, by their numbers, over pairs of contender and workload."""
        entries = self.prepare(entries)
        return [self._row(series, *entry, number) for number in rounds for entry in entries]

    def fastest(self, contenders: list[Contender], workload: Workload, n_turns: int) -> tuple[Contender, list[dict]]:
        """Return the contender with the smallest median of `n_turns` turns, and the rows of all turns.

        Those that are far behind in the first turn take no other.
        """
        contenders = [contender for contender, _ in self.prepare([(contender, workload) for contender in contenders])]
        series = f"settings, {workload.task}"
        rows = {contender: [self._row(series, contender, workload, 1)] for contender in contenders}

        def time_of(contender: Contender) -> float:
            return statistics.median(row["microseconds_per_image"] for row in rows[contender])

        shortest = min(map(time_of, contenders))
        near = [contender for contender in contenders if time_of(contender) <= FAR_BEHIND * shortest]
        for number in range(2, n_turns + 1):
            for contender in near:
                rows[contender].append(self._row(series, contender, workload, number))
        return min(near, key=time_of), [row for own in rows.values() for row in own]

    def _row(self, series: str, contender: Contender, workload: Workload, number: int) -> dict:
        turn = self.worker(contender).take(contender, workload)
        return {
            **vars(workload),
            "series": series,
            "contender": contender.name,
            "setting": contender.setting,
            "round": number,
            "n_images": turn.n_images,
            "microseconds_per_image": turn.microseconds_per_image,
            "waiting_microseconds_per_image": turn.waiting_microseconds_per_image,
            "calls": turn.calls,
        }


def check_same_networks(n_parameters: dict[tuple[Contender, Workload], int | None]) -> None:
    """Raise `ModelError` if a network has not as many parameters with one contender as with another.

    Args:
        n_parameters: by contender and workload, `None` of a contender without a network.
    """
    first = {}
    for (contender, workload), count in n_parameters.items():
        if count is None:
            continue
        network = workload.network, workload.side, workload.filters
        name, expected = first.setdefault(network, (contender.name, count))
        if count != expected:
            raise ModelError(
                f"the models differ before timing: {workload.network} has {count:,} parameters with {contender.name}, "
                f"and {expected:,} with {name}; no turn was taken"
            )
