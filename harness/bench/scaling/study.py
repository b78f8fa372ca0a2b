"""The whole study of sharing a batch: measured, written, printed."""

import contextlib
from pathlib import Path

import pandas

import numpy_model
from harness.base.command import warn
from harness.base.environment import describe_environment
from harness.base.errors import ModelError
from harness.bench.contenders import Turns
from harness.bench.crew import COLUMNS, Crew
from harness.bench.plan import NUMPY, Workload
from harness.bench.products import shares_of
from harness.bench.scaling.plan import QUICK_SCALING, ScalingPlan, step_of
from harness.bench.scaling.report import report_of
from harness.bench.scaling.simulation import Exchange, exchange_of
from harness.results import create_run_folder
from numpy_model.config import usable_cores

WITH_ONE_WORKER = 2  # processes


def study_scaling(plan: ScalingPlan, out: str | Path) -> None:
    """Measure, write `scaling.csv`, `environment.json` and `scaling.md`, and print the table.

    Args:
        plan: how much is measured.
        out: the folder that has `bench/scaling/`.
    """
    folder = create_run_folder(out, "bench", "scaling-quick" if plan == QUICK_SCALING else "scaling")
    folder.write_json("environment", describe_environment())
    shared = [pair for pair in plan.shares() if is_shared(*pair)]
    measurable = [pair for pair in shared if pair[1] <= usable_cores()]
    if not measurable:
        raise ModelError(
            f"the exchange with a worker cannot be measured with so many cores: {usable_cores()}; allowed are two and "
            "more, on Linux; let this process use more"
        )
    entries = [step_of(part, 1) for part in plan.parts()] + [step_of(*pair) for pair in measurable]
    warn(f"{len(entries)} steps, {plan.rounds} rounds")
    with contextlib.ExitStack() as stack:
        rows = Crew(stack, lambda contender: plan.turn_seconds).take_turns(
            "scaling", entries, range(1, plan.rounds + 1)
        )
    folder.write_text("scaling.csv", pandas.DataFrame(rows, columns=COLUMNS).to_csv(index=False))
    steps = steps_of(rows)
    text = report_of(steps.median(axis="columns").to_dict(), plan, shared, exchange_with_one_worker(steps))
    folder.write_text("scaling.md", text + "\n")
    print(text)
    print(f"\nresults: {folder.path}")


def steps_of(rows: list[dict]) -> pandas.DataFrame:
    """Return the µs of each step: a row for each batch size and number of processes, a column for each round."""
    frame = pandas.DataFrame(rows)
    frame["step"] = frame["microseconds_per_image"] * frame["batch_size"]
    frame["processes"] = frame["setting"].str.removeprefix("threads=").astype(int)
    return frame.pivot_table(index=["batch_size", "processes"], columns="round", values="step")


def exchange_with_one_worker(steps: pandas.DataFrame) -> Exchange:
    """Return the `Exchange` of the smallest batch that two processes shared, by the median of the rounds.

    The larger ones are then a check of the simulation.

    Args:
        steps: of `steps_of`.
    """
    batch_size = min(batch_size for batch_size, n_processes in steps.index if n_processes == WITH_ONE_WORKER)
    beyond_share = steps.loc[batch_size, WITH_ONE_WORKER] - steps.loc[batch_size // WITH_ONE_WORKER, 1]
    weights = Turns(NUMPY, Workload("train", 1, 1)).model.get_weights()
    return exchange_of(beyond_share.median(), weights)


def is_shared(batch_size: int, n_processes: int) -> bool:
    """Return whether the NumPy model shares a batch between so many processes if it may."""
    with numpy_model.config.scope(threads=n_processes):
        return len(shares_of(Workload("train", batch_size))) == n_processes > 1
