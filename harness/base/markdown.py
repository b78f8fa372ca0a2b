"""Rows of text as a Markdown table, which no `|` and no line break in a cell breaks."""

from collections.abc import Iterable, Sequence


def markdown(rows: Iterable[Sequence[str]], n_names: int = 1) -> list[str]:
    """Return rows of text, the first the heading, as lines; names stand to the left, and numbers to the right.

    Args:
        rows: tuples of text, of one length.
        n_names: how many of the first columns hold names. Default 1.
    """
    rows = [tuple(" ".join(cell.splitlines()).replace("|", r"\|") for cell in row) for row in rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]

    def line(row: Sequence[str]) -> str:
        cells = [
            cell.ljust(width) if column < n_names else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        return "| " + " | ".join(cells) + " |"

    marks = ["-" * (width + 2) if column < n_names else "-" * (width + 1) + ":" for column, width in enumerate(widths)]
    return [line(rows[0]), "|" + "|".join(marks) + "|", *(line(row) for row in rows[1:])]
