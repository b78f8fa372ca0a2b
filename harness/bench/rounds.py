"""Workers take turns: one after the other within a round, and never two at a time."""

import contextlib
import statistics

from harness.bench.plan import (
    BLAS,
    KERAS,
    NAIVE,
    NUMPY,
    PUBLISHED_LOOPS,
    SIMPLE_CNN,
    Contender,
    Workload,
    on_other_backends,
    tuned_candidates,
)
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


def measure(plan, crew, report):
    """Return one row for each series, workload, contender and round, as dictionaries with the keys `COLUMNS`.

    Args:
        plan: a `Plan`.
        crew: the `Crew` that measures.
        report: a function that is given a line on what is being measured.
    """
    rows = []

    def take_turns(series, entries) -> None:
        rows.extend(crew.take_turns(series, entries, plan.rounds))

    for series, workloads in (("batch size", plan.training()), ("prediction", plan.prediction())):
        for workload in workloads:
            report(f"{series} {workload.batch_size}: settings of Keras, then {plan.rounds} rounds")
            candidates = tuned_candidates(workload)[: plan.n_candidates]
            tuned, tried = crew.fastest(candidates, workload, plan.tuning_turns)
            rows += tried
            contenders = [NUMPY, KERAS[workload.task], *on_other_backends(workload.task), tuned]
            if workload.task == "train":
                loops = workload.batch_size == 1 and workload.network == SIMPLE_CNN
                contenders += [BLAS, PUBLISHED_LOOPS, NAIVE] if loops else [BLAS]
            take_turns(series, [(contender, workload) for contender in contenders])
    for series, workloads in plan.growth().items():
        report(f"growth with {series}: {plan.rounds} rounds")
        take_turns(series, [(contender, workload) for workload in workloads for contender in (NUMPY, KERAS["train"])])
    return rows


def peak_memory(plan):
    """Return a row (workload, contender, MB) of peak memory, each of a fresh process that does nothing else."""
    rows = []
    for workload in plan.memory():
        for contender in (NUMPY, KERAS["train"]):
            with contextlib.closing(Worker(contender)) as worker:
                worker.prepare(contender, workload)
                rows.append((workload, contender, worker.peak_memory()))
    return rows


class Crew:
    """The worker processes, one for each name and number of threads, started when first needed.

    Args:
        stack: an `ExitStack` that ends them.
        turn_seconds: what a turn lasts at least.
    """

    def __init__(self, stack: contextlib.ExitStack, turn_seconds: float) -> None:
        self._stack = stack
        self._turn_seconds = turn_seconds
        self._workers = {}
        self._prepared = set()

    def worker(self, contender: Contender) -> Worker:
        """Return the worker of a contender."""
        key = contender.name, contender.threads
        if key not in self._workers:
            self._workers[key] = Worker(contender)
            self._stack.callback(self._workers[key].close)
        return self._workers[key]

    def prepare(self, entries: list[tuple[Contender, Workload]]) -> None:
        """Prepare these pairs of contender and workload, and let the workers forget all others."""
        for contender, workload in self._prepared - set(entries):
            self.worker(contender).forget(contender, workload)
        for contender, workload in entries:
            if (contender, workload) not in self._prepared:
                self.worker(contender).prepare(contender, workload, self._turn_seconds)
        self._prepared = set(entries)

    def take_turns(self, series: str, entries: list[tuple[Contender, Workload]], n_rounds: int) -> list:
        """Return the rows of `n_rounds` rounds over pairs of contender and workload."""
        self.prepare(entries)
        return [
            self._row(series, contender, workload, number)
            for number in range(1, n_rounds + 1)
            for contender, workload in entries
        ]

    def fastest(self, contenders: list[Contender], workload: Workload, n_turns: int) -> tuple[Contender, list[dict]]:
        """Return the contender with the smallest median of `n_turns` turns, and the rows of all turns.

        Those that are far behind in the first turn take no other.
        """
        self.prepare([(contender, workload) for contender in contenders])
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
