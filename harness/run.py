"""`python -m harness.run`: train models, write the run's folder, print the accuracy table."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from harness.base.command import ELSEWHERE, exit_code_of, interrupt_once, warn
from harness.base.environment import use_one_blas_thread
from harness.base.errors import ModelError, UsageError
from harness.base.imports import hint_of_import
from harness.base.text import message_of
from harness.experiments import MODELS, RunConfig
from harness.experiments.model_names import without_missing
from harness.experiments.seeds import seeds_from

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from harness.datasets.dataset import Dataset
    from harness.results import RunFolder
    from harness.results.journal import Journal
    from harness.training.contenders import Contender
    from harness.training.records import EpochRecord
    from harness.training.samples import Samples
    from harness.training.trainer import Trainer


# What --quick sets.
QUICK = {"limit": 5000, "epochs": 1}


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Return the parsed flags; argparse ends the program with exit code 2 for a wrong one."""
    parser = argparse.ArgumentParser(
        prog="python -m harness.run",
        description="Train identically configured NumPy and Keras models, and compare them.",
    )
    parser.add_argument(
        "--dataset",
        metavar="{fashion,mnist,PATH.npz}",
        help="data set, or a file with x_train, y_train, x_test and y_test, or a folder with four IDX files (default: "
        "the experiment's, mostly fashion)",
    )
    parser.add_argument(
        "--experiment",
        metavar="{NAME,FILE.py}",
        help="what is trained, and how; --list shows the names (default: identical); a file with an Experiment is run",
    )
    parser.add_argument(
        "--list", action="store_true", help="list data sets, experiments, networks and models, and train nothing"
    )
    parser.add_argument(
        "--models",
        nargs="+",
        metavar="MODEL",
        help=f"some of {', '.join(MODELS)}, in the order of training (default: numpy keras); also FILE.py with "
        "make_model(), or MODULE:FUNCTION, for a model of your own, for which that code is run",
    )
    parser.add_argument(
        "--seeds", nargs="+", metavar="SEED", help="repeat with each, such as 0 1 5 or 0..9 (default: 0)"
    )
    parser.add_argument("--epochs", type=int, help="default: the experiment's")
    parser.add_argument("--batch-size", type=int, help="images a step (default: the experiment's)")
    parser.add_argument("--learning-rate", type=float, help="default: the experiment's")
    parser.add_argument(
        "--network",
        metavar="{NAME,FILE.py,FILE.py:FUNCTION,MODULE:FUNCTION}",
        help="in place of the experiment's: a function of nn that returns nn.Sequential([...]), and takes input_shape "
        "and n_classes if it has them as arguments; a file's code is run",
    )
    parser.add_argument(
        "--optimizer",
        metavar="{NAME,NAME:ARGUMENTS,FILE.py:FUNCTION}",
        help="in place of the experiment's: sgd, adam, adamw, adagrad or rmsprop, with Keras's arguments as in "
        "adam:beta_1=0.95,beta_2=0.99, or a function of nn and learning_rate",
    )
    parser.add_argument(
        "--loss",
        metavar="{NAME,FILE.py:FUNCTION}",
        help="in place of the experiment's: mean_squared_error, binary_crossentropy or another that --list shows, or a "
        "function of nn",
    )
    parser.add_argument("--limit", type=int, metavar="N", help="train on N images an epoch, and score N test images")
    parser.add_argument(
        "--quick",
        action="store_true",
        help=f"a first try, in half a minute: --limit {QUICK['limit']} --epochs {QUICK['epochs']}, if not given",
    )
    parser.add_argument("--out", metavar="DIR", help="where run folders are made (default: results)")
    parser.add_argument(
        "--resume", metavar="RUN_FOLDER", help="go on with a run that was cut off; it ends as if it had not been"
    )
    parser.add_argument(
        "--no-proof",
        action="store_true",
        help="train at once; else it takes seconds to prove first that the models are the same network",
    )
    parser.add_argument("--threads", type=int, metavar="N", help="threads of each library (default: one per core)")
    parser.add_argument("--data-dir", metavar="DIR", help="look for the data set here first")
    parser.add_argument(
        "--tensorboard", action="store_true", help="write event files for TensorBoard into the run's folder too"
    )
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser.parse_args(arguments)


def settings_from(flags: argparse.Namespace) -> dict:
    """Return the settings of a run that the flags name, by name; what is not said is not there."""
    names = (field.name for field in fields(RunConfig) if hasattr(flags, field.name))
    given = QUICK.copy() if flags.quick else {}
    given |= {name: getattr(flags, name) for name in names if getattr(flags, name) is not None}
    if "seeds" in given:
        given["seeds"] = seeds_from(given["seeds"])
    return {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}


def start(config: RunConfig, flags: argparse.Namespace) -> int:
    """Run what was asked for in a new folder, and return the exit code."""
    from harness import datasets
    from harness.results.journal import Journal
    from harness.results.lock import only_writer
    from harness.results.resume import kept_for_later
    from harness.results.writing import create_run_folder, make_place
    from harness.training.contenders import import_libraries
    from harness.user_models.loading import with_network_of_models

    models, left_out = without_missing(config.models)
    for line in left_out:
        warn(line)
    config = with_network_of_models(replace(config, models=models))
    dataset = datasets.load(config.dataset, flags.data_dir, report=warn)
    config = config.for_data(len(dataset.x_train), len(dataset.x_test))
    place = (flags.out or "results", dataset.name, config.name)
    make_place(*place)
    import_libraries(config.models)  # before there is a folder, or a kill meanwhile would leave it without anything
    folder = create_run_folder(*place)
    with only_writer(folder.path), kept_for_later(folder.path, config, flags.data_dir):
        return run_to_end(config, dataset, folder.path, Journal(folder, warn=warn), flags)


def resume(given: dict, flags: argparse.Namespace) -> int:
    """Go on with the run in a folder, and return the exit code."""
    from harness import datasets
    from harness.results import RunFolder
    from harness.results.journal import Journal
    from harness.results.lock import only_writer
    from harness.results.resume import check_unchanged, config_of, kept_for_later, read_rows, warn_of_another_machine

    path = Path(flags.resume)
    config = config_of(path, given, flags.data_dir)
    with only_writer(path), kept_for_later(path, config, flags.data_dir, given.get("dataset")):
        dataset = datasets.load(config.dataset, flags.data_dir, report=warn)
        check_unchanged(path, config, dataset)
        warn_of_another_machine(path, warn)
        return run_to_end(config, dataset, path, Journal(RunFolder(path), read_rows(path, warn), warn), flags)


def run_to_end(config: RunConfig, dataset: Dataset, path: Path, journal: Journal, flags: argparse.Namespace) -> int:
    """Train, write, draw and report; return the exit code."""
    from harness.results import RunFolder
    from harness.results.studies import study_of
    from harness.tables import tables_of

    # A resumed run keeps the proof that it began with.
    is_proved = not flags.no_proof and flags.resume is None and len(config.models) > 1
    prove = partial(prove_first, RunFolder(path)) if is_proved else None
    exit_code = train(config, dataset, path, journal, flags.tensorboard, prove)
    tables = tables_of(study_of(path))
    RunFolder(path).write_text("table.md", tables + "\n")
    print(f"\n{tables}\n")
    draw_plots(path)
    make_report(path, config.dataset, flags.data_dir)
    print(f"results: {path}")
    return exit_code


def prove_first(folder: RunFolder, config: RunConfig, samples: Samples, contenders: list[Contender]) -> None:
    """Prove that the models of a run are one network, before they are trained; say so, and write it down."""
    from harness.parity.before_training import prove_all
    from harness.results.proof import write_proofs
    from harness.summaries.same_network import proof_text

    start = time.perf_counter()
    proofs = prove_all(config, samples, contenders)
    write_proofs(folder, proofs, time.perf_counter() - start)
    for proof in proofs:
        print(proof_text(proof), flush=True)


def train(
    config: RunConfig,
    dataset: Dataset,
    path: Path,
    journal: Journal,
    tensorboard: bool,
    before_training: Callable | None = None,
) -> int:
    """Train all models, tell of each epoch, and return the exit code; `before_training` as of `run_experiment`."""
    from harness.base.progress import line_of_epoch, progress_bar
    from harness.results.event_files import FOLDER, EventFiles
    from harness.training.runner import run_experiment
    from harness.training.time_left import time_left

    if sys.stderr.isatty():
        print("How long it takes is known once each model has done its first epoch.")
    # A run that began with event files goes on with them, or some of its epochs would be missing there.
    event_files = EventFiles(path, config) if tensorboard or (path / FOLDER).exists() else None

    def watch(trainer: Trainer, label: str, n_steps: int) -> AbstractContextManager:
        left = time_left(config, journal.records) if journal.records else ""
        return progress_bar(trainer, f"{label} ({left})" if left else label, n_steps)

    def on_epoch(record: EpochRecord) -> None:
        left = time_left(config, journal.records)
        print(line_of_epoch(record) + (f"; {left}" if left else ""), flush=True)
        if event_files:
            event_files.epoch_done(journal.records, record)

    exit_code = 0
    try:
        run_experiment(config, dataset, journal, watch, on_epoch, before_training)
    except ModelError as error:
        if error.epochs is None:
            raise
        warn(f"error: {error}")
        exit_code = error.exit_code
    if event_files:
        event_files.run_done(journal.records)
    return exit_code


def draw_plots(path: Path) -> None:
    """Draw the plots of the run in a folder, and warn of those that cannot be drawn."""
    try:
        from harness import plots  # 30 MB, which training can do without
    except Exception as error:  # matplotlib reads files of the user's as it is imported
        hint = hint_of_import(error) or "mend its matplotlibrc and styles, or set MPLCONFIGDIR to another folder"
        warn(f"warning: no plot was drawn, as matplotlib cannot be imported: {message_of(error)}; {hint}")
        return
    drawing = plots.draw_all(path)
    for problem in drawing.gaps + drawing.failures:
        warn(f"warning: {problem}")


def make_report(path: Path, dataset: str, data_dir) -> None:
    """Write the report of the run in a folder, and print where it is, or why there is none."""
    from harness.report import INSTALL, REPORT_NAME, missing_libraries, write_run_report

    if missing_libraries():
        print(f"{REPORT_NAME} was not made; {INSTALL} brings what it needs")
    elif problem := write_run_report(path, dataset, data_dir):
        warn(f"warning: {problem}")
    else:
        print(f"report: {path / REPORT_NAME}")


def work_of(flags: argparse.Namespace) -> int:
    """Return the exit code of what the flags ask for."""
    if flags.list:
        from harness.experiments.listing import listing

        print(listing())
        return 0
    # Threads are read when NumPy is imported, and Keras takes seconds: nothing heavy is imported before this point.
    use_one_blas_thread()
    given = settings_from(flags)
    if flags.resume is None:
        return start(RunConfig(**given).filled(), flags)
    if flags.out is not None:
        raise UsageError("--out is for new runs; a resumed run stays in its folder, so leave one of both out")
    return resume(given, flags)


def main(arguments: list[str] | None = None) -> int:
    """Parse, call, print; return the exit code."""
    flags = parse(arguments)
    elsewhere = None if flags.resume or flags.list else ELSEWHERE
    return exit_code_of(lambda: work_of(flags), flags.debug, "what was finished is kept", elsewhere)


if __name__ == "__main__":
    interrupt_once()
    sys.exit(main())
