"""The two files that every run has, read and checked."""

import json
from pathlib import Path

import pandas

from harness.errors import UsageError
from harness.results.records import COLUMNS, FORMAT, N_CONTRACT_COLUMNS


def read_epochs(path):
    """Return `epochs.csv` of a run's folder as a DataFrame.

    Raises:
        UsageError: if there is no such file, or a column is missing.
    """
    file = Path(path) / "epochs.csv"
    try:
        epochs = pandas.read_csv(file)
    except (OSError, pandas.errors.ParserError, pandas.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}; name the folder of a run") from error
    missing = [column for column in COLUMNS[:N_CONTRACT_COLUMNS] if column not in epochs.columns]
    if missing:
        raise UsageError(f"{file} has no column {', '.join(missing)}; it was not written by this version")
    return epochs


def read_config(path):
    """Return `config.json` of a run's folder as a dictionary.

    Raises:
        UsageError: if it cannot be read, or the run's files are of a format that this version does not know.
    """
    file = Path(path) / "config.json"
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(config, dict):
            raise ValueError(f"it holds {type(config).__name__}, not a dictionary")
    except (OSError, ValueError) as error:
        raise UsageError(f"{file} cannot be read: {error}; name the folder of a run") from error
    if config.get("format", 1) != FORMAT:
        raise UsageError(
            f"{file} says that the run's files are of format {config['format']!r}, and this version reads format "
            f"{FORMAT}; read them with the version that wrote them"
        )
    return config
