"""Says which copies of the data sets are on this machine and whether they are good. Fetches nothing."""

from __future__ import annotations

import argparse
import os
import sys

from harness.base.errors import DataError, HarnessError, UsageError
from harness.base.text import printable
from harness.datasets.catalog import CATALOG, DATASETS
from harness.datasets.local import places, read_folder


def main(arguments: list[str] | None = None) -> int:
    """Print what was found where; return the exit code: 0 if every data set asked for has a good copy, else 3."""
    parser = argparse.ArgumentParser(prog="python -m harness.datasets", description=__doc__)
    parser.add_argument("datasets", nargs="*", metavar="DATASET", help=f"{' or '.join(DATASETS)}; default: both")
    parser.add_argument("--data-dir", metavar="DIR", help="a folder to search first")
    options = parser.parse_args(arguments)
    try:
        for name in options.datasets:
            if name not in CATALOG:
                raise UsageError(f"no data set is called {name!r}; allowed are {' and '.join(DATASETS)}.")
        found = [_survey(name, options.data_dir) for name in options.datasets or DATASETS]
    except HarnessError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:  # whoever reads the output, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return 0 if all(found) else DataError.exit_code


def _survey(name: str, data_dir: str | None) -> bool:
    """Print one line for each place searched; return whether any holds a good copy."""
    entry = CATALOG[name]
    print(f"{entry.title} ({name})")
    n_verified = 0
    for folder in places(entry, data_dir):
        refusals: list[str] = []
        copy = read_folder(entry, folder, refusals.append)
        for line in refusals:
            print(f"  refused   {printable(line)}")
        if copy:
            print(f"  verified  {printable(copy[1])}")
            n_verified += 1
        elif not refusals:
            print(f"  nothing   {printable(folder)}")
    if not n_verified:
        print(f"  No good copy. Training on it fetches one: python -m harness.run --dataset {name}")
    return n_verified > 0


if __name__ == "__main__":
    sys.exit(main())
