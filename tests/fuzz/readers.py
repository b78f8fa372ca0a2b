"""All that reads files of others: good files, the call that reads one, and what must hold of whatever was read."""

import csv
import dataclasses
import gzip
import hashlib
import io
import json
import math
import tarfile
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from harness.base.errors import DataError, HarnessError, UsageError
from harness.base.text import printable
from harness.datasets.catalog import CATALOG, IdxFile
from harness.datasets.gunzip import Gunzip
from harness.datasets.idx import read_idx, write_idx
from harness.datasets.packages import _from_tar
from harness.datasets.user_file import load_user_file
from harness.results.reading import open_run
from harness.results.studies import pool
from numpy_model.weights_file import read_weights

MOST_IDX_BYTES = 1 << 20


@dataclasses.dataclass(frozen=True)
class Reader:
    """One reader, as it is tried.

    Attributes:
        good: files that it reads.
        read: a function of the bytes of a file that returns what is in it, or raises `refusal`.
        check: a function (content, result) that asserts that this is what the file holds.
        pack: makes a file of damaged content, so that damage comes past a container's checksum. By default the content
            is the file.
        refusal: the errors that say that a file is not good.
    """

    good: tuple[bytes, ...]
    read: Callable
    check: Callable
    pack: Callable = bytes
    refusal: type[Exception] | tuple = HarnessError

    def try_file(self, content):
        """Read a file of this content; return whether it was read, and what was, or the words of the refusal."""
        packed = self.pack(content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of an old file's header, which is read
            try:
                result = self.read(packed)
            except self.refusal as error:
                message = str(error)
                assert len(message) < 2000 and not set(message) & set("\x1b\0"), ascii(message)
                assert "memory" not in message, message
                return False, message
            self.check(packed, result)
        return True, result


FOLDER = Path(tempfile.mkdtemp(prefix="fuzz-"))  # cleared by whoever imports this
RNG = np.random.default_rng(0)
ARRAYS = {
    "x_train": RNG.integers(0, 256, (6, 5, 5), dtype=np.uint8),
    "y_train": np.array([0, 1, 2, 2, 1, 0]),
    "x_test": RNG.integers(0, 256, (3, 5, 5), dtype=np.uint8),
    "y_test": np.array([2, 0, 1]),
    "class_names": np.array(["oak", "ash", "elm"]),
}


# IDX


def read_idx_bytes(content):
    """Read an IDX file, raw or gzipped."""
    return read_idx(io.BytesIO(content), len(content), "file", MOST_IDX_BYTES)


def check_idx(content, idx):
    """The array, written again, is the file."""
    unpacked = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
    assert write_idx(idx.to_array()) == unpacked


def gzipped(content):
    """Return content as a gzip file."""
    return gzip.compress(content, 1, mtime=0)


IDX = tuple(write_idx(ARRAYS[key].astype(np.uint8)) for key in ("x_train", "y_train"))

# Arrays by name


def npz(arrays, save=np.savez):
    """Return an npz file of some arrays."""
    stream = io.BytesIO()
    save(stream, **arrays)
    return stream.getvalue()


def npy(array):
    """Return the npy file of an array."""
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def packed_as(key, arrays):
    """Return a function that puts damaged content in the place of one array of a good npz file."""

    def pack(content):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for name, array in arrays.items():
                archive.writestr(f"{name}.npy", content if name == key else npy(array))
        return stream.getvalue()

    return pack


def arrays_of(content):
    """Return the arrays of an npz file by name, read by nothing of ours."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {
            name.removesuffix(".npy"): np.load(io.BytesIO(archive.read(name)), allow_pickle=False)
            for name in archive.namelist()
            if name.removesuffix(".npy") in NAMES
        }


def read_user_file(content):
    """Read a user's data set."""
    path = FOLDER / "leaves.npz"
    path.write_bytes(content)
    return load_user_file(path)


def check_user_file(content, dataset):
    """All is what NumPy reads, and fit to be trained on."""
    arrays = arrays_of(content)
    for key in ("x_train", "x_test"):
        images, expected = getattr(dataset, key), arrays[key]
        assert images.dtype in (np.uint8, np.float32) and images.ndim == 4 and images.shape[1] == images.shape[2]
        np.testing.assert_array_equal(images.reshape(expected.shape), expected.astype(images.dtype))
        assert images.dtype == np.uint8 or (images.min() >= 0 and images.max() <= 1)
    for key in ("y_train", "y_test"):
        labels = getattr(dataset, key)
        np.testing.assert_array_equal(labels, arrays[key])
        assert labels.min() >= 0 and labels.max() < dataset.n_classes <= 1_000
    if "class_names" in arrays:
        assert dataset.class_names == tuple(arrays["class_names"].tolist())
    assert dataset.x_train.shape[1:] == dataset.x_test.shape[1:]
    assert (len(dataset.x_train), len(dataset.x_test)) == (len(dataset.y_train), len(dataset.y_test))
    assert all(name == printable(name) for name in dataset.class_names)


WEIGHTS = {"conv2d/kernel": RNG.random((2, 2, 1, 3)).astype(np.float32), "conv2d/bias": np.zeros(3, np.float32)}
SHAPES = {name: array.shape for name, array in WEIGHTS.items()}
NAMES = {*ARRAYS, *WEIGHTS, "labels", "predictions", "images"}


def read_weights_file(content):
    """Read a file of weights."""
    path = FOLDER / "weights.npz"
    path.write_bytes(content)
    return read_weights(path, SHAPES)


def check_weights(content, weights):
    """All is what NumPy reads."""
    arrays = arrays_of(content)
    for name, array in zip(SHAPES, weights, strict=True):
        assert array.shape == SHAPES[name] and array.dtype.kind in "fiu"
        np.testing.assert_array_equal(array, arrays[name])


# Runs

HEADING = (
    "dataset,experiment,model,seed,epoch,train_loss,train_accuracy,test_loss,test_accuracy,test_macro_f1,wall_seconds,"
    "eval_seconds,warm_up_seconds,waiting_seconds"
)
ROWS = [
    f"leaves,identical,{model},{seed},{epoch},0.{epoch},0.8,0.4,0.85,0.84,12.5,1.5,0.1,0.0"
    for model in ("numpy", "null")
    for seed in (0, 1)
    for epoch in (1, 2)
]
EPOCHS = "\n".join([HEADING, *ROWS, ""]).encode()
CONFIG = json.dumps(
    {
        "format": 1, "dataset": "leaves", "experiment": "identical", "models": ["numpy", "null"], "seeds": [0, 1],
        "epochs": 2, "batch_size": 1, "learning_rate": 0.005, "limit": None, "threads": None,
        "source": "the file leaves.npz", "sha256": {"x_train": "12", "y_train": "34"}, "n_train": 6, "n_test": 3,
        "input_shape": [5, 5, 1], "class_names": ["oak", "ash", "elm"], "n_parameters": {"numpy": 3, "null": 3},
        "published": [{"model": "numpy", "epoch": 2, "column": "test_accuracy", "value": 0.891}],
    }
).encode()  # fmt: skip
FAILURES = json.dumps([{"model": "numpy", "seed": 1, "error": "diverged"}]).encode()
PREDICTIONS = {"labels": ARRAYS["y_test"], "predictions": np.array([2, 0, 0])}
SAMPLES = {"images": ARRAYS["x_train"][..., np.newaxis], "labels": ARRAYS["y_train"]}
RUN = {
    "epochs.csv": EPOCHS,
    "config.json": CONFIG,
    "predictions/numpy-seed0.npz": npz(PREDICTIONS),
    "samples.npz": npz(SAMPLES),
}


def run_with(name):
    """Return a function that reads a good run but for one file, of the content given, and pools it if it is a text."""
    folder = FOLDER / name.replace("/", "-")

    def read(content):
        for other, good in RUN.items():
            if other != name and not (folder / other).exists():
                (folder / other).parent.mkdir(parents=True, exist_ok=True)
                (folder / other).write_bytes(good)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        run = open_run(folder)
        if not name.endswith(".npz"):
            study = pool([run])
            assert study.partial_trainings() is not None and all(
                study.at_end(model) is not None for model in run.models
            )
        assert all(problem == printable(problem) and len(problem) < 1000 for problem in run.problems), run.problems
        refused = [problem for problem in run.problems if problem.startswith(name)]
        if refused:
            raise DataError(refused[0])
        return run

    return read


def check_epochs(content, run):
    """Every row that was read stands in the file."""
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    found = {(printable(row["model"]), row["seed"], row["epoch"], row["test_accuracy"]) for row in rows}
    written = {(model, number(seed), number(epoch), number(score)) for model, seed, epoch, score in found}
    for row in run.epochs.itertuples():
        assert (row.model, row.seed, row.epoch, number(row.test_accuracy)) in written
        assert row.seed >= 0 and row.epoch >= 1 and row.seed % 1 == row.epoch % 1 == 0


def number(text):
    """Return a number with the digits that every reader of numbers agrees on; None where there is none."""
    try:
        value = float(text)
    except (TypeError, ValueError):
        return None
    return float(f"{value:.14g}") if math.isfinite(value) else None


def check_config(content, run):
    """It is what Python reads, with printable texts, and its values may be worked with."""
    expected = json.loads(content)
    assert run.config["seeds"] == expected["seeds"] and run.config["epochs"] == expected["epochs"]
    assert run.config["models"] == [printable(model) for model in expected["models"]]
    assert run.class_names == [printable(name) for name in expected["class_names"]]
    assert math.isfinite(run.config["learning_rate"])


def check_predictions(content, run):
    """It is what NumPy reads."""
    (item,), arrays = run.predictions, arrays_of(content)
    np.testing.assert_array_equal(item.labels, arrays["labels"])
    np.testing.assert_array_equal(item.predictions, arrays["predictions"])
    assert item.labels.min() >= 0 and item.labels.max() < len(run.class_names)


def check_samples(content, run):
    """They are as many images as NumPy reads, in the range that is drawn."""
    assert run.samples.images.shape == arrays_of(content)["images"].shape
    assert run.samples.images.min() >= 0 and run.samples.images.max() <= 1


def check_failures(content, run):
    """They are as many as Python reads."""
    assert len(run.failures) == len(json.loads(content))


# Packages

CONTENTS = {file.name: write_idx(ARRAYS[file.array].astype(np.uint8)) for file in CATALOG["fashion"].files}
ENTRY = dataclasses.replace(
    CATALOG["fashion"],
    files=tuple(
        IdxFile(
            file.array,
            file.name,
            ARRAYS[file.array].shape,
            hashlib.sha256(CONTENTS[file.name]).hexdigest(),
            hashlib.sha256(ARRAYS[file.array].astype(np.uint8).tobytes()).hexdigest(),
        )
        for file in CATALOG["fashion"].files
    ),
)


def tar(form):
    """Return a package of one of the forms of tar."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as archive:
        for name, content in CONTENTS.items():
            member = tarfile.TarInfo(f"package/{'d' * 120}/{name}.gz")
            content = gzipped(content)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def read_package(content):
    """Read the package of a registry."""
    stream = Gunzip(io.BytesIO(content)) if content[:2] == b"\x1f\x8b" else io.BytesIO(content)
    return list(_from_tar(stream, "package", ENTRY, list(ENTRY.files)))


def check_package(content, files):
    """Whatever comes out of a package is a published file."""
    assert all(bytes(inflated) == CONTENTS[file.name] for file, inflated in files)


TARS = (tar(tarfile.GNU_FORMAT), tar(tarfile.PAX_FORMAT))

READERS = {
    "idx": Reader(IDX, read_idx_bytes, check_idx),
    "idx.gz": Reader(tuple(map(gzipped, IDX)), read_idx_bytes, check_idx),
    "idx in gz": Reader(IDX, read_idx_bytes, check_idx, gzipped),
    "npz": Reader((npz(ARRAYS), npz(ARRAYS, np.savez_compressed)), read_user_file, check_user_file),
    **{
        f"{key} in npz": Reader((npy(ARRAYS[key]),), read_user_file, check_user_file, packed_as(key, ARRAYS))
        for key in ("x_train", "y_test", "class_names")
    },
    "weights": Reader((npz(WEIGHTS),), read_weights_file, check_weights, refusal=ValueError),
    "kernel in weights": Reader(
        (npy(WEIGHTS["conv2d/kernel"]),),
        read_weights_file,
        check_weights,
        packed_as("conv2d/kernel", WEIGHTS),
        refusal=ValueError,
    ),
    "epochs.csv": Reader((EPOCHS,), run_with("epochs.csv"), check_epochs),
    "config.json": Reader((CONFIG,), run_with("config.json"), check_config, refusal=UsageError),
    "failures.json": Reader((FAILURES,), run_with("failures.json"), check_failures),
    "predictions": Reader((npz(PREDICTIONS),), run_with("predictions/numpy-seed0.npz"), check_predictions),
    "labels in predictions": Reader(
        (npy(PREDICTIONS["labels"]),),
        run_with("predictions/numpy-seed0.npz"),
        check_predictions,
        packed_as("labels", PREDICTIONS),
    ),
    "samples": Reader((npz(SAMPLES),), run_with("samples.npz"), check_samples),
    "images in samples": Reader(
        (npy(SAMPLES["images"]),), run_with("samples.npz"), check_samples, packed_as("images", SAMPLES)
    ),
    "tar": Reader(TARS, read_package, check_package),
    "tgz": Reader(tuple(map(gzipped, TARS)), read_package, check_package),
    "tar in tgz": Reader(TARS, read_package, check_package, gzipped),
}
