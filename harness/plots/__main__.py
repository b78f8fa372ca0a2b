"""Command line: draw the plots of a run again."""

import argparse
import sys

from harness.base.errors import HarnessError
from harness.plots import draw_all
from harness.results.reading import RUN_FOLDER_CONTENTS


def main(arguments: list[str] | None = None) -> int:
    """Draw the plots of the run named on the command line.

    Args:
        arguments: words of the command line; those of the process where None.

    Returns:
        The exit code: 0 done, 1 a plot was not drawn, 2 wrong usage.
    """
    parser = argparse.ArgumentParser(prog="python -m harness.plots", description="Draw the plots of a run again.")
    parser.add_argument("run_folder", help=f"a run's folder; it holds {RUN_FOLDER_CONTENTS}")
    parser.add_argument("--svg", action="store_true", help="as SVG files too, which can be scaled; about 100 KB each")
    flags = parser.parse_args(arguments)
    try:
        drawing = draw_all(flags.run_folder, flags.svg)
    except HarnessError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    for path in drawing.paths:
        print(path)
    for problem in drawing.gaps + drawing.failures:
        print(f"warning: {problem}", file=sys.stderr)
    return 1 if drawing.failures else 0


if __name__ == "__main__":
    sys.exit(main())
