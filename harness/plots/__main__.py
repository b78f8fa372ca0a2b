"""Command line: draw the plots of a run again."""

import argparse
import sys

from harness.base.command import exit_code_of, warn


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Return the parsed flags; argparse ends the program with exit code 2 for a wrong one."""
    parser = argparse.ArgumentParser(prog="python -m harness.plots", description="Draw the plots of a run again.")
    parser.add_argument("run_folder", help="a run's folder, with its config.json, epochs.csv and predictions")
    parser.add_argument("--svg", action="store_true", help="as SVG files too, which can be scaled; about 100 KB each")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser.parse_args(arguments)


def draw(run_folder: str, as_svg: bool) -> int:
    """Draw the plots of a run, say where they are, and return the exit code: 1 if a plot was not drawn."""
    from harness import plots

    drawing = plots.draw_all(run_folder, as_svg)
    for path in drawing.paths:
        print(path)
    for problem in drawing.gaps + drawing.failures:
        warn(f"warning: {problem}")
    return 1 if drawing.failures else 0


def main(arguments: list[str] | None = None) -> int:
    """Parse, call, print; return the exit code."""
    flags = parse(arguments)
    return exit_code_of(lambda: draw(flags.run_folder, flags.svg), flags.debug, kept="plots that were drawn are kept")


if __name__ == "__main__":
    sys.exit(main())
