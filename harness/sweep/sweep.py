"""A sweep from beginning to end: plan, train what is missing, print the pooled table, list what failed."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.base.command import warn
from harness.base.environment import command
from harness.base.errors import ModelError, UsageError
from harness.base.markdown import markdown
from harness.results.code_version import code_version
from harness.results.lock import only_writer
from harness.results.studies import find_studies
from harness.summaries.scores import count
from harness.sweep.cell import Sweep
from harness.sweep.cluster import check_dask, check_workers, outcomes_of, workers_of
from harness.sweep.plan import DONE, FAILED, Planned, check_none_is_running, counts_text, plan_of, to_train
from harness.sweep.progress import CellProgress
from harness.tables import tables_of_all
from numpy_model.config import usable_cores

if TYPE_CHECKING:
    from harness.sweep.grid import Cell


@dataclass(frozen=True)
class Options:
    """How a grid is run.

    Attributes:
        out: folder in which run folders are made.
        data_dir: folder to look for data sets in first, or `None`.
        scheduler: address of a Dask scheduler, or `None` for workers of this machine.
        workers: how many of those; `None` for one per core.
        retry_failed: whether failed cells are run again.
        plots: whether every cell draws its plots.
    """

    out: str = "results"
    data_dir: str | None = None
    scheduler: str | None = None
    workers: int | None = None
    retry_failed: bool = False
    plots: bool = False


def run_sweep(cells: list[Cell], options: Options) -> int:
    """Train the cells that are not there yet, print the table of all, and return the exit code.

    Raises:
        UsageError: if the folder cannot be written to, another process works in it, or workers cannot be had.
        DataError: if a worker has not the data.
    """
    check_dask()
    out = Path(options.out).absolute()
    code = code_of(cells)
    with ExitStack() as held:
        if out.is_dir():
            held.enter_context(only_writer(out))
        plan = plan_of(cells, out, code)
        check_none_is_running(plan)
        warn(counts_text(plan))
        todo, outcomes = to_train(plan, options.retry_failed), []
        if todo:
            data_dir = options.data_dir and os.path.abspath(options.data_dir)
            train_all(todo, Sweep(str(out), data_dir, code, command(), options.plots), options, held, outcomes)
    return report(plan, todo, outcomes)


def named_code(cells: list[Cell]) -> list[str]:
    """Return the models and the users' code of all cells, as flags name them."""
    return list(dict.fromkeys(name for cell in cells for name in cell.config.named_code))


def code_of(cells: list[Cell]) -> dict[str, str]:
    """Return what identifies the code that trains the cells."""
    return code_version(named_code(cells))


def train_all(cells, sweep, options, held, outcomes) -> None:
    """Have workers train cells, and add the `Outcome` of each to a list as it comes in.

    Args:
        cells, sweep, options: what, how and where.
        held: an `ExitStack` that takes the lock of a folder that is new.
        outcomes: a list.
    """
    n_workers = min(options.workers or usable_cores(), len(cells))
    data = {cell.config.dataset: cell.sha256 for cell in cells}
    with workers_of(options.scheduler, n_workers) as client:
        check_workers(client, sweep, named_code(cells), data)
        make_folder(sweep.out, held)
        n_workers, start = len(client.nthreads()), time.perf_counter()
        with CellProgress(len(cells), n_workers) as progress, closing(outcomes_of(client, cells, sweep)) as coming:
            for outcome in coming:
                outcomes.append(outcome)
                progress.add(outcome)
        seconds, own = time.perf_counter() - start, sum(outcome.seconds for outcome in outcomes)
    n_cells, n_workers = count(len(cells), "cell"), count(n_workers, "worker")
    warn(f"{n_cells} in {seconds:.1f} s on {n_workers}, which took {own:.1f} s for the cells themselves")


def make_folder(out, held) -> None:
    """Make and lock the folder for runs, if it is not there yet; UsageError if it cannot be made."""
    if os.path.isdir(out):
        return
    try:
        os.makedirs(out)
    except OSError as error:
        raise UsageError(f"{out} cannot be made: {error.strerror or error}; name another folder with --out") from error
    held.enter_context(only_writer(out))


def report(plan: list[Planned], trained: list, outcomes: list) -> int:
    """Print the pooled table of a sweep, list the cells that failed, and return the exit code."""
    folders = [folder for item in plan if item.state in (DONE, FAILED) for folder in item.folders]
    folders += [outcome.folder for outcome in outcomes if outcome.folder]
    if folders:
        studies = find_studies(sorted(set(folders), key=lambda folder: folder.name))
        print(f"\n{tables_of_all(studies)}\n")
    failures = [(outcome.cell.label, outcome.error) for outcome in outcomes if outcome.error]
    failures += [
        (item.cell.label, f"{item.message} (in an earlier sweep)")
        for item in plan
        if item.state == FAILED and item.cell not in trained
    ]
    for label, message in failures:
        warn(f"failed: {label}: {message}")
    if not failures:
        return 0
    warn(f"{len(failures)} of {len(plan)} cells failed; the same command with --retry-failed runs them again")
    return ModelError.exit_code


def print_plan(cells: list[Cell], options: Options) -> int:
    """Print every cell and what is there of it; nothing is trained or written. Return the exit code."""
    plan = plan_of(cells, Path(options.out).absolute(), code_of(cells))
    rows = [(item.cell.label, item.state, " ".join(map(str, item.folders))) for item in plan]
    print("\n".join(markdown([("cell", "state", "where"), *rows], n_names=3)))
    print(f"\n{counts_text(plan)}")
    return 0
