"""Runs on disk: `writing` writes what a training recorded, `files` and `reading` read it again."""

from harness.results.files import FORMAT, read_config, read_epochs
from harness.results.reading import Run, open_run
from harness.results.writing import RunFolder, create_run_folder
from harness.training.records import COLUMNS, N_CONTRACT_COLUMNS, EpochRecord

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
