"""Runs on disk: `records` says what is kept, `writing` writes it, `files` and `reading` read it again."""

from harness.results.files import read_config, read_epochs
from harness.results.reading import Run, open_run
from harness.results.records import COLUMNS, FORMAT, N_CONTRACT_COLUMNS, EpochRecord
from harness.results.writing import RunFolder, create_run_folder

__all__ = [
    "COLUMNS",
    "FORMAT",
    "N_CONTRACT_COLUMNS",
    "EpochRecord",
    "Run",
    "RunFolder",
    "create_run_folder",
    "open_run",
    "read_config",
    "read_epochs",
]
