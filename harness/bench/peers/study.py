"""A whole comparison with other libraries: measured, written, printed."""

import contextlib
from pathlib import Path

import pandas

from harness.base.command import warn
from harness.base.environment import describe_environment
from harness.bench.crew import COLUMNS, Crew
from harness.bench.peers.candidates import missing_lines
from harness.bench.peers.plan import QUICK_PEERS, PeersPlan
from harness.bench.peers.report import report_of
from harness.bench.peers.rounds import measure
from harness.results import RunFolder, create_run_folder


def compare_with_peers(plan: PeersPlan, out: str | Path) -> None:
    """Measure, write `peers.csv`, `environment.json` and `peers.md` after each comparison, and print the table.

    Args:
        plan: how much is measured.
        out: the folder that has `bench/peers/`.
    """
    folder = create_run_folder(out, "bench", "peers-quick" if plan.rounds == QUICK_PEERS.rounds else "peers")
    for line in missing_lines():
        warn(line)
    with contextlib.ExitStack() as stack:
        crew = Crew(stack, plan.seconds_of)
        folder.write_json("environment", environment_of(plan, crew))
        try:
            text = measure_and_write(plan, crew, folder)
        except BaseException as error:
            error.add_note(f"what was compared until then is in {folder.path}")
            raise
    print(text)
    print(f"\nresults: {folder.path}")


def measure_and_write(plan: PeersPlan, crew: Crew, folder: RunFolder) -> str:
    """Measure, write rows and table after each comparison, and return the table."""
    rows, text = [], ""
    for number, comparison in enumerate(plan.comparisons, start=1):
        warn(f"{comparison.title}: settings, then {plan.rounds} rounds")
        rows += measure(comparison, plan, crew)
        folder.write_text("peers.csv", pandas.DataFrame(rows, columns=COLUMNS).to_csv(index=False))
        text = report_of(rows, plan.comparisons[:number])
        folder.write_text("peers.md", text + "\n")
    return text


def environment_of(plan: PeersPlan, crew: Crew) -> dict[str, object]:
    """Return what the comparison is made on: machine, versions, threads, the kernel of BLAS."""
    first = plan.comparisons[0]
    # Of each library the first setting, which has all threads.
    libraries = {
        one.library: one
        for one in reversed(plan.others(first, first.workloads[0]))
        if one.library not in ("numpy", "blas")
    }
    found = {contender.name: crew.worker(contender).environment() for contender in libraries.values()}
    return describe_environment() | found
