"""Who takes turns with whom, for which tables."""

import contextlib

from harness.bench.plan import (
    BLAS,
    KERAS,
    NAIVE,
    NUMPY,
    PUBLISHED_LOOPS,
    SIMPLE_CNN,
    on_other_backends,
    tuned_candidates,
)
from harness.bench.worker import Worker


def measure(plan, crew, report):
    """Return one row for each series, workload, contender and round, as dictionaries with the keys `COLUMNS`.

    Args:
        plan: a `Plan`.
        crew: the `Crew` that measures.
        report: a function that is given a line on what is being measured.
    """
    rows = []

    def take_turns(series, entries) -> None:
        rows.extend(crew.take_turns(series, entries, range(1, plan.rounds + 1)))

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
