"""Losses by name, and runs that are trained with them."""

import numpy as np
import pytest

import numpy_model
from harness.base.errors import UsageError
from harness.experiments import RunConfig
from harness.experiments.losses import KERAS_NAMES, check_loss, loss_of
from harness.training import metrics
from numpy_model import losses


@pytest.mark.parametrize("name", KERAS_NAMES)
def test_a_name_of_keras_names_the_same_loss_in_numpy(name):
    check_loss(name)
    assert losses.get(loss_of(name)(numpy_model)).name == name


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("mse", "unknown loss 'mse'; allowed are sparse_categorical_crossentropy, .*, mean_squared_error"),
        ("none.py:f", "none.py does not exist; name the Python file of a loss"),
        (7, "unknown loss 7; allowed are"),
    ],
)
def test_a_name_that_can_be_no_loss_is_refused(name, words):
    with pytest.raises(UsageError, match=words):
        check_loss(name)


def test_a_function_in_a_file_is_a_loss(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text("def logits(nn):\n    return nn.losses.BinaryCrossentropy(from_logits=True)\n")
    assert loss_of("mine.py:logits")(numpy_model).from_logits
    config = RunConfig(loss="mine.py:logits")
    assert config.name == "identical-logits"
    assert config.code == {"loss": "mine.py:logits"}


def test_a_model_of_a_user_has_its_own_loss(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").touch()
    with pytest.raises(UsageError, match=r"mine.py has its own loss; leave out --loss mean_squared_error"):
        RunConfig(models=("mine.py",), loss="mean_squared_error")


def test_the_mean_loss_of_outputs_is_that_of_the_training():
    outputs, labels = np.array([[0.2, 0.8], [0.5, 0.5]]), np.array([1, 0])
    mean = {name: metrics.mean_loss(losses.get(name), outputs, labels) for name in KERAS_NAMES}
    assert mean["mean_squared_error"] == pytest.approx((0.04 + 0.25) / 2)
    assert mean["mean_absolute_error"] == pytest.approx((0.2 + 0.5) / 2)
    assert mean["binary_crossentropy"] == pytest.approx(-(np.log(0.8) + np.log(0.5)) / 2)
    assert mean["categorical_crossentropy"] == pytest.approx(mean["binary_crossentropy"])
    logits = np.log(outputs)
    assert metrics.mean_loss(losses.CategoricalCrossentropy(from_logits=True), logits, labels) == pytest.approx(
        mean["categorical_crossentropy"]
    )
    sure = metrics.mean_loss(losses.get("binary_crossentropy"), np.array([[0.0, 1.0]]), np.array([1]))
    assert 0 < sure < 2e-7  # as Keras clips it
