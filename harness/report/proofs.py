"""Proofs of parity, as `harness.parity` wrote them: how far two models are apart, step by step."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas

from harness.base.errors import UsageError
from harness.base.text import one_line, printable
from harness.results.files import MOST_EPOCH_BYTES, content_of, read_json, table_of

STEP_COLUMNS = ("precision", "step", "params", "rounding", "tolerance")
PAIR_COLUMNS = ("pair", "step", "largest")
# Zero cannot be drawn on a logarithmic scale.
SMALLEST = 1e-18
MOST_POINTS = 250  # of one line
MOST_LINES = 12


@dataclass(frozen=True)
class Proof:
    """Differences of parameters against the step.

    Attributes:
        folder: where it was read.
        title: what was compared.
        verdict: the sentence that the proof ended with, or "".
        lines: differences by the step, by name of the line; tolerances and rounding are lines too.
        largest: rows of text for a table: name, steps, largest difference.
    """

    folder: Path
    title: str
    verdict: str
    lines: dict[str, list[tuple[int, float]]]
    largest: list[tuple[str, str, str]]


def is_proof(folder: Path) -> bool:
    """Return whether a folder holds a proof of parity."""
    return (folder / "parity.csv").is_file() or (folder / "together.csv").is_file()


def open_proof(folder: Path) -> Proof:
    """Return the `Proof` in a folder.

    Raises:
        UsageError: if it cannot be read.
    """
    name, columns = (
        ("parity.csv", STEP_COLUMNS) if (folder / "parity.csv").is_file() else ("together.csv", PAIR_COLUMNS)
    )
    try:
        table = table_of(content_of(folder / name, MOST_EPOCH_BYTES))
        if missing := [column for column in columns if column not in table.columns]:
            raise ValueError(f"it has no column {', '.join(missing)}")
        lines = pair_lines(table) if name == "together.csv" else step_lines(table)
    except Exception as error:  # damaged bytes make pandas raise errors of a dozen kinds
        raise UsageError(
            f"{printable(folder / name)} cannot be read: {one_line(error)}; name the folder of a proof of parity"
        ) from error
    measured = {line: points for line, points in lines.items() if "tolerance" not in line}
    largest = [
        (line, f"{max(points)[0]:,}", f"{max(gap for _, gap in points):.1e}") for line, points in measured.items()
    ]
    return Proof(folder, title_of(folder), verdict_of(folder), {key: thinned(lines[key]) for key in lines}, largest)


def step_lines(table: pandas.DataFrame) -> dict[str, list[tuple]]:
    """Return the lines of a proof with two precisions or one."""
    lines = {}
    for precision, rows in list(table.groupby("precision", sort=False))[:MOST_LINES]:
        precision = one_line(precision, 20)
        lines[f"{precision}: the two models"] = points_of(rows, "params")
        if (pandas.to_numeric(rows["rounding"], errors="coerce") > 0).any():
            lines[f"{precision}: rounding alone"] = points_of(rows, "rounding")
        lines[f"{precision}: tolerance"] = points_of(rows, "tolerance")
    return {name: points for name, points in lines.items() if points}


def pair_lines(table: pandas.DataFrame) -> dict[str, list[tuple]]:
    """Return the lines of four models that were trained together, one for each pair."""
    pairs = list(table.groupby("pair", sort=False))[:MOST_LINES]
    lines = {one_line(pair, 60).replace(", ", " from "): points_of(rows, "largest") for pair, rows in pairs}
    return {name: points for name, points in lines.items() if points}


def points_of(rows: pandas.DataFrame, column: str) -> list[tuple[int, float]]:
    """Return (step, value) of all rows that have both, in the order of the steps."""
    numbers = rows[["step", column]].apply(pandas.to_numeric, errors="coerce")
    numbers = numbers.replace([np.inf, -np.inf], np.nan).dropna().sort_values("step")
    return [(int(step), float(value)) for step, value in numbers.itertuples(index=False)]


def thinned(points: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """Return points that stand for many: of each stretch of steps the one with the largest value."""
    stretch = -(-len(points) // MOST_POINTS)
    parts = [points[start : start + stretch] for start in range(0, len(points), stretch)]
    return [max(part, key=lambda point: point[1]) for part in parts]


def title_of(folder: Path) -> str:
    """Return what was compared, from the proof's `config.json`."""
    try:
        config = read_json(folder / "config.json")
    except (OSError, ValueError):
        return printable(folder.name)
    names = ("network", "optimizer", "batch_size", "seed", "dataset", "steps")
    words = [f"{name.replace('_', ' ')} {one_line(config[name], 40)}" for name in names if name in config]
    if config.get("inject"):
        words.append(f"with the mistake {one_line(config['inject'], 40)} planted")
    return ", ".join(words) or printable(folder.name)


def verdict_of(folder: Path) -> str:
    """Return the sentence that a proof ended with, which says whether the models are the same; "" if there is none."""
    try:
        lines = content_of(folder / "parity.md", 1 << 20).decode().splitlines()
    except (OSError, ValueError):
        return ""
    said = [line for line in lines if line.startswith(("same:", "different"))]
    return one_line(said[-1], 400) if said else ""
