"""`python -m harness.bench`: microseconds an image of every contender, side by side."""

import argparse
import contextlib
import sys
from dataclasses import replace
from functools import partial

from harness.base.checks import check_whole
from harness.base.command import ELSEWHERE, exit_code_of, warn
from harness.base.environment import use_one_blas_thread
from harness.base.errors import UsageError
from harness.base.user_code import short_name
from harness.bench.plan import QUICK, SIMPLE_CNN, Plan
from harness.experiments.own_networks import check_network


def parse(arguments):
    """Return the parsed flags."""
    parser = argparse.ArgumentParser(
        prog="python -m harness.bench",
        description="Time training and prediction of NumPy and Keras, side by side, for about 27 minutes.",
    )
    parser.add_argument(
        "--quick", action="store_true", help="a tiny run that shows that all works; its times mean nothing"
    )
    parser.add_argument(
        "--network",
        default=SIMPLE_CNN,
        metavar="{NAME,FILE.py,FILE.py:FUNCTION,MODULE:FUNCTION}",
        help="as in harness.run, for square gray images of 28 pixels and more and 10 classes (default: simple_cnn)",
    )
    parser.add_argument(
        "--peers", action="store_true", help="compare with Keras, PyTorch and JAX at several networks, for 15 minutes"
    )
    parser.add_argument(
        "--scaling", action="store_true", help="how long a step takes if 1 to 16 processes share it, for a minute"
    )
    parser.add_argument("--profile", action="store_true", help="only show where the time of a NumPy step goes")
    parser.add_argument("--batch-size", type=int, default=1, help="for --profile (default: 1)")
    parser.add_argument("--out", default="results", metavar="DIR", help="where the folder is made (default: results)")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser.parse_args(arguments)


def measure_and_write(plan, out) -> None:
    """Measure everything, write CSV, environment, tables and plot, and print the tables."""
    import pandas

    from harness.base.environment import describe_environment
    from harness.bench import plot, report, rounds
    from harness.bench.crew import COLUMNS, Crew
    from harness.bench.plan import KERAS, on_other_backends
    from harness.experiments.model_names import BACKENDS, without_missing
    from harness.results import create_run_folder

    size = "quick" if plan.rounds == QUICK.rounds else "full"
    own = "" if plan.network == SIMPLE_CNN else f"-{short_name(plan.network)}"
    folder = create_run_folder(out, "bench", size + own)
    environment = describe_environment()
    with contextlib.ExitStack() as stack:
        crew = Crew(stack, lambda contender: plan.turn_seconds)
        for contender in (KERAS["train"], *on_other_backends("train")):
            environment[contender.name] = crew.worker(contender).environment()
        for line in without_missing(("keras", *BACKENDS))[1]:
            warn(line)
        folder.write_json("environment", environment)
        rows = rounds.measure(plan, crew, report=warn)
    pandas.DataFrame(rows, columns=COLUMNS).to_csv(folder.path / "bench.csv", index=False)
    text = report.whole_report(rows, rounds.peak_memory(plan))
    folder.write_text("bench.md", text + "\n")
    plot.draw(rows, folder.path / "bench.png")
    print(text)
    print(f"\nresults: {folder.path}")


def run_peers(flags):
    """Compare with other libraries."""
    from harness.bench.peers.plan import QUICK_PEERS, PeersPlan
    from harness.bench.peers.study import compare_with_peers

    compare_with_peers(QUICK_PEERS if flags.quick else PeersPlan(), flags.out)


def run_scaling(flags):
    """Study how processes share a batch."""
    from harness.bench.scaling.plan import QUICK_SCALING, ScalingPlan
    from harness.bench.scaling.study import study_scaling

    study_scaling(QUICK_SCALING if flags.quick else ScalingPlan(), flags.out)


def check_together(flags):
    """Raise `UsageError` unless the flags name one study, with what it can take."""
    studies = [name for name in ("peers", "scaling", "profile") if getattr(flags, name)]
    if len(studies) > 1:
        raise UsageError(f"{' and '.join(f'--{name}' for name in studies)} are given; name one of them")
    if studies in (["peers"], ["scaling"]) and flags.network != SIMPLE_CNN:
        raise UsageError(f"--{studies[0]} has networks of its own; leave out --network")


def run(flags):
    """Measure or profile, as the flags say; return the exit code."""
    check_network(flags.network)
    check_together(flags)
    if flags.peers or flags.scaling:
        (run_peers if flags.peers else run_scaling)(flags)
        return 0
    if not flags.profile:
        measure_and_write(replace(QUICK if flags.quick else Plan(), network=flags.network), flags.out)
        return 0
    check_whole("batch_size", flags.batch_size, 1)
    from harness.bench.profile import profile

    print(profile(flags.batch_size, network=flags.network))
    return 0


def main(arguments=None):
    """Parse, call, print; return the exit code."""
    flags = parse(arguments)
    use_one_blas_thread()
    kept = "the comparison that was under way is lost" if flags.peers else "the measurements are lost"
    return exit_code_of(partial(run, flags), flags.debug, kept, ELSEWHERE)


if __name__ == "__main__":
    sys.exit(main())
