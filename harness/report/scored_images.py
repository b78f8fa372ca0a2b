"""The test images of a run, if they are on this machine: a run's folder keeps only what was answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.base.text import one_line
from harness.datasets.catalog import CATALOG
from harness.datasets.local import places, read_folder

if TYPE_CHECKING:
    from harness.datasets.dataset import Dataset


def scored_images(config: dict, labels: np.ndarray, dataset: Dataset | None = None, data_dir=None) -> tuple:
    """Return the test images, and why there are none, one of the two being `None`. Nothing is fetched.

    Args:
        config: of the run; its sha256 says which images are meant.
        labels: (N,) the true classes that were scored.
        dataset: a `Dataset` to take them from; default the copy on this machine.
        data_dir: a folder to look for that copy first.
    """
    expected = config.get("sha256", {}).get("x_test")
    name = one_line(config["dataset"], 40)
    if expected is None:
        return None, "The run does not say which images it was scored on: there is no sha256 in its config.json."
    if dataset is not None:
        arrays, found = {"x_test": dataset.x_test, "y_test": dataset.y_test}, dataset.sha256.get("x_test")
    elif config["dataset"] in CATALOG:
        entry = CATALOG[config["dataset"]]
        arrays = copy_of(entry, data_dir)
        if arrays is None:
            return None, f"{entry.title} is not on the machine that made this report; nothing was fetched for it."
        found = next(file.array_sha256 for file in entry.files if file.array == "x_test")
    else:
        return None, f"The images of {name} are not at hand; python -m harness.report --dataset PATH.npz names them."
    if found != expected or not np.array_equal(arrays["y_test"][: len(labels)], labels):
        return None, f"The copy of {name} that is at hand holds other images than the run was scored on."
    images = arrays["x_test"]
    return (images if images.ndim == 4 else images[..., np.newaxis]), None


def copy_of(entry, data_dir):
    """Return the arrays of a published data set from the first good copy on this machine, or `None`."""
    for folder in places(entry, data_dir):
        if copy := read_folder(entry, folder, refuse=lambda line: None):
            return copy[0]
    return None
