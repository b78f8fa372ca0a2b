"""Workers take turns: one after the other within a round, and never two at a time."""

import contextlib
from dataclasses import replace

from harness.bench.plan import BLAS, KERAS, NAIVE, NUMPY, tuned_candidates
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
)


def measure(plan, report):
    """Return one row for each series, workload, contender and round, as dictionaries with the keys `COLUMNS`.

    Args:
        plan: a `Plan`.
        report: a function that is told in a line what is being measured.
    """
    rows = []
    with contextlib.ExitStack() as stack:
        crew = Crew(stack)
        for workload in plan.training():
            report(f"training, batch size {workload.batch_size}: Keras's settings")
            tuned = crew.fastest(tuned_candidates(workload.batch_size)[: plan.n_candidates], workload)
            entries = [(NUMPY, workload), (KERAS, workload), (tuned, workload), (BLAS, workload)]
            if workload.batch_size == 1:
                entries.append((NAIVE, replace(workload, n_images=plan.naive_images)))
            report(f"training, batch size {workload.batch_size}: {plan.rounds} rounds")
            rows += crew.take_turns("batch size", entries, plan.rounds)
        for workload in plan.prediction():
            report(f"prediction, batch size {workload.batch_size}: {plan.rounds} rounds")
            rows += crew.take_turns("prediction", [(NUMPY, workload), (KERAS, workload)], plan.rounds)
        for name, workloads in plan.growth().items():
            report(f"growth with {name}: {plan.rounds} rounds")
            entries = [(contender, workload) for workload in workloads for contender in (NUMPY, KERAS)]
            rows += crew.take_turns(name, entries, plan.rounds)
    return rows


def peak_memory(plan):
    """Return a row (workload, contender, MB) of peak memory, each of a fresh process that does nothing else."""
    rows = []
    for workload in [plan.training()[0], *plan.growth()["number of images"]]:
        for contender in (NUMPY, KERAS):
            with contextlib.closing(Worker(contender)) as worker:
                worker.prepare(workload)
                rows.append((workload, contender, worker.peak_memory()))
    return rows


class Crew:
    """The worker processes, one for each contender, started when first needed.

    Args:
        stack: an `ExitStack` that ends them.
    """

    def __init__(self, stack):
        self._stack = stack
        self._workers = {}

    def worker(self, contender):
        """Return the worker of a contender."""
        if contender not in self._workers:
            self._workers[contender] = Worker(contender)
            self._stack.callback(self._workers[contender].close)
        return self._workers[contender]

    def prepare(self, entries):
        """Let all workers forget what they had, and prepare these pairs of contender and workload."""
        for worker in self._workers.values():
            worker.forget()
        for contender, workload in entries:
            self.worker(contender).prepare(workload)

    def take_turns(self, series, entries, n_rounds):
        """Return the rows of `n_rounds` rounds over pairs of contender and workload."""
        self.prepare(entries)
        return [
            {
                "series": series,
                "contender": contender.name,
                "setting": contender.setting,
                "round": number,
                "microseconds_per_image": 1e6 * self.worker(contender).take(workload) / workload.n_images,
                **vars(workload),
            }
            for number in range(1, n_rounds + 1)
            for contender, workload in entries
        ]

    def fastest(self, contenders, workload):
        """Return the contender with the shortest of two turns each, on a part of the images."""
        n_images = max(workload.n_images // 4, workload.batch_size)
        trial = replace(workload, n_images=n_images)
        self.prepare((contender, trial) for contender in contenders)
        seconds = dict.fromkeys(contenders, float("inf"))
        for _ in range(2):
            for contender in contenders:
                seconds[contender] = min(seconds[contender], self.worker(contender).take(trial))
        fastest = min(seconds, key=seconds.get)
        for contender in set(contenders) - {fastest}:
            self._workers.pop(contender).close()
        return fastest
