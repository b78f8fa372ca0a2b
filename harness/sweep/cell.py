"""What a worker does: one cell, as an ordinary run in a folder of its own, or on from where another worker was."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from harness import datasets
from harness.base.environment import use_one_blas_thread
from harness.base.errors import DataError, HarnessError, ModelError, UsageError
from harness.results.code_version import code_version
from harness.sweep.grid import Cell
from harness.sweep.plan import folder_to_go_on_with

if TYPE_CHECKING:
    from harness.datasets.dataset import Dataset

# Of the files as they were when this process imported them; a worker may live longer than that.
IMPORTED_CODE = code_version(())
SECONDS_TO_DIE = 5  # after which a killed worker's folder is free


@dataclass(frozen=True)
class Sweep:
    """What all cells of a sweep share.

    Attributes:
        out: absolute path of the folder in which run folders are made; all workers see it.
        data_dir: folder to look for data sets in first, or `None`.
        code: what identifies the code that trains, from `harness.results.code_version`.
        command: of the sweep, for `environment.json`.
        plots: whether a cell draws its plots.
    """

    out: str
    data_dir: str | None
    code: dict[str, str | None]
    command: str
    plots: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of a cell.

    Attributes:
        cell: the `Cell`.
        folder: of its run, or `None` if there is none.
        error: why it failed, or "".
        seconds: that the run took, from its making to its table: what `harness.run` would do too, but for plots.
        warnings: lines for people.
    """

    cell: Cell
    folder: Path | None
    error: str
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()


def run_cell(cell: Cell, sweep: Sweep) -> Outcome:
    """Train the models of a cell, write its folder, and return its `Outcome`, whatever happens."""
    try:
        use_one_blas_thread()
        check_code(cell.config.named_code, sweep.code)
        return train(cell, sweep, checked_data(cell.config.dataset, cell.sha256, sweep.data_dir))
    except HarnessError as error:
        return Outcome(cell, None, f"{worker_name()}: {error}")
    except Exception as error:  # one cell must not take the others with it
        return Outcome(cell, None, f"{worker_name()}: {type(error).__name__}: {error}")


def train(cell: Cell, sweep: Sweep, dataset: Dataset) -> Outcome:
    """Train the models of a cell in its folder, and return the `Outcome`."""
    from harness.results import RunFolder, create_run_folder
    from harness.results.journal import Journal
    from harness.results.lock import only_writer
    from harness.results.resume import kept_for_later, read_rows
    from harness.results.studies import study_of
    from harness.tables import tables_of
    from harness.training.runner import run_experiment

    if not Path(sweep.out).is_dir():
        raise UsageError(f"it does not see the folder {sweep.out}; name one with --out that all workers share")
    path, warnings, error = folder_to_go_on_with(cell, sweep.out, sweep.code), [], ""
    is_new, start = path is None, time.perf_counter()
    path = create_run_folder(sweep.out, dataset.name, cell.config.name).path if is_new else path
    wait_for_lock(path)
    with only_writer(path), kept_for_later(path, cell.config, sweep.data_dir):
        kept = None if is_new else read_rows(path, warnings.append)
        environment = {"command": sweep.command, "beside_other_runs": True}
        try:
            run_experiment(cell.config, dataset, Journal(RunFolder(path), kept, warnings.append, environment))
        except ModelError as failure:
            if failure.epochs is None:
                raise
            error = str(failure)
        forget_models(cell.config.models)
        RunFolder(path).write_text("table.md", tables_of(study_of(path)) + "\n")
        if sweep.plots:
            from harness import plots

            warnings += plots.draw_all(path).failures
    return Outcome(cell, path, error, time.perf_counter() - start, tuple(warnings))


def forget_models(models: tuple[str, ...]) -> None:
    """Have Keras drop what it keeps of every model, 3 MB each; it is one process that trains many."""
    if "keras" in models:
        import keras_model

        keras_model.keras.backend.clear_session()


def wait_for_lock(folder: Path) -> None:
    """Wait a moment for a killed worker, whose cell this is now, to let go of its folder."""
    from harness.results.lock import is_written

    end = time.monotonic() + SECONDS_TO_DIE
    while is_written(folder) and time.monotonic() < end:
        time.sleep(0.1)


def check_worker(sweep, named_code, data) -> None:
    """Raise what is wrong with this worker.

    Args:
        sweep: the `Sweep`.
        named_code: models and users' code, as flags name them.
        data: the sha256 of the arrays of each data set, by the name that flags give it.

    Raises:
        UsageError: if its code is another.
        DataError: if it lacks a data set, or has another of that name.
    """
    use_one_blas_thread()
    check_code(named_code, sweep.code)
    for dataset, sha256 in data.items():
        checked_data(dataset, sha256, sweep.data_dir)


def check_code(named_code: tuple[str, ...], expected: dict[str, str | None]) -> None:
    """Raise `UsageError` unless this process has the code that the sweep was started with."""
    here = code_version(named_code) | IMPORTED_CODE
    differences = [f"{name} is {here[name]} there and {expected.get(name)} here" for name in here
                   if here[name] != expected.get(name)]  # fmt: skip
    if differences:
        raise UsageError(f"it has another version of the code: {'; '.join(differences)}; update and restart it")


def checked_data(dataset: str, sha256: dict[str, str], data_dir) -> Dataset:
    """Return a `Dataset` that this machine has, if its arrays are those of the sweep; else raise `DataError`."""
    loaded = load_once(dataset, data_dir)
    if loaded.sha256 != sha256:
        load_once.cache_clear()  # it may have been put right since
        loaded = load_once(dataset, data_dir)
    differences = [name for name in sha256 if loaded.sha256.get(name) != sha256[name]]
    if differences:
        raise DataError(
            f"it has another data set as {dataset}: the sha256 of {', '.join(differences)} differs, as read from "
            f"{loaded.source}; copy the sweep's there"
        )
    return loaded


@lru_cache(maxsize=2)
def load_once(dataset: str, data_dir) -> Dataset:
    """Return a `Dataset`, which the cells that a worker does one after the other have in common."""
    return datasets.load(dataset, data_dir)


def worker_name() -> str:
    """Return what people may know this process by."""
    return f"worker process {os.getpid()} on {platform.node()}"
