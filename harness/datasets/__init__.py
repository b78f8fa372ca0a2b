"""Finds, fetches, verifies and reads the data sets.

Importing this package loads neither NumPy nor tqdm, so that a command line can name the data sets at once.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from harness.datasets.catalog import DATASETS
from harness.datasets.dataset import Dataset, to_pixels, to_raw_pixels

__all__ = ["DATASETS", "Dataset", "load", "to_pixels", "to_raw_pixels"]


def load(
    dataset: str, data_dir: str | os.PathLike | None = None, report: Callable[[str], None] | None = None
) -> Dataset:
    """A data set, from this machine where a good copy is found, otherwise fetched into the cache.

    Args:
        dataset: "fashion", "mnist", or the path of an .npz file with the arrays x_train, y_train, x_test, y_test.
        data_dir: folder to search first for the files of "fashion" or "mnist". Default None.
        report: called with one line for each copy that is refused and each source that is tried. Default None.

    Returns:
        The verified data set. Images of a published set are (n, 28, 28, 1) uint8.

    Raises:
        UsageError: `dataset` is neither a known name nor an .npz path.
        DataError: the data set is nowhere to be had, or the user's file is not of the form that is read.
    """
    from harness.datasets import loading

    return loading.load(dataset, data_dir, report)
