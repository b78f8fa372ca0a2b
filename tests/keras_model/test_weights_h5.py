"""Files of weights that Keras wrote."""

import re
import sys

import h5py
import numpy as np
import pytest

import numpy_model
from keras_model import keras


def network(nn):
    """Return a network with several layers of a class, one of them with a name, and one without a bias."""
    return nn.Sequential(
        [
            nn.Input((6, 6, 1)),
            nn.layers.Conv2D(2, 3, name="given"),
            nn.layers.Conv2D(3, 3),
            nn.layers.BatchNormalization(),
            nn.layers.MaxPooling2D(2),
            nn.layers.Flatten(),
            nn.layers.Dense(4, use_bias=False),
            nn.layers.Dense(3, activation="softmax"),
        ]
    )


@pytest.fixture
def theirs():
    model = network(keras)
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(size=weight.shape).astype("float32") for weight in model.get_weights()])
    return model


@pytest.fixture
def path(theirs, tmp_path):
    path = tmp_path / "model.weights.h5"
    theirs.save_weights(path)
    return path


def test_weights_are_those_of_keras_bit_by_bit(theirs, path):
    model = network(numpy_model)
    model.load_weights(path)
    assert_taken(model, theirs)


def assert_taken(model, theirs):
    for ours, expected in zip(model.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, expected)


@pytest.mark.parametrize("name", ["model.keras", "model.h5"])
def test_a_file_of_a_whole_model_is_refused_with_a_line_that_takes_its_weights(theirs, tmp_path, name):
    theirs.save(tmp_path / name)
    model = network(numpy_model)
    with pytest.raises(ValueError, match=f"{name} is no file of weights alone") as refusal:
        model.load_weights(tmp_path / name)
    line = re.search(r"write (model\.set_weights\(.*?get_weights\(\)\))", str(refusal.value))[1]
    exec(line, {"keras": keras, "model": model})
    assert_taken(model, theirs)


@pytest.mark.parametrize("name", ["old.h5", "old.weights.h5"])
def test_a_file_of_weights_of_an_older_keras_is_refused_with_a_line_that_takes_them(theirs, tmp_path, name):
    theirs.save(tmp_path / "whole.h5")
    with h5py.File(tmp_path / "whole.h5") as whole, h5py.File(tmp_path / name, "w") as file:
        for group in whole["model_weights"]:  # in the format of Keras 2
            whole.copy(f"model_weights/{group}", file)
        file.attrs.update(whole["model_weights"].attrs)
    model = network(numpy_model)
    with pytest.raises(ValueError, match=r"name the file so that it does not end in \.weights\.h5") as refusal:
        model.load_weights(tmp_path / name)
    (tmp_path / name).rename(tmp_path / "old.h5")
    line = re.search(r"and write (keras_model\.load_weights\(.*get_weights\(\)\))", str(refusal.value))[1]
    exec(line, {"keras_model": network(keras), "model": model})
    assert_taken(model, theirs)


def change_shape(file):
    del file["layers/dense_1/vars/1"]
    file["layers/dense_1/vars/1"] = np.zeros(4, "float32")


def make_huge(file):
    del file["layers/dense_1/vars/1"]
    file.create_dataset("layers/dense_1/vars/1", (10**12,), "float32", chunks=(1000,), compression="gzip")


def remove(file):
    del file["layers/dense_1"]


def link(file):
    del file["layers/dense_1/vars/1"]
    file["layers/dense_1/vars/1"] = h5py.ExternalLink("other.h5", "secret")


def lie_outside(file):
    del file["layers/dense_1/vars/1"]
    file.create_dataset("layers/dense_1/vars/1", (3,), "float32", external=[("secret.bin", 0, 12)])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (change_shape, r"layers/dense_1/vars/1 holds float32 \(4,\), and dense_1/bias has shape \(3,\)"),
        (make_huge, r"layers/dense_1/vars/1 holds float32 \(1000000000000,\)"),
        (remove, "layers/dense_1 has 0 arrays, and layer dense_1 has 2"),
        (link, "lies in another file"),
        (lie_outside, "lies in another file"),
    ],
)
def test_other_arrays_are_refused_and_none_is_set(path, change, message):
    with h5py.File(path.parent / "other.h5", "w") as file:
        file["secret"] = np.zeros(3, "float32")
    with h5py.File(path, "a") as file:
        change(file)
    model = network(numpy_model)
    before = model.get_weights()
    with pytest.raises(ValueError, match=message):
        model.load_weights(path)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_damaged_file_is_refused_and_a_missing_one_named(path):
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ValueError, match=r"model\.weights\.h5 is not a file of weights of this model"):
        network(numpy_model).load_weights(path)
    with pytest.raises(FileNotFoundError, match=r"missing\.weights\.h5"):
        network(numpy_model).load_weights(path.with_name("missing.weights.h5"))


def test_without_h5py_the_error_names_it(path, monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ImportError, match="pip install h5py"):
        network(numpy_model).load_weights(path)
