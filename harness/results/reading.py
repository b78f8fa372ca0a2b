"""Reading a run's folder: whatever can be read, and a line for whatever cannot."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd

from harness.base.checks import LARGEST_NUMBER
from harness.base.errors import DataError, HarnessError, UsageError
from harness.base.text import one_line, printable
from harness.experiments import published_of
from harness.results.arrays import CLASS_TYPE, Predictions, Samples, read_predictions, read_samples
from harness.results.config_checks import MOST_TRAININGS, is_text, is_whole
from harness.results.files import is_cut_off, read_config, read_epochs, read_json
from harness.results.proof import ModelProof, has_proofs, read_proofs

T = TypeVar("T")
RUN_FOLDER_CONTENTS = "epochs.csv, config.json, predictions/<model>-seed<seed>.npz and samples.npz"
NUMBER_COLUMNS = [
    "seed", "epoch", "train_loss", "train_accuracy", "test_loss", "test_accuracy", "test_macro_f1", "wall_seconds",
]  # fmt: skip
SECONDS_COLUMNS = ("wall_seconds", "eval_seconds", "warm_up_seconds", "waiting_seconds")
CONFIG_KEYS = [
    "dataset", "experiment", "models", "seeds", "epochs", "batch_size", "learning_rate", "limit", "class_names",
    "n_train", "n_test",
]  # fmt: skip
UNREADABLE = (OSError, ValueError, HarnessError)
# Of all predictions of a run together, as kept: of 6,000 trainings on 10,000 test images.
MOST_PREDICTION_BYTES = 1 << 27


@dataclass(frozen=True)
class Run:
    """All that is kept of one run.

    `failures` says which trainings failed, and why: dictionaries of model, seed (`None` for all) and error. `problems`
    says in plain words what is missing or damaged. Of a run that was trained beside others no seconds are kept: they
    tell of the others too. `proofs` says which models were proved to be the same before training.
    """

    folder: Path
    config: dict
    epochs: pd.DataFrame
    predictions: list[Predictions]
    samples: Samples | None
    failures: list[dict]
    problems: list[str]
    beside_other_runs: bool = False
    proofs: list[ModelProof] = field(default_factory=list)

    @property
    def models(self) -> list[str]:
        """The model names: those of the configuration in its order, then others that have records."""
        found = {*self.epochs["model"], *(item.model for item in self.predictions)}
        planned = self.config["models"]
        return planned + sorted(found - set(planned))

    @property
    def damages(self) -> list[str]:
        """Those of its problems that are files which cannot be read, wholly or in part."""
        return [problem for problem in self.problems if "cannot be read" in problem or "was cut off" in problem]

    @property
    def class_names(self) -> list[str]:
        """One name for every class."""
        return [str(name) for name in self.config["class_names"]]


def open_run(folder: str | Path) -> Run:
    """Read a run's folder, complete or not.

    Args:
        folder: path of the run's folder.

    Returns:
        The `Run`; parts that are missing or damaged are empty, and named in its `problems`.

    Raises:
        UsageError: the folder is not there or is not a run's folder, or its `config.json` cannot be read.
    """
    folder = Path(folder)
    check_is_run(folder)
    config = _read_full_config(folder)
    n_classes = len(config["class_names"])
    problems = []
    epochs = _read_or_note(_read_clean_epochs, folder / "epochs.csv", problems)
    if epochs is None:
        epochs = pd.DataFrame(columns=["model", *NUMBER_COLUMNS])
    elif is_cut_off(folder / "epochs.csv"):
        problems.append("epochs.csv: the last line was cut off and is left out")
    predictions = _read_all_predictions(folder, n_classes, problems)
    samples = _read_or_note(lambda path: read_samples(path, n_classes), folder / "samples.npz", problems)
    failures = _read_or_note(_read_failures, folder / "failures.json", problems) if has_failed(folder) else []
    proofs = _read_or_note(read_proofs, folder / "proof.json", problems) if has_proofs(folder) else []
    beside_others = was_beside_other_runs(folder)
    run = Run(folder, config, epochs, predictions, samples, failures or [], problems, beside_others, proofs or [])
    _check_size(run)
    problems += missing_epochs(run) + _missing_predictions(run) + _diverged(run)
    if run.beside_other_runs:
        run.epochs[[name for name in run.epochs.columns if name in SECONDS_COLUMNS]] = np.nan
    return run


def was_beside_other_runs(folder: Path) -> bool:
    """Return whether a run says of itself, in `environment.json`, that others were trained beside it."""
    try:
        return read_json(folder / "environment.json").get("beside_other_runs") is True
    except (OSError, ValueError):
        return False


def predictions_by_model(run: Run) -> dict[str, list[Predictions]]:
    """Group a run's predictions.

    Args:
        run: the run.

    Returns:
        The predictions of every seed for each model that has any, in the run's order of models.

    Raises:
        DataError: no model has predictions.
    """
    by_model = {model: [item for item in run.predictions if item.model == model] for model in run.models}
    by_model = {model: items for model, items in by_model.items() if items}
    if not by_model:
        raise DataError("the folder holds no predictions yet")
    return by_model


def missing_epochs(run: Run) -> list[str]:
    """Say which models have fewer epochs on record than the configuration plans.

    Args:
        run: the run.

    Returns:
        One sentence for each such model.
    """
    n_planned = len(run.config["seeds"]) * run.config["epochs"]
    n_found = {model: int((run.epochs["model"] == model).sum()) for model in run.models}
    return [f"{model} has {n} of {n_planned} epochs in epochs.csv" for model, n in n_found.items() if n < n_planned]


def _missing_predictions(run: Run) -> list[str]:
    found = {(item.model, item.seed) for item in run.predictions}
    planned = [(model, seed) for model in run.models for seed in run.config["seeds"]]
    return [f"{model}, seed {seed}, has no predictions" for model, seed in planned if (model, seed) not in found]


def _diverged(run: Run) -> list[str]:
    gaps = run.epochs[NUMBER_COLUMNS].isna()
    # A user's model need not report these, and of training that diverges there is no record.
    unreported = gaps[["train_loss", "train_accuracy"]].any(axis="columns")
    lost = gaps.drop(columns=["train_loss", "train_accuracy"]).any(axis="columns")
    rows = {
        "has values that are not finite numbers in epochs.csv": lost,
        "reports no loss or no accuracy while it trains": unreported & ~lost,
    }
    return [f"{model} {what}" for what, which in rows.items() for model in run.epochs.loc[which, "model"].unique()]


def _check_size(run: Run) -> None:
    """Raise UsageError if a run has more trainings, planned and found, than are worked through in a second or two."""
    n_planned = len(run.models) * max(1, len(run.config["seeds"]))
    n_found = len(run.epochs[["model", "seed"]].drop_duplicates())
    if max(n_planned, n_found) > MOST_TRAININGS:
        raise UsageError(
            f"{printable(run.folder)} has {max(n_planned, n_found)} trainings, and at most {MOST_TRAININGS} are "
            "read; name the folder of a run"
        )


def check_is_run(folder: Path) -> None:
    """Raise `UsageError` unless a folder is that of a run, which may be damaged."""
    try:
        is_folder = folder.is_dir()
        missing = [name for name in ("epochs.csv", "config.json") if not (folder / name).is_file()]
    except OSError as error:  # a name that is too long, or a folder that may not be looked into
        raise UsageError(f"{printable(folder)} cannot be read: {one_line(error)}; name the folder of a run") from error
    if not is_folder:
        raise UsageError(f"{printable(folder)} is not a folder. Name a run's folder; it holds {RUN_FOLDER_CONTENTS}.")
    if missing:
        raise UsageError(
            f"{printable(folder)} is not a run's folder: {' and '.join(missing)} missing. "
            f"It holds {RUN_FOLDER_CONTENTS}."
        )


def _read_full_config(folder: Path) -> dict:
    config = read_config(folder)
    missing = [key for key in CONFIG_KEYS if key not in config]
    if missing:
        raise UsageError(f"{folder / 'config.json'} has no {', '.join(missing)}; it was not written by this version.")
    # Of a run that is older than the catalogue, what has been found out since is added to what it has on record.
    known = config.get("published", [])
    config["published"] = known + [entry for item in published_of(config) if (entry := asdict(item)) not in known]
    return config


def _read_or_note(read: Callable[[Path], T], path: Path, problems: list[str]) -> T | None:
    """Return what `read` makes of the file, or None with a line in `problems`: one bad file must not hide the rest."""
    name = printable(f"{path.parent.name}/{path.name}" if path.parent.name == "predictions" else path.name)
    try:
        if path.exists():
            return read(path)
        problems.append(f"{name} is missing")
    except UNREADABLE as error:
        problems.append(f"{name} cannot be read: {one_line(error)}")
    return None


def _read_clean_epochs(path: Path) -> pd.DataFrame:
    table = read_epochs(path.parent)
    table[NUMBER_COLUMNS] = table[NUMBER_COLUMNS].apply(pd.to_numeric, errors="coerce").astype(float)
    table = table.replace([np.inf, -np.inf], np.nan)
    for column, least in (("seed", 0), ("epoch", 1)):
        numbers = table[column]
        table[column] = numbers.where((numbers >= least) & (numbers < LARGEST_NUMBER) & (numbers % 1 == 0))
    table = table.dropna(subset=["model", "seed", "epoch"]).astype({"model": str})
    table = table[table["model"] != ""]
    return table.drop_duplicates(["model", "seed", "epoch"], keep="last")


def _read_all_predictions(folder: Path, n_classes: int, problems: list[str]) -> list[Predictions]:
    paths = sorted((folder / "predictions").glob("*-seed*.npz"))
    read, left = [], MOST_PREDICTION_BYTES
    labels = np.empty(0, CLASS_TYPE)
    for path in paths:
        # What is kept takes at most twice the bytes of what is read.
        item = _read_or_note(partial(read_predictions, n_classes=n_classes, max_bytes=left // 2), path, problems)
        if item is None:
            continue
        if np.array_equal(item.labels, labels):
            item = replace(item, labels=labels)  # one array for all models that were scored on the same images
        else:
            labels = item.labels
            left -= labels.nbytes
        read.append(item)
        left -= item.predictions.nbytes
    return sorted(read, key=lambda item: (item.model, item.seed))


def has_failed(folder: Path) -> bool:
    """Return whether a run has written down that a training failed."""
    return (folder / "failures.json").exists()


def _read_failures(path: Path) -> list[dict]:
    failures = read_json(path, list)
    if not all(map(_is_failure, failures)):
        raise DataError("it is no list of failures")
    return failures


def _is_failure(entry: object) -> bool:
    """Return whether an entry says which training failed, and why."""
    if not isinstance(entry, dict) or not {"model", "seed", "error"} <= entry.keys():
        return False
    return is_text(entry["model"]) and (entry["seed"] is None or is_whole(entry["seed"])) and is_text(entry["error"])
