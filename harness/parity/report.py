"""Tables and the verdict of a comparison, and its rows for CSV."""

import math
from dataclasses import asdict

from harness.base.markdown import markdown
from harness.parity.compare import sentence

STEP_COLUMNS = ("precision", "step", "loss", "grad_norm", "params", "rounding", "tolerance")
FIRST_COLUMNS = ("precision", "layer", "kind", "quantity", "absolute", "relative", "tolerance")


def first_step_table(walks):
    """Return the differences of the first step by layer and quantity, in every precision."""
    heading = ["layer", "quantity"]
    for precision in walks:
        heading += [f"{precision}: absolute", "relative"]
    rows = [tuple(heading)]
    for same in zip(*(walk.first for walk in walks.values()), strict=True):
        name = same[0].quantity + (" after the update" if same[0].kind == "update" else "")
        row = [same[0].layer or "(all)", name]
        for difference in same:
            mark = " !" if difference.is_too_large else ""
            row += [f"{difference.absolute:.1e}", f"{difference.relative:.1e}{mark}"]
        rows.append(tuple(row))
    return "\n".join(markdown(rows))


def steps_table(walks):
    """Return the largest differences of all steps, in every precision."""
    rows = [("precision", "steps", "loss", "gradient norm", "parameters", "rounding alone")]
    for precision, walk in walks.items():
        largest = [max(getattr(row, name) for row in walk.rows) for name in ("loss", "grad_norm", "params", "rounding")]
        numbers = ["not known" if math.isnan(value) else f"{value:.1e}" for value in largest]
        rows.append((precision, f"{len(walk.rows)}", *numbers))
    return "\n".join(markdown(rows))


def verdict(walks):
    """Return whether the models are the same, and a sentence that says so or names the cause of the difference."""
    notes = "".join(f"; {note}" for note in dict.fromkeys(note for walk in walks.values() for note in walk.notes))
    for precision, walk in walks.items():
        if walk.divergences:
            largest, *smaller = reversed(walk.divergences)
            if largest.cause and largest.cause.place == "the optimizer":
                notes = ""
            more = "".join(f". Before it, a small difference: {words_of(other)}" for other in smaller)
            return False, f"different, in {precision}: {words_of(largest)}{more}{notes}"
    bounds = ", ".join(f"{max(row.params for row in walk.rows):.0e} in {name}" for name, walk in walks.items())
    steps = max(len(walk.rows) for walk in walks.values())
    return True, f"same: after {steps} steps no parameter differs by more than {bounds}{notes}"


def begins_with_outputs(walks):
    """Return whether the first difference in any precision is one of outputs in the first step."""
    firsts = [walk.divergences[0].difference for walk in walks.values() if walk.divergences]
    return any((first.kind, first.step) == ("output", 1) for first in firsts)


def words_of(divergence):
    """Return where two models differ, where to look, and what is known of the cause."""
    cause = divergence.cause
    words = f"; {cause.words}" if cause else ""
    return sentence(divergence.difference, divergence.around, cause and cause.place) + words


def step_rows(walks):
    """Return one dictionary for each precision and step, with the keys `STEP_COLUMNS`."""
    return [{"precision": precision, **asdict(row)} for precision, walk in walks.items() for row in walk.rows]


def first_rows(walks):
    """Return one dictionary for each precision and quantity of the first step, with the keys `FIRST_COLUMNS`."""
    rows = [(precision, difference) for precision, walk in walks.items() for difference in walk.first]
    return [
        {name: precision if name == "precision" else getattr(difference, name) for name in FIRST_COLUMNS}
        for precision, difference in rows
    ]
