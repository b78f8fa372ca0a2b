"""Making a report and putting it on the disk."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from harness.base.environment import environment_of_children
from harness.base.errors import UsageError
from harness.base.files import replacing
from harness.base.text import one_line, printable
from harness.datasets.catalog import is_users_file

if TYPE_CHECKING:
    from harness.datasets.dataset import Dataset

REPORT_NAME = "report.html"
SUFFIXES = (".html", ".htm")
# Above it a report may be too large for a mail.
MOST_BYTES = 3_000_000
INSTALL = "pip install -r requirements-report.txt"
LIBRARIES = {"altair": "altair", "vl_convert": "vl-convert-python", "jinja2": "Jinja2"}


def write_report(
    folders: list | tuple[Path, ...],
    path: Path,
    dataset: Dataset | None = None,
    data_dir=None,
    made_with: str = "harness.report.write_report",
) -> int:
    """Write the report of some runs into one HTML file, which is old or new and never half.

    Runs with equal settings are pooled, whatever their models and seeds; others get a chapter each.

    Args:
        folders: of runs, complete or not, and of proofs of parity; one run at least.
        path: of the file, which ends in .html; its folder is there.
        dataset: the `Dataset` that the runs were trained on, for images of it; default the copy on this machine, and
            none if there is no copy. Nothing is fetched.
        data_dir: a folder to look for that copy first.
        made_with: the command that made the report, for its last lines; default this function.

    Returns:
        The size of the file in bytes.

    Raises:
        UsageError: a library is missing, a folder is none of a run, or the file has another ending. Nothing is written.
        OSError: the file cannot be written.
    """
    check_libraries()
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"{printable(path)} does not end in .html; a report is one HTML file, so name it report.html, for example"
        )
    from harness.report.page import make_page
    from harness.report.sources import open_sources

    page = make_page(open_sources(folders), dataset, data_dir, made_with).encode()
    with replacing(path) as file:
        file.write(page)
    return len(page)


def write_run_report(folder: str | Path, dataset: str, data_dir: str | None = None) -> str | None:
    """Write `report.html` into the folder of a run that is done, which a report that fails must not undo.

    Another process makes it, as `python -m harness.report`: it needs 300 MB for a moment, and the process that trained
    holds as much.

    Args:
        folder: of the run.
        dataset: that it was trained on, as `RunConfig` names it.
        data_dir: folder that the user named for the data set, or `None`.

    Returns:
        A line that says why there is no report, or `None`.
    """
    command = [sys.executable, "-m", "harness.report"]
    command += [f"--dataset={dataset}"] if is_users_file(dataset) else []
    command += [] if data_dir is None else [f"--data-dir={data_dir}"]
    try:
        process = subprocess.run(
            [*command, "--", str(folder)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            env=environment_of_children(),
        )
        reason = None if process.returncode == 0 else reason_in(process)
    except OSError as error:  # no memory for another process, for example
        reason = str(error)
    return reason and f"{REPORT_NAME} was not written: {one_line(reason, 300)}"


def reason_in(process: object) -> str:
    """Return in a line why a process failed."""
    lines = process.stderr.splitlines()
    errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    return (errors or lines[-1:] or [f"exit code {process.returncode}"])[0]


def missing_libraries() -> list[str]:
    """Return the names of those libraries of the report that are not installed."""
    return [name for module, name in LIBRARIES.items() if importlib.util.find_spec(module) is None]


def check_libraries() -> None:
    """Raise `UsageError` unless all libraries of the report are installed, and have the docstrings that they read."""
    if missing := missing_libraries():
        raise UsageError(f"a report needs {', '.join(missing)}; install what is missing with {INSTALL}")
    if sys.flags.optimize > 1:
        raise UsageError("a report needs Python's docstrings; leave out PYTHONOPTIMIZE=2, or python -OO")
