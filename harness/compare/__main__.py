"""`python -m harness.compare`: two runs side by side, and whether the second is worse."""

import argparse
import sys

from harness.base.command import exit_code_of, warn
from harness.compare.metrics import GATED, rule_from


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Return the parsed flags; argparse ends the program with exit code 2 for a wrong one."""
    parser = argparse.ArgumentParser(
        prog="python -m harness.compare",
        usage="python -m harness.compare RUN_A RUN_B [--fail METRIC:TOLERANCE ...] [--debug]",
        description="Print what differs in two runs on the same data: configuration, environment and scores. A model's "
        "scores are means over the seeds with which both runs have finished it, or over all if the experiments differ.",
        epilog="Exit codes: 0 done, 1 B is worse than --fail tolerates, 2 wrong usage.",
    )
    parser.add_argument("run_a", metavar="RUN_A", help="the folder of a run: what is expected")
    parser.add_argument("run_b", metavar="RUN_B", help="the folder of another: what is held against it")
    parser.add_argument(
        "--fail",
        nargs="+",
        action="extend",
        default=[],
        metavar="METRIC:TOLERANCE",
        help="after the folders: fail if B is worse than A by more than this in any model, or lacks a model of A; such "
        f"as accuracy:0.005 or seconds:10%%; metrics are {', '.join(GATED)}",
    )
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser.parse_args(arguments)


def compare(folder_a: str, folder_b: str, fail: list[str]) -> int:
    """Compare, print, and return the exit code: 1 if B is worse than `fail` tolerates."""
    rules = [rule_from(text) for text in fail]
    from harness.compare.scores import scores_text, settings_text, verdict, warnings_of
    from harness.compare.sides import check_comparable, open_side

    a, b = open_side("A", folder_a), open_side("B", folder_b)
    check_comparable(a, b, gated=[rule.metric for rule in rules])
    for line in warnings_of(a, b):
        warn(f"warning: {line}")
    print(f"A: {a.folder}\nB: {b.folder}\n\n{settings_text(a, b)}\n\n{scores_text(a, b)}")
    if not rules:
        return 0
    lines, exit_code = verdict(a, b, rules)
    print("\n" + "\n".join(lines))
    return exit_code


def main(arguments: list[str] | None = None) -> int:
    """Parse, call, print; return the exit code."""
    flags = parse(arguments)
    return exit_code_of(lambda: compare(flags.run_a, flags.run_b, flags.fail), flags.debug, kept="nothing was written")


if __name__ == "__main__":
    sys.exit(main())
