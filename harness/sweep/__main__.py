"""`python -m harness.sweep`: run a grid of settings, or a plan of studies, on many workers, and print the table."""

import argparse
import sys
from dataclasses import fields
from pathlib import Path

from harness.base.checks import check_whole
from harness.base.command import ELSEWHERE, exit_code_of, flag_of, given_flags, interrupt_once
from harness.base.environment import command, interpreter, use_one_blas_thread
from harness.base.errors import UsageError
from harness.experiments import MODELS
from harness.experiments.seeds import seeds_from
from harness.sweep.grid import PARAMETERS, make_cells, settings_from

WITH_A_PLAN = ("plan", "data_dir", "workers", "retry_failed", "dry_run", "debug")


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Return the parsed flags; argparse ends the program with exit code 2 for a wrong one."""
    parser = make_parser()
    flags = parser.parse_args(arguments)
    others = [name for name in given_flags(flags, parser.parse_args([])) if name not in WITH_A_PLAN]
    if flags.plan is not None and others:
        named = " ".join(map(flag_of, others))
        parser.error(f"--plan has the studies and their place, so leave out {named}")
    return flags


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the flags."""
    parser = argparse.ArgumentParser(
        prog="python -m harness.sweep",
        description="Run every combination of data sets, experiments, seeds and settings, each as a run of "
        "harness.run with one thread, many at a time. What is there already is not run again.",
    )
    parser.add_argument(
        "--plan",
        metavar="FILE.toml",
        help="run the studies of this file, with the code of the commit that it was last changed at",
    )
    parser.add_argument(
        "--datasets", nargs="+", metavar="DATASET", help="fashion, mnist or PATH.npz (default: that of each experiment)"
    )
    parser.add_argument("--experiments", nargs="+", default=["identical"], metavar="NAME", help="default: identical")
    parser.add_argument(
        "--networks",
        nargs="+",
        default=[None],
        metavar="NETWORK",
        help="as --network of harness.run (default: that of each experiment)",
    )
    for flag in ("--optimizer", "--loss"):
        parser.add_argument(flag, help=f"as {flag} of harness.run (default: that of each experiment)")
    parser.add_argument(
        "--models",
        nargs="+",
        default=["numpy", "keras"],
        metavar="MODEL",
        help=f"some of {', '.join(MODELS)}, or a model of your own, as in harness.run (default: numpy keras)",
    )
    parser.add_argument("--seeds", nargs="+", default=["0"], metavar="SEED", help="such as 0 1 5 or 0..9 (default: 0)")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE,VALUE",
        help=f"run everything with each value; NAME is one of {', '.join(PARAMETERS)}; may be said of several",
    )
    parser.add_argument("--epochs", type=int, help="as --set epochs=N")
    parser.add_argument("--limit", type=int, metavar="N", help="as --set limit=N")
    parser.add_argument(
        "--keras-steps-per-execution",
        type=int,
        default=1,
        metavar="N",
        help="steps that keras takes in one call of TensorFlow, for the same weights in less time (default: 1)",
    )
    parser.add_argument("--out", default="results", metavar="DIR", help="where run folders are made (default: results)")
    parser.add_argument("--data-dir", metavar="DIR", help="look for the data sets here first")
    parser.add_argument("--workers", type=int, metavar="N", help="processes on this machine (default: one per core)")
    parser.add_argument(
        "--scheduler",
        metavar="tcp://HOST:PORT",
        help="use the workers of this Dask scheduler, not processes of our own",
    )
    parser.add_argument("--retry-failed", action="store_true", help="run failed cells again")
    parser.add_argument("--plots", action="store_true", help="draw the plots of every cell, which takes some seconds")
    parser.add_argument("--dry-run", action="store_true", help="print the cells and what is there of each, and end")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser


def check_places(flags: argparse.Namespace) -> None:
    """Raise `UsageError` for an output folder or workers that cannot be."""
    out = Path(flags.out)
    if out.exists() and not out.is_dir():
        raise UsageError(f"--out {out} is a file; name a folder")
    if flags.workers is not None:
        check_whole("workers", flags.workers, 1)
        if flags.scheduler is not None:
            raise UsageError("--workers is for processes of this machine, and a scheduler has its own; leave one out")


def work_of(flags: argparse.Namespace) -> int:
    """Return the exit code of what the flags ask for."""
    # Threads are read when NumPy is imported: nothing heavy is imported before this point.
    use_one_blas_thread()
    check_places(flags)
    try:
        return work_of_grid(flags) if flags.plan is None else work_of_plan(flags)
    except KeyboardInterrupt as error:
        error.add_note(f"go on with: {command(interpreter())}")
        raise


def work_of_plan(flags: argparse.Namespace) -> int:
    """Return the exit code of the studies of a plan."""
    from harness.sweep.planned_runs import run_plan
    from harness.sweep.planned_sweep import Options

    return run_plan(flags.plan, Options(**{field.name: getattr(flags, field.name) for field in fields(Options)}))


def work_of_grid(flags: argparse.Namespace) -> int:
    """Return the exit code of a grid."""
    settings = settings_from(flags.set, flags.epochs, flags.limit)
    cells = make_cells(
        flags.datasets,
        flags.experiments,
        flags.models,
        seeds_from(flags.seeds),
        settings,
        flags.networks,
        flags.optimizer,
        flags.loss,
        flags.keras_steps_per_execution,
    )
    from harness.sweep.sweep import Options, print_plan, run_sweep

    options = Options(**{field.name: getattr(flags, field.name) for field in fields(Options)})
    return print_plan(cells, options) if flags.dry_run else run_sweep(cells, options)


def main(arguments: list[str] | None = None) -> int:
    """Parse, call, print; return the exit code."""
    flags = parse(arguments)
    return exit_code_of(
        lambda: work_of(flags), flags.debug, "finished cells are kept", None if flags.plan else ELSEWHERE
    )


if __name__ == "__main__":
    interrupt_once()
    sys.exit(main())
