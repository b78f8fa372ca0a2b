"""Reads a user's own data set, from an .npz file or from a folder of IDX files."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from harness.base.checks import check_data_memory
from harness.base.errors import DataError
from harness.base.text import printable
from harness.datasets.catalog import CATALOG, DATASETS
from harness.datasets.dataset import Dataset
from harness.datasets.idx import read_idx
from harness.datasets.local import candidates_in
from harness.datasets.npz import KEYS, MAX_BYTES, Header, read_npz
from harness.datasets.user_images import as_images, check_image_form, doubts, shape_of_one
from harness.datasets.user_labels import (
    as_labels,
    check_label_form,
    check_names_form,
    named_classes,
    without_fractions,
)
from harness.datasets.verify import array_sha256, open_regular


def load_user_file(path: str | os.PathLike, report: Callable[[str], None] | None = None) -> Dataset:
    """Return a data set from an .npz file.

    Args:
        path: file with x_train and x_test, images as `user_images` takes them; y_train and y_test, labels as
            `user_labels` takes them; and optionally class_names, strings of shape (n_classes,). Without it the classes
            are the labels that are names, or else "0" to the largest training label.
        report: is called with a line of text for what a user should know of the file. Default nothing.

    Raises:
        DataError: the file cannot be read or does not have this form.
    """
    path, label = Path(path), printable(path)
    with open_regular(path) as stream:
        arrays = read_npz(stream, label, optional=("class_names",), check=partial(_check_forms, label=label))
    return _dataset(arrays, _name(path.stem), label, f"the file {label}", report)


def load_user_folder(folder: str | os.PathLike, report: Callable[[str], None] | None = None) -> Dataset:
    """Return a data set from the four IDX files in a folder, named as those of MNIST, raw or as .gz.

    Args:
        folder: in which they lie.
        report: as of `load_user_file`.

    Raises:
        DataError: a file is missing, cannot be read or does not have this form.
    """
    folder, label = Path(os.path.abspath(folder)), printable(folder)
    paths = {file.array: candidates_in(folder, file) for file in CATALOG["mnist"].files}
    missing = [file.name for file in CATALOG["mnist"].files if not paths[file.array]]
    if missing:
        raise DataError(f"{label}: no {', '.join(missing)}. Add what is missing, raw or as .gz, or name an .npz file.")
    arrays = {}
    for array, (path, *_) in paths.items():
        with open_regular(path) as stream:
            n_bytes = os.fstat(stream.fileno()).st_size
            arrays[array] = read_idx(stream, n_bytes, printable(path), max_bytes=MAX_BYTES).to_array()
    _check_forms(arrays, label)
    return _dataset(arrays, _name(folder.name), label, f"the IDX files in {label}", report)


def _dataset(
    arrays: dict[str, np.ndarray], name: str, label: str, source: str, report: Callable[[str], None] | None
) -> Dataset:
    labels = {key: without_fractions(arrays[key], f"{label}: {key}") for key in ("y_train", "y_test")}
    class_names = named_classes(labels, arrays.get("class_names"), label)
    labels = {key: as_labels(labels[key], class_names, f"{label}: {key}") for key in labels}
    both = arrays["x_train"], arrays["x_test"]
    images = {key: as_images(arrays[key], f"{label}: {key}", both) for key in ("x_train", "x_test")}
    if report:
        notes = doubts(both[0].shape, tuple(images.values())) + _doubts_of_classes(labels["y_train"], class_names)
        for note in notes:
            report(f"note: {label}: {note}")
    return Dataset(
        name=name,
        **images,
        **labels,
        class_names=class_names,
        source=source,
        sha256={key: array_sha256(arrays[key]) for key in KEYS},
    )


def _name(stem: str) -> str:
    """The name of a user's data set, which names a folder of its results too."""
    stem = printable(stem)
    # Results under the name of a published data set would pass for its own, and "..", of ...npz, is another folder.
    return f"own-{stem}" if stem in DATASETS or stem.startswith(".") else stem


def _doubts_of_classes(labels: np.ndarray, class_names: tuple[str, ...]) -> list[str]:
    """Return in words what a user should know of the classes of the training images."""
    absent = sorted(set(range(len(class_names))) - set(labels.tolist()))
    if len(class_names) == 1:
        return [f"all images are of class {class_names[0]}, so there is nothing to learn"]
    if absent == [0] and class_names[0] == "0":
        return [
            f"the labels begin at 1, so class 0 has no image, and the network {len(class_names)} outputs; for "
            f"{len(class_names) - 1} write y - 1"
        ]
    return [f"no training image is of class {', '.join(class_names[n] for n in absent[:10])}"] if absent else []


def _check_forms(headers: dict[str, Header | np.ndarray], label: str) -> None:
    """Raise `DataError` unless the arrays will have the form of a data set, and fit into memory: none is read yet."""
    for split in ("train", "test"):
        images, labels = headers[f"x_{split}"], headers[f"y_{split}"]
        check_image_form(images, f"{label}: x_{split}")
        check_label_form(labels, images.shape, f"{label}: y_{split}")
    train, test = (shape_of_one(headers[key].shape) for key in ("x_train", "x_test"))
    if train != test:
        raise DataError(
            f"{label}: x_train has images of shape {train}, x_test of shape {test}. "
            "Give both the same height, width and channels."
        )
    if "class_names" in headers:
        check_names_form(headers["class_names"], label)
    images = [headers[key] for key in ("x_train", "x_test")]
    n_bytes = sum(
        math.prod(each.shape) * (each.dtype.itemsize + (1 if each.dtype.kind in "iu" else 4)) for each in images
    )
    check_data_memory(n_bytes, f"{label}: to read x_train and x_test", "write fewer or smaller images into it")
