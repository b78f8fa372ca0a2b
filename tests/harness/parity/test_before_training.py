"""The proof that a run makes before it trains."""

import json
import random
from pathlib import Path

import numpy as np
import pytest

from harness.experiments import RunConfig
from harness.experiments.model_names import BACKENDS
from harness.parity import before_training
from harness.parity.before_training import in_time, prove_all
from harness.parity.numpy_walker import NumpyWalker
from harness.results.proof import read_proofs
from harness.training.contenders import build_contenders
from harness.training.samples import Samples
from harness.user_models import template
from tests.harness.runs import arrays_of, folder_below, run_here

ALL_THE_TIME = 1000
SMALL = """
def small(nn, n_classes):
    flat = [nn.layers.Flatten(), nn.layers.Dense(n_classes, activation="softmax")]
    return nn.Sequential([nn.Input((28, 28, 1)), nn.layers.Conv2D(2, 5, strides=4, activation="relu"), *flat])
"""
DROPOUT = SMALL.replace("flat = [", "flat = [nn.layers.Dropout(0.5), ")


@pytest.fixture
def small(tmp_path):
    """A network of which a step takes little."""
    (tmp_path / "small.py").write_text(SMALL)
    return str(tmp_path / "small.py")


@pytest.fixture
def prove(excerpt):
    """A function that returns the proofs of a run with these settings."""

    def prove(*models, seconds=ALL_THE_TIME, **settings):
        config = RunConfig(dataset="excerpt", models=models, **settings).filled()
        samples = Samples(excerpt, config.limit)
        contenders, _ = build_contenders(config, samples)
        return prove_all(config, samples, contenders, seconds)

    return prove


@pytest.fixture
def wrong_step(monkeypatch):
    """Have the NumPy model end its third step with a wrong bias, as a mistake in what `fit` calls would."""
    step_done = NumpyWalker.on_train_batch_end

    def wrong(self, batch, logs):
        if batch == 2:
            self._layers[-1].params["bias"][0] += 0.01
        step_done(self, batch, logs)

    monkeypatch.setattr(NumpyWalker, "on_train_batch_end", wrong)


def test_numpy_and_keras_are_proved_the_same_with_the_measured_number(prove, small):
    (proof,) = prove("keras", "numpy", network=small, optimizer="adam", batch_size=3)
    assert (proof.model, proof.against, proof.same, proof.steps, proof.precision) == (
        "numpy", "keras", True, 20, "float64",
    )  # fmt: skip
    assert 0 <= proof.difference < 1e-12  # measured 2e-17 to 7e-16


def test_another_loss_is_proved_too(prove, small):
    (proof,) = prove("numpy", "keras", network=small, loss="mean_squared_error")
    assert (proof.same, proof.steps) == (True, 20)


@pytest.mark.slow
def test_keras_in_another_process_is_proved_too(prove, small, monkeypatch):
    monkeypatch.setitem(BACKENDS, "keras-jax", "tensorflow")  # which is always there
    (proof,) = prove("keras-jax", "keras", network=small)
    assert (proof.model, proof.same, proof.steps) == ("keras-jax", True, 20)


def test_a_difference_is_named_with_step_and_layer(prove, small, wrong_step):
    (proof,) = prove("numpy", "keras", network=small)
    assert (proof.same, proof.difference) == (False, None)
    assert proof.words.startswith("step 3, layer dense: gradients equal, bias after the update differs by ")
    assert "look at the optimizer" in proof.words


def own_model(folder, name, old="", new=""):
    """Write the template as a user's file, with a piece of text replaced, and return its path."""
    (folder / f"{name}.py").write_text(Path(template.__file__).read_text().replace(old, new))
    return str(folder / f"{name}.py")


def test_a_model_of_ones_own_is_proved_too_and_plain_loops_are_left_out(prove, tmp_path):
    own, naive = prove(own_model(tmp_path, "own"), "naive", "keras", seconds=0)
    assert (own.model, own.same, own.steps, own.precision) == ("own", True, 1, "float64")
    assert own.difference < 1e-12  # measured 3e-17
    assert (naive.same, naive.words) == (None, "its plain loops are too slow")


@pytest.mark.slow
def test_models_of_ones_own_in_float32_or_with_a_mistake_are_looked_at_layer_by_layer(prove, tmp_path):
    zeros = "np.zeros((filters, channels, 5, 5)"
    rough = own_model(tmp_path, "rough", f"{zeros})", f"{zeros}, np.float32)")
    wrong = own_model(tmp_path, "wrong", "gradient[y] -= 1", "gradient[y] -= 0.5")
    rough, wrong = prove(rough, wrong, "keras", seconds=0)
    assert (rough.same, rough.precision) == (True, "float32")
    assert 1e-12 < rough.difference < 1e-6  # measured 1e-8
    assert wrong.same is False and wrong.words.startswith("step 1, layer dense_1: output equal, gradient of kernel")


def test_what_cannot_be_proved_says_why_and_stops_nothing(prove, tmp_path):
    (tmp_path / "dropout.py").write_text(DROPOUT)
    (proof,) = prove("numpy", "keras", network=str(tmp_path / "dropout.py"))
    assert proof.same is None and proof.words.startswith("layer dropout draws its masks at random")
    (proof,) = prove("numpy", "keras", experiment="notebook")
    assert (proof.same, proof.words) == (None, "the experiment sets the two up differently")
    (proof,) = prove("numpy", "naive")
    assert (proof.model, proof.against, proof.same) == ("naive", "numpy", None) and "Keras" in proof.words
    assert prove("numpy") == []


def test_slow_steps_are_fewer_and_one_is_always_taken():
    assert list(in_time([1, 2, 3], 0)) == [1]
    assert list(in_time([1, 2, 3], ALL_THE_TIME)) == [1, 2, 3]


def test_random_numbers_go_on_from_where_they_were():
    random.seed(3)
    np.random.seed(3)  # noqa: NPY002
    with before_training.same_random_numbers():
        random.random(), np.random.random()  # noqa: NPY002
    drawn = random.random(), np.random.random()  # noqa: NPY002
    random.seed(3)
    np.random.seed(3)  # noqa: NPY002
    assert drawn == (random.random(), np.random.random())  # noqa: NPY002


def test_a_run_says_proves_and_writes_it_and_trains_the_same_bits_without(
    small, excerpt_path, tmp_path, monkeypatch, capsys
):
    flags = ["--dataset", excerpt_path, "--network", small, "--limit", 40, "--epochs", 1, "--batch-size", 4]
    assert run_here(monkeypatch, *flags, "--out", tmp_path / "proved", with_proof=True) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Same network: after ") and lines[1].startswith("numpy seed 0 epoch 1")
    assert run_here(monkeypatch, *flags, "--out", tmp_path / "not", "--no-proof") == 0
    assert "Same network" not in capsys.readouterr().out
    proved, not_proved = folder_below(tmp_path / "proved"), folder_below(tmp_path / "not")
    (proof,) = read_proofs(proved / "proof.json")
    assert proof.same and json.loads((proved / "proof.json").read_text())["seconds"] > 0
    assert not (not_proved / "proof.json").exists()
    for kind in ("weights", "predictions"):
        assert arrays_of(proved, kind) == arrays_of(not_proved, kind)
    table = (proved / "table.md").read_text()
    assert "| numpy, keras |" in table and "| numpy, keras |" not in (not_proved / "table.md").read_text()
    kept = (proved / "proof.json").read_bytes()
    assert run_here(monkeypatch, "--resume", proved, "--network", small, with_proof=True) == 0
    assert run_here(monkeypatch, "--resume", not_proved, "--network", small, with_proof=True) == 0
    assert (proved / "proof.json").read_bytes() == kept and not (not_proved / "proof.json").exists()
    assert "| numpy, keras |" in (proved / "table.md").read_text()


def test_one_model_alone_has_nothing_to_prove(excerpt_path, tmp_path, monkeypatch):
    flags = ["--dataset", excerpt_path, "--models", "numpy", "--limit", 5, "--epochs", 1, "--out", tmp_path]
    assert run_here(monkeypatch, *flags, with_proof=True) == 0
    assert not (folder_below(tmp_path) / "proof.json").exists()
