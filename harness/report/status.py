"""What sets a run apart from a whole one: limited, failed, unfinished, or damaged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.results.reading import missing_epochs
from harness.results.waiting import waiting_note
from harness.summaries.scores import special_notes

if TYPE_CHECKING:
    from harness.report.sources import Chapter

MOST_LINES = 100


@dataclass(frozen=True)
class Status:
    """One thing that a reader must know before anything else.

    Attributes:
        name: in a word or two.
        lines: what it is about.
    """

    name: str
    lines: list[str]


def status_of(chapter: Chapter) -> list[Status]:
    """Return what a reader of a chapter must know first, most important first; [] for whole runs."""
    notes = {"Limited": [], "Failed": [], "Incomplete": [], "Note": []}
    for line in special_notes(chapter.study):
        name, _, rest = line.partition(": ")
        is_kind = name in ("Failed", "Incomplete") and rest
        notes[name if is_kind else "Limited" if line.startswith("Limited to") else "Note"].append(
            rest if is_kind else line
        )
    notes["Note"] += chapter.notes
    notes["Note"] += [note] if (note := waiting_note(chapter.epochs)) else []
    n_planned = len(chapter.study.trainings)
    n_complete = n_planned - len(chapter.study.partial_trainings())
    unfinished = f"{n_complete} of {n_planned} combinations of model and seed are complete; the others are in no mean."
    found = [
        Status("Limited run", notes["Limited"]),
        Status("Failed", notes["Failed"]),
        Status("Not finished", [unfinished, *notes["Incomplete"]] if notes["Incomplete"] else []),
        Status("Missing or damaged", problems_of(chapter)),
        Status("Note", notes["Note"]),
    ]
    return [Status(status.name, some_of(status.lines)) for status in found if status.lines]


def some_of(lines: list[str]) -> list[str]:
    """Return as many lines as a page has room for, and how many more there are."""
    left = len(lines) - MOST_LINES
    return [*lines[:MOST_LINES], f"and {left:,} more"] if left > 0 else lines


def problems_of(chapter: Chapter) -> list[str]:
    """Return what is missing or damaged in the folders, but for epochs, which are reported elsewhere."""
    problems = []
    # Of models that are not finished, which is reported already.
    without = {f"{model}, seed {seed}, has no predictions" for model, seed, _ in chapter.study.partial_trainings()}
    for run in chapter.runs:
        known = {*missing_epochs(run), *without}
        where = f"{run.folder.resolve().name}: " if len(chapter.runs) > 1 else ""
        problems += [f"{where}{problem}" for problem in run.problems if problem not in known]
    return list(dict.fromkeys(problems))
