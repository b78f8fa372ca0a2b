"""The tables of a report, as rows of text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas

from harness.report.proofs import Proof
from harness.results.waiting import waiting_note
from harness.summaries import differences, published, scores

if TYPE_CHECKING:
    from harness.results.studies import Study

MOST_EPOCH_ROWS = 240
NUMBER = re.compile(r"[-+±<]?\s?\d|-$|not finite|needs two")
EPOCH_COLUMNS = {
    "train_loss": ("training loss", ".4f"),
    "train_accuracy": ("training accuracy", ".4f"),
    "test_loss": ("test loss", ".4f"),
    "test_accuracy": ("test accuracy", ".4f"),
    "test_macro_f1": ("test macro-F1", ".4f"),
    "wall_seconds": ("training, s", ".2f"),
    "waiting_seconds": ("waiting, s", ".2f"),
    "eval_seconds": ("scoring, s", ".2f"),
}


@dataclass(frozen=True)
class Table:
    """A table of text.

    Attributes:
        caption: what it is.
        heading: the names of the columns.
        rows: of as many cells, one at least.
    """

    caption: str
    heading: list[str]
    rows: list[list[str]]

    @property
    def numbers(self) -> list[bool]:
        """Whether each column holds numbers, which stand to the right."""
        columns = zip(*self.rows, strict=True)
        return [place > 0 and all(map(NUMBER.match, column)) for place, column in enumerate(columns)]


def scores_table(study: Study) -> Table:
    """Return the table of accuracy and speed, with the cells of `harness.tables`."""
    rows = scores.rows_of(study)
    names = list(dict.fromkeys(name for row in rows for name in row))
    epochs = scores.count(study.config["epochs"], "epoch")
    caption = (
        f"Test images after {epochs}. Seconds are the median of training an epoch; speed is against the slowest model. "
        f"{waiting_note(study.epochs)}"
    ).strip()
    return Table(caption, names, [[row.get(name, "") for name in names] for row in rows])


def differences_table(study: Study) -> Table | None:
    """Return the table of differences, or `None` without two seeds to compare."""
    rows = differences.rows_of(study)
    if not rows:
        return None
    family = differences.family_note(rows)
    caption = f"Differences of the means. {family} {differences.MEANING}"
    return Table(caption, list(differences.HEADING), [list(row) for row in differences.cells_of(rows)])


def published_table(study: Study) -> Table | None:
    """Return the table of published values beside measured ones, or `None` if none was published."""
    known = [entry for entry in study.config.get("published", []) if entry["column"] in study.epochs]
    known = [entry for entry in known if pandas.api.types.is_numeric_dtype(study.epochs[entry["column"]])]
    rows = [published.row_of(study, **entry) for entry in known if entry["model"] in study.config["models"]]
    if not rows:
        return None
    caption = (
        "A published value comes from one run, so it is held against the interval in which 95 % of single runs fall."
    )
    return Table(caption, list(published.HEADING), [list(row) for row in rows])


def epochs_table(epochs: pandas.DataFrame) -> Table:
    """Return the table of all epochs, as far as a page has room."""
    columns = {column: title for column, title in EPOCH_COLUMNS.items() if column in epochs}
    rows = [
        [
            row["model"],
            f"{row['seed']:.0f}",
            f"{row['epoch']:.0f}",
            *(number(row[c], form) for c, (_, form) in columns.items()),
        ]
        for row in epochs.head(MOST_EPOCH_ROWS).to_dict("records")
    ]
    left = len(epochs) - len(rows)
    caption = "Every epoch" + (f"; {left:,} more rows are in epochs.csv" if left else "")
    caption += f". {note}" if (note := waiting_note(epochs)) else ""
    return Table(caption, ["model", "seed", "epoch", *(title for title, _ in columns.values())], rows)


def f1_table(rows: list) -> Table:
    """Return the table of F1 by class and model, means over the seeds."""
    frame = pandas.DataFrame(rows)
    models = list(dict.fromkeys(frame["model"]))
    means = frame.groupby(["class", "model"], sort=False)["value"].mean()
    names = list(dict.fromkeys(frame["class"]))
    body = [[name, *(number(means.get((name, model)), ".3f") for model in models)] for name in names]
    return Table("F1 by class, mean over the seeds, hardest first", ["class", *models], body)


def proof_table(proof: Proof) -> Table:
    """Return the table of the largest differences of a proof."""
    return Table(
        "Largest difference of any parameter", ["line", "steps", "largest"], [list(row) for row in proof.largest]
    )


def number(value: float, form: str) -> str:
    """Return a number as text, and "-" for none."""
    return "-" if value is None or pandas.isna(value) or isinstance(value, str) else format(value, form)
