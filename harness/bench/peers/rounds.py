"""Who takes turns with whom: all settings of all libraries, one after the other within a round."""

from collections.abc import Sequence

from harness.bench.crew import FAR_BEHIND, Crew
from harness.bench.peers.plan import Comparison, PeersPlan
from harness.bench.plan import Contender, Workload

Entry = tuple[Contender, Workload]


def measure(comparison: Comparison, plan: PeersPlan, crew: Crew) -> list[dict]:
    """Return one row for each turn, as `harness.bench.rounds.measure` does; the series is the title.

    A setting whose first turn takes 1.5 times as long as the fastest of its library takes no other.
    """
    rows, entries = [], []
    for workload in comparison.workloads:
        tuned, tried = crew.fastest(plan.tuned(workload), workload, plan.tuning_turns)
        rows += tried
        entries += [(contender, workload) for contender in (*plan.others(comparison, workload), tuned)]
    entries = crew.prepare(entries)
    first = crew.take_turns(comparison.title, entries, [1])
    near = near_the_fastest(entries, [row["microseconds_per_image"] for row in first])
    return rows + first + crew.take_turns(comparison.title, near, range(2, plan.rounds + 1))


def near_the_fastest(entries: Sequence[Entry], times: Sequence[float]) -> list[Entry]:
    """Return those entries that are not far behind the fastest of their side.

    Args:
        entries: pairs of contender and workload.
        times: of each.
    """
    fastest = {}
    for (contender, _), time in zip(entries, times, strict=True):
        side = side_of(contender.name)
        fastest[side] = min(time, fastest.get(side, time))
    return [
        entry
        for entry, time in zip(entries, times, strict=True)
        if time <= FAR_BEHIND * fastest[side_of(entry[0].name)]
    ]


def side_of(name: str) -> str:
    """Return the column of the table that a contender is in: all settings of a library are in one."""
    return name.removesuffix("-tuned")
