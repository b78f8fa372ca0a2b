"""Reading a run's folder: whatever can be read, and a line for whatever cannot."""

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from harness.errors import DataError, HarnessError, UsageError
from harness.results.files import read_config, read_epochs

RUN_FOLDER_CONTENTS = "epochs.csv, config.json, predictions/<model>-seed<seed>.npz and samples.npz"
NUMBER_COLUMNS = [
    "seed", "epoch", "train_loss", "train_accuracy", "test_loss", "test_accuracy", "test_macro_f1", "wall_seconds",
]  # fmt: skip
CONFIG_KEYS = [
    "dataset", "experiment", "models", "seeds", "epochs", "batch_size", "learning_rate", "limit", "class_names",
]  # fmt: skip
UNREADABLE = (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, HarnessError)


@dataclass(frozen=True)
class Predictions:
    """What one trained model answered for the test images: `labels` and `predictions`, integers of shape (n_test,)."""

    model: str
    seed: int
    labels: np.ndarray
    predictions: np.ndarray


@dataclass(frozen=True)
class Samples:
    """Images to show: `images`, floats from 0 to 1 of shape (n, height, width, channels), and their `labels`, (n,)."""

    images: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True)
class Run:
    """All that is kept of one run; `problems` says in plain words what is missing or damaged."""

    folder: Path
    config: dict
    epochs: pd.DataFrame
    predictions: list[Predictions]
    samples: Samples | None
    problems: list[str]

    @property
    def models(self) -> list[str]:
        """The model names: those of the configuration in its order, then others that have records."""
        found = {*self.epochs["model"], *(item.model for item in self.predictions)}
        planned = self.config["models"]
        return planned + sorted(found - set(planned))

    @property
    def class_names(self) -> list[str]:
        """One name for every class."""
        return [str(name) for name in self.config["class_names"]]


def open_run(folder) -> Run:
    """Read a run's folder, complete or not.

    Args:
        folder: path of the run's folder.

    Returns:
        The `Run`; parts that are missing or damaged are empty, and named in its `problems`.

    Raises:
        UsageError: the folder is not there or is not a run's folder, or its `config.json` cannot be read.
    """
    folder = Path(folder)
    _check_is_run(folder)
    config = _read_full_config(folder)
    n_classes = len(config["class_names"])
    problems = []
    epochs = _read_or_note(_read_clean_epochs, folder / "epochs.csv", problems)
    if epochs is None:
        epochs = pd.DataFrame(columns=["model", *NUMBER_COLUMNS])
    predictions = _read_all_predictions(folder, n_classes, problems)
    samples = _read_or_note(lambda path: _read_samples(path, n_classes), folder / "samples.npz", problems)
    run = Run(folder, config, epochs, predictions, samples, problems)
    problems += missing_epochs(run) + _missing_predictions(run) + _diverged(run)
    return run


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
    # A user's model need not tell these, and of training that diverges there is no record.
    untold = gaps[["train_loss", "train_accuracy"]].any(axis="columns")
    lost = gaps.drop(columns=["train_loss", "train_accuracy"]).any(axis="columns")
    rows = {
        "has values that are not finite numbers in epochs.csv": lost,
        "tells no loss or no accuracy while it trains": untold & ~lost,
    }
    return [f"{model} {what}" for what, which in rows.items() for model in run.epochs.loc[which, "model"].unique()]


def _check_is_run(folder: Path) -> None:
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder. Name a run's folder; it holds {RUN_FOLDER_CONTENTS}.")
    missing = [name for name in ("epochs.csv", "config.json") if not (folder / name).is_file()]
    if missing:
        raise UsageError(
            f"{folder} is not a run's folder: {' and '.join(missing)} missing. It holds {RUN_FOLDER_CONTENTS}."
        )


def _read_full_config(folder: Path) -> dict:
    config = read_config(folder)
    missing = [key for key in CONFIG_KEYS if key not in config]
    if missing:
        raise UsageError(f"{folder / 'config.json'} has no {', '.join(missing)}; it was not written by this version.")
    return config


def _read_or_note(read, path: Path, problems: list[str]):
    """Return what `read` makes of the file, or None with a line in `problems`: one bad file must not hide the rest."""
    name = f"{path.parent.name}/{path.name}" if path.parent.name == "predictions" else path.name
    if not path.exists():
        problems.append(f"{name} is missing")
        return None
    try:
        return read(path)
    except UNREADABLE as error:
        problems.append(f"{name} cannot be read: {error}")
        return None


def _read_clean_epochs(path: Path) -> pd.DataFrame:
    table = read_epochs(path.parent)
    table[NUMBER_COLUMNS] = table[NUMBER_COLUMNS].apply(pd.to_numeric, errors="coerce").astype(float)
    table = table.replace([np.inf, -np.inf], np.nan)
    # A run that was stopped while writing leaves half a line behind.
    table = table.dropna(subset=["model", "seed", "epoch"]).astype({"model": str})
    return table.drop_duplicates(["model", "seed", "epoch"], keep="last")


def _read_all_predictions(folder: Path, n_classes: int, problems: list[str]) -> list[Predictions]:
    paths = sorted((folder / "predictions").glob("*-seed*.npz"))
    read = [_read_or_note(lambda path: _read_predictions(path, n_classes), path, problems) for path in paths]
    return sorted((item for item in read if item is not None), key=lambda item: (item.model, item.seed))


def _read_predictions(path: Path, n_classes: int) -> Predictions:
    name = re.fullmatch(r"(?P<model>.+)-seed(?P<seed>\d+)", path.stem)
    if not name:
        raise DataError("its name is not <model>-seed<seed>.npz")
    with np.load(path) as arrays:
        labels, predictions = arrays["labels"], arrays["predictions"]
    if labels.shape != predictions.shape:
        raise DataError(f"{labels.shape} labels but {predictions.shape} predictions")
    _check_classes(labels, n_classes)
    _check_classes(predictions, n_classes)
    return Predictions(name["model"], int(name["seed"]), labels.astype(int), predictions.astype(int))


def _read_samples(path: Path, n_classes: int) -> Samples:
    with np.load(path) as arrays:
        images, labels = arrays["images"], arrays["labels"]
    if images.ndim != 4 or images.shape[-1] not in (1, 3) or len(images) != len(labels):
        raise DataError(f"images {images.shape}, labels {labels.shape}; (n, height, width, 1 or 3) and (n,) expected")
    _check_classes(labels, n_classes)
    scale = 255 if images.dtype == np.uint8 else 1
    return Samples(np.clip(images.astype(float) / scale, 0, 1), labels.astype(int))


def _check_classes(values: np.ndarray, n_classes: int) -> None:
    if values.ndim != 1 or not len(values) or not np.issubdtype(values.dtype, np.integer):
        raise DataError(f"one integer class per image expected, not {values.dtype} of shape {values.shape}")
    if values.min() < 0 or values.max() >= n_classes:
        raise DataError(f"classes {values.min()} to {values.max()}, but the run has {n_classes} classes")
