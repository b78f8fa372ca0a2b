"""Making a report and putting it on the disk."""

from pathlib import Path

from harness.environment import command
from harness.errors import UsageError
from harness.foreign_text import one_line, printable
from harness.results.atomic import replacing

REPORT_NAME = "report.html"
SUFFIXES = (".html", ".htm")
# Above it a report may be too large for a mail.
MOST_BYTES = 3_000_000
LIBRARIES = {"altair": "altair", "vl_convert": "vl-convert-python", "jinja2": "Jinja2"}


def write_report(folders, path, dataset=None, data_dir=None, made_with="harness.report.write_report"):
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


def write_run_report(folder, dataset=None):
    """Write `report.html` into the folder of a run that is done, which a report that fails must not undo.

    Args:
        folder: of the run.
        dataset: the `Dataset` that it was trained on.

    Returns:
        A line that says why there is no report, or `None`.
    """
    try:
        write_report([folder], Path(folder) / REPORT_NAME, dataset, made_with=command())
    except Exception as error:
        return f"{REPORT_NAME} was not written: {one_line(str(error) or type(error).__name__, 300)}"
    return None


def check_libraries():
    """Raise `UsageError` unless all libraries of the report are installed."""
    missing = []
    for module, name in LIBRARIES.items():
        try:
            __import__(module)
        except ImportError:
            missing.append(name)
    if missing:
        raise UsageError(
            f"a report needs {', '.join(missing)}; install what is missing with "
            "pip install -r requirements-report.txt -c constraints.txt"
        )
