"""The tables of one study."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.base.markdown import markdown
from harness.summaries import answers, differences, published, same_network, scores

if TYPE_CHECKING:
    from harness.results.studies import Study


def accuracy_table(study: Study) -> str:
    """Return a Markdown table under a line that says what was run, and above the answer and notes that a reader needs.

    Accuracy, macro-F1 and loss are those of the test images after the last epoch, the training loss is the mean over
    that epoch, and seconds those of training, the median of all epochs. Of several seeds there are mean and standard
    deviation, and a t interval of the mean.
    The last column says how many times faster a model trains than the slowest one.
    """
    rows = scores.rows_of(study)
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = markdown([tuple(names), *(tuple(row.get(name, "") for name in names) for row in rows)])
    return "\n".join([scores.describe(study), "", *lines, "", *answers.lines_of(study), "", *scores.notes(study)])


def proof_table(study: Study) -> str:
    """Return a Markdown table of what was proved before training, or "" if nothing is on record."""
    rows = same_network.proof_rows(study.proofs)
    if not rows:
        return ""
    lines = [same_network.proof_text(proof) for proof in study.proofs if not proof.same]
    return "\n".join([*markdown([same_network.HEADING, *rows]), *([""] if lines else []), *lines])


def differences_table(study: Study) -> str:
    """Return a Markdown table of the differences of all models from the first, or "" for fewer than two seeds.

    Every difference is of values after the last epoch: paired by seed where both models start from the same weights and
    see the same order, and else of all seeds of one against all of the other.
    """
    rows = differences.rows_of(study)
    if not rows:
        return ""
    return "\n".join([*table_lines(differences.HEADING, rows, n_names=3), differences.MEANING])


def table_lines(heading: tuple[str, ...], rows: list, n_names: int) -> list[str]:
    """Return the lines of a table of differences, and below it the family of its tests."""
    return [*markdown([heading, *differences.cells_of(rows)], n_names), "", differences.family_note(rows)]


def published_table(study: Study) -> str:
    """Return a Markdown table with one row for each published value, or "" if there is none.

    A published value comes from one run; so it is held against the interval in which 95 % of single runs fall.
    """
    rows = published.rows_of(study)
    return "\n".join(markdown([published.HEADING, *rows])) if rows else ""
