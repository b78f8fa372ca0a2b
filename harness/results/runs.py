"""The runs below a folder, as a table."""

from pathlib import Path

from harness.base.errors import HarnessError
from harness.base.markdown import markdown
from harness.base.numbers import seeds_text
from harness.results.lock import is_written
from harness.results.studies import Study, find_run_folders, study_of

HEADING = ("when", "data set", "experiment", "models", "seeds", "state", "best accuracy", "where")


def runs_table(folder: str | Path) -> str:
    """Return a Markdown table of all runs below a folder, oldest first; one that cannot be read says so in its row.

    Raises:
        UsageError: if there is none, or the folder cannot be read.
    """
    paths = sorted(find_run_folders(folder), key=lambda path: (path.name, str(path)))
    return "\n".join(markdown([HEADING, *map(row_of, paths)], n_names=len(HEADING)))


def row_of(path: Path) -> tuple[str, ...]:
    """Return the row of a run."""
    try:
        study = study_of(path)
    except HarnessError as error:
        return (path.name, "", "", "", "", f"cannot be read: {error}", "", str(path))
    config = study.config
    return (
        path.name,
        config["dataset"] + ("" if config["limit"] is None else f", limit {config['limit']:,}"),
        config["experiment"],
        " ".join(config["models"]),
        seeds_text(config["seeds"]),
        state_of(study, path),
        best_accuracy(study),
        str(path),
    )


def state_of(study: Study, path: Path) -> str:
    """Return what became of a run.

    `complete`: all trainings have all epochs. `running`: a process writes into the folder. `partial`: a model failed,
    and the others are complete. `died`: the process ended before it was done; the run can be resumed.
    """
    if is_written(path):
        return "running"
    failed = {model for model, _ in study.failures}
    unfinished = {model for model, _, _ in study.partial_trainings()}
    if not unfinished:
        return "complete"
    return "partial" if unfinished <= failed else "died"


def best_accuracy(study: Study) -> str:
    """Return the best test accuracy of any epoch, and its model."""
    accuracies = study.epochs["test_accuracy"].dropna()
    if accuracies.empty:
        return "-"
    best = study.epochs.loc[accuracies.idxmax()]
    return f"{best['test_accuracy']:.4f} {best['model']}"
