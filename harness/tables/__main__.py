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
    parser.add_argument(
        "--answers", action="store_true", help="of a folder with a plan of studies: what they say to its questions"
    )
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser.parse_args(arguments)


def print_tables(folders, answers):
    """Print the tables of the runs below the folders, or of the answers of each, and return the exit code."""
    from harness.results.studies import find_studies
    from harness.tables import answers_table, tables_of_all

    if answers:
        print("\n\n".join(map(answers_table, folders)))
        return 0
    print(tables_of_all(find_studies(folders)))
    return 0


def main(arguments=None):
    """Parse, call, print; return the exit code."""
    flags = parse(arguments)
    return exit_code_of(lambda: print_tables(flags.folders, flags.answers), flags.debug, kept="nothing was written")


if __name__ == "__main__":
    sys.exit(main())
