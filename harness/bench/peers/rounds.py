"""Who takes turns with whom: all settings of all libraries, one after the other within a round."""

import statistics
from collections import defaultdict
from collections.abc import Sequence

from harness.bench.crew import FAR_BEHIND, Crew
from harness.bench.peers.plan import Comparison, PeersPlan
from harness.bench.plan import Contender, Workload

Entry = tuple[Contender, Workload]

# From the fourth round on those alone take turns whose median is at most so many times that of the fastest.
CLOSE = 1.1


def measure(comparison: Comparison, plan: PeersPlan, crew: Crew) -> list[dict]:
    """Return one row for each turn, as `harness.bench.rounds.measure` does; the series is the title.

    A setting whose first turn takes 1.5 times as long as the fastest of its library takes no other, and one whose
    median of three is 1.1 times as long none after them.
    """
    rows, entries = [], []
    for workload in comparison.workloads:
        tuned, tried = crew.fastest(plan.tuned(workload), workload, plan.tuning_turns)
        rows += tried
        entries += [(contender, workload) for contender in (*plan.others(comparison, workload), tuned)]
    entries, turns = crew.prepare(entries), []
    for numbers, limit in (([1], FAR_BEHIND), ([2, 3], CLOSE), (range(4, plan.rounds + 1), CLOSE)):
        turns += crew.take_turns(comparison.title, entries, [number for number in numbers if number <= plan.rounds])
        entries = near_the_fastest(entries, turns, limit)
    return rows + turns


def near_the_fastest(entries: Sequence[Entry], rows: Sequence[dict], limit: float) -> list[Entry]:
    """Return those entries whose median is not far behind the fastest of their side.

    Args:
        entries: pairs of contender and workload.
        rows: of their turns.
        limit: how many times as long as the fastest they may take.
    """
    turns = defaultdict(list)
    for row in rows:
        turns[row["contender"], row["setting"], row["batch_size"]].append(row["microseconds_per_image"])
    times = [statistics.median(turns[one.name, one.setting, workload.batch_size]) for one, workload in entries]
    sides = [side_of(contender.name) for contender, _ in entries]
    fastest = {side: min(time for own, time in zip(sides, times, strict=True) if own == side) for side in sides}
    return [entry for entry, side, time in zip(entries, sides, times, strict=True) if time <= limit * fastest[side]]


def side_of(name: str) -> str:
    """Return the column of the table that a contender is in: all settings of a library are in one."""
    return name.removesuffix("-tuned")
