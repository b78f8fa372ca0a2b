"""The two files that every run has, read and checked. They may come from anybody: nothing in them is believed."""

import io
import json
import math
import os
import stat
import warnings
from pathlib import Path
from typing import Any, NoReturn

import pandas

from harness.base.errors import UsageError
from harness.base.text import one_line, printable
from harness.results.config_checks import LONGEST_NAME, check_config
from harness.training.records import COLUMNS, N_CONTRACT_COLUMNS

# Of the files in a run's folder, written to its `config.json`; runs of before that have no number, and are of format 1.
FORMAT = 1

MOST_EPOCH_BYTES = 1 << 25
MOST_LINES = 200_000
MOST_COLUMNS = 64
MOST_JSON_BYTES = 1 << 22
DEEPEST_JSON = 20
KINDS = {dict: "dictionary", list: "list"}
TEXT_COLUMNS = ("dataset", "experiment", "model")


def read_epochs(path: str | Path) -> pandas.DataFrame:
    """Return `epochs.csv` of a run's folder as a DataFrame.

    Raises:
        UsageError: if there is no such file, it is no table, or a column is missing.
    """
    file = Path(path) / "epochs.csv"
    try:
        epochs = table_of(whole_lines(content_of(file, MOST_EPOCH_BYTES)))
    except Exception as error:  # damaged bytes make pandas raise errors of a dozen kinds
        raise UsageError(f"{printable(file)} cannot be read: {one_line(error)}; {remedy_of(error)}") from error
    missing = [column for column in COLUMNS[:N_CONTRACT_COLUMNS] if column not in epochs.columns]
    if missing:
        raise UsageError(f"{printable(file)} has no column {', '.join(missing)}; it was not written by this version")
    return epochs


def whole_lines(content: bytes) -> bytes:
    """Return what was written to its end: a last line that was cut off would pass for one with other numbers."""
    return content[: content.rfind(b"\n") + 1]


def is_cut_off(file: str | Path) -> bool:
    """Return whether the last line of a table that was read, and so is not empty, was not written to its end."""
    with open(file, "rb") as stream:
        stream.seek(-1, os.SEEK_END)
        return stream.read() != b"\n"


def remedy_of(error: Exception) -> str:
    """Return what to do about a file of a run's folder that cannot be read."""
    if isinstance(error, OSError):
        return "name the folder of a run"
    return "name the folder of a run; if it is one, the file is damaged: restore it from a copy, or train again"


def table_of(content: bytes) -> pandas.DataFrame:
    """Return the bytes of a table as a DataFrame, with texts as they stand there."""
    if b"\0" in content:
        raise ValueError("it holds null bytes")
    lines = content.splitlines()
    if len(lines) > MOST_LINES:
        raise ValueError(f"it has {len(lines)} lines, and at most {MOST_LINES} are read")
    # A row of a million fields would keep pandas busy for minutes.
    if any(line.count(b",") >= MOST_COLUMNS or line.count(b'"') % 2 for line in lines):
        raise ValueError(f"a line has more than {MOST_COLUMNS} fields, or a quote without an end")
    heading = lines[0] if lines else b""
    columns = heading.decode().split(",")
    if len(set(columns)) < len(columns):
        raise ValueError("it names a column twice")
    with warnings.catch_warnings():
        # A row with more fields than there are columns is only warned of, if it is the first.
        warnings.simplefilter("error", pandas.errors.ParserWarning)
        table = pandas.read_csv(
            io.BytesIO(content),
            index_col=False,
            # A model may be called null, or 007.
            dtype=dict.fromkeys(TEXT_COLUMNS, str),
            keep_default_na=False,
            na_values={column: ["", "nan", "NaN"] for column in columns if column not in TEXT_COLUMNS},
        )
    for column in table.columns.intersection(TEXT_COLUMNS):
        if table[column].str.len().max() > LONGEST_NAME:
            raise ValueError(f"a name has more than {LONGEST_NAME} characters")
        table[column] = table[column].map(printable, na_action="ignore")
    return table


def read_config(path: str | Path) -> dict:
    """Return `config.json` of a run's folder as a dictionary.

    Raises:
        UsageError: if it cannot be read, a value has another type than it should, or the run's files are of a format
            that this version does not know.
    """
    file = Path(path) / "config.json"
    try:
        config = read_json(file)
    except (OSError, ValueError) as error:
        raise UsageError(f"{printable(file)} cannot be read: {one_line(error)}; {remedy_of(error)}") from error
    if config.get("format", 1) != FORMAT:
        raise UsageError(
            f"{printable(file)} says that the run's files are of format {one_line(repr(config['format']))}, and this "
            f"version reads format {FORMAT}; read them with the version that wrote them"
        )
    check_config(config, printable(file))
    return config


def read_json(file: str | Path, kind: type = dict) -> Any:
    """Return the dictionary, or the list, in a JSON file, with its texts printable.

    Raises:
        OSError: if it cannot be read.
        ValueError: if it is too large or too deep, is no JSON, has a key twice, or holds something else.
    """
    text = content_of(file, MOST_JSON_BYTES).decode()
    try:
        values = json.loads(text, object_pairs_hook=without_duplicates, parse_constant=no_constant, parse_float=finite)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(values, kind):
        raise ValueError(f"it holds {type(values).__name__}, not a {KINDS[kind]}")
    return with_printable_texts(values)


def without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return pairs as a dictionary; ValueError if a key stands twice."""
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError("it has a key twice")
    return values


def no_constant(name: str) -> NoReturn:
    """Refuse NaN and infinities, which JSON does not have."""
    raise ValueError(f"it holds {name}")


def finite(text: str) -> float:
    """Return a float; ValueError if it is too large for one."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"it holds {one_line(text, 20)}")
    return value


def with_printable_texts(value: object, depth: int = 0) -> object:
    """Return a value of a JSON file with all texts in it printable; ValueError if it is nested too deeply."""
    if depth > DEEPEST_JSON:
        raise ValueError("it is nested too deeply")
    if isinstance(value, dict):
        return {printable(key): with_printable_texts(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list):
        return [with_printable_texts(inner, depth + 1) for inner in value]
    return printable(value) if isinstance(value, str) else value


def content_of(file: str | Path, most: int) -> bytes:
    """Return the bytes of a regular file.

    Raises:
        OSError: if it cannot be read, or is no regular file.
        ValueError: if it has more than so many bytes, or its path cannot be one.
    """
    # Without O_NONBLOCK, to open a pipe would wait for somebody who writes into it.
    with open(file, "rb", opener=lambda path, flags: os.open(path, flags | getattr(os, "O_NONBLOCK", 0))) as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise OSError("it is not a regular file")
        if status.st_size > most:
            raise ValueError(f"it has {status.st_size} bytes, and at most {most} are read")
        return stream.read(status.st_size)
