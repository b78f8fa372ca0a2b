"""`python -m harness.results`: the runs below a folder, one line for each."""

import argparse
import sys
from collections.abc import Sequence

from harness.base.command import exit_code_of


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the parsed flags; argparse ends the program with exit code 2 for a wrong one."""
    parser = argparse.ArgumentParser(
        prog="python -m harness.results",
        description="List the runs below a folder: what was trained, whether it is complete, and how well it did.",
    )
    parser.add_argument("folder", nargs="?", default="results", help="where runs are looked for (default: results)")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser.parse_args(arguments)


def print_runs(folder: str) -> int:
    """Print a line for each run, and return the exit code."""
    from harness.results.runs import runs_table

    print(runs_table(folder))
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, call, print; return the exit code."""
    flags = parse(arguments)
    return exit_code_of(lambda: print_runs(flags.folder), flags.debug, kept="nothing was written")


if __name__ == "__main__":
    sys.exit(main())
