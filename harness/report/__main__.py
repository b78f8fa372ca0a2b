"""`python -m harness.report`: the report of runs, as one HTML file."""

import argparse
import sys
from pathlib import Path

from harness.base.command import exit_code_of, warn
from harness.base.errors import UsageError


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Return the parsed flags; argparse ends the program with exit code 2 for a wrong one."""
    parser = argparse.ArgumentParser(
        prog="python -m harness.report",
        description="Write the report of a run: one HTML file that needs no network. Several runs with equal settings "
        "are pooled, whatever their models and seeds; others get a chapter each.",
    )
    parser.add_argument("folders", nargs="+", metavar="RUN_FOLDER", help="of a run, or of a proof of parity beside it")
    parser.add_argument(
        "-o", "--out", metavar="FILE", help="default: report.html in the run's folder, or here for several folders"
    )
    parser.add_argument("--dataset", metavar="PATH.npz", help="images of your own data set that the models disagree on")
    parser.add_argument("--data-dir", metavar="DIR", help="look for the images of fashion or mnist here first")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser.parse_args(arguments)


def report(flags: argparse.Namespace) -> int:
    """Write the report, say where it is, and return the exit code."""
    from harness.base.environment import command
    from harness.report.writing import MOST_BYTES, REPORT_NAME, write_report

    dataset = None
    if flags.dataset is not None:
        from harness import datasets

        dataset = datasets.load(flags.dataset)
    folder = Path(flags.folders[0]) if len(flags.folders) == 1 else Path()
    path = Path(flags.out) if flags.out else folder / REPORT_NAME
    if flags.out and not path.parent.is_dir():
        raise UsageError(f"-o {path}: there is no folder {path.parent}; make it first, or name another")
    size = write_report(flags.folders, path, dataset, flags.data_dir, command())
    print(f"{path} ({size / 1e6:.1f} MB)")
    if size > MOST_BYTES:
        warn("warning: some mail servers refuse a file of this size; name fewer runs")
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Parse, call, print; return the exit code."""
    flags = parse(arguments)
    return exit_code_of(lambda: report(flags), flags.debug, kept="no report was written")


if __name__ == "__main__":
    sys.exit(main())
