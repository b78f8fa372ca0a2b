"""`python -m harness.tables`: the tables of runs."""

import argparse
import sys

from harness.base.command import exit_code_of


def parse(arguments):
    """Return the parsed flags; argparse ends the program with exit code 2 for a wrong one."""
    parser = argparse.ArgumentParser(
        prog="python -m harness.tables",
        description="Print the tables of all runs below some folders. Runs with equal settings are pooled, whatever "
        "their models and seeds.",
    )
    parser.add_argument("folders", nargs="+", metavar="FOLDER", help="a run's folder, or one with runs below it")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser.parse_args(arguments)


def print_tables(folders):
    """Print the tables of the runs below the folders, and return the exit code."""
    from harness.results.studies import find_studies
    from harness.tables import tables_of_all

    print(tables_of_all(find_studies(folders)))
    return 0


def main(arguments=None):
    """Parse, call, print; return the exit code."""
    flags = parse(arguments)
    return exit_code_of(lambda: print_tables(flags.folders), flags.debug, kept="nothing was written")


if __name__ == "__main__":
    sys.exit(main())
