"""The arrays of a run's folder, read again: what its models answered for the test images, and images to show."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harness.base.errors import DataError
from harness.base.text import printable
from harness.datasets.dataset import to_pictures
from harness.datasets.npz import read_npz
from harness.datasets.verify import open_regular

MOST_SAMPLE_BYTES = 1 << 26
CLASS_TYPE = np.int16  # there may be a thousand classes
WRITTEN_BY_A_RUN = "It was not written by a run, or was cut off"


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


def read_predictions(path: Path, n_classes: int, max_bytes: int) -> Predictions:
    """Read `predictions/<model>-seed<seed>.npz`, of at most so many bytes.

    Raises:
        DataError: if its name or its arrays are others than a run writes.
    """
    name = re.fullmatch(r"(?P<model>.+)-seed(?P<seed>\d+)", path.stem)
    if not name:
        raise DataError("its name is not <model>-seed<seed>.npz")
    labels, predictions = _read_arrays(path, ("labels", "predictions"), max_bytes)
    if labels.shape != predictions.shape:
        raise DataError(f"{labels.shape} labels but {predictions.shape} predictions")
    _check_classes(labels, n_classes)
    _check_classes(predictions, n_classes)
    kept = labels.astype(CLASS_TYPE), predictions.astype(CLASS_TYPE)
    return Predictions(printable(name["model"]), int(name["seed"]), *kept)


def read_samples(path: Path, n_classes: int) -> Samples:
    """Read `samples.npz`.

    Raises:
        DataError: if its arrays are others than a run writes.
    """
    images, labels = _read_arrays(path, ("images", "labels"), MOST_SAMPLE_BYTES)
    if images.ndim != 4 or images.shape[:1] != labels.shape or 0 in images.shape:
        raise DataError(f"images {images.shape}, labels {labels.shape}; (n, height, width, channels) and (n,) expected")
    if images.dtype != np.uint8 and images.dtype.kind != "f":
        raise DataError(f"images of type {images.dtype}; uint8 or floating point expected")
    _check_classes(labels, n_classes)
    return Samples(to_pictures(images), labels.astype(int))


def _read_arrays(path: Path, keys: tuple[str, ...], max_bytes: int) -> list[np.ndarray]:
    """Read arrays by name from an .npz file of at most so many bytes."""
    with open_regular(path) as stream:
        arrays = read_npz(stream, path.name, keys, max_bytes=max_bytes, how_to_write=WRITTEN_BY_A_RUN)
    return [arrays[key] for key in keys]


def _check_classes(values: np.ndarray, n_classes: int) -> None:
    if values.ndim != 1 or not len(values) or not np.issubdtype(values.dtype, np.integer):
        raise DataError(f"one integer class per image expected, not {values.dtype} of shape {values.shape}")
    if values.min() < 0 or values.max() >= n_classes:
        raise DataError(f"classes {values.min()} to {values.max()}, but the run has {n_classes} classes")
