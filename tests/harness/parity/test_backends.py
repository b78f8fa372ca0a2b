"""Keras's backends beside the NumPy model."""

from dataclasses import replace
from importlib.util import find_spec

import pytest

from harness.experiments.model_names import BACKENDS
from harness.parity import __main__ as parity_command
from harness.parity import backends


@pytest.fixture
def tensorflow_alone(monkeypatch):
    monkeypatch.setattr(backends, "MODELS", ("keras",))


def test_tensorflow_is_the_same(tensorflow_alone, excerpt_path, capsys):
    assert parity_command.main(["--backends", "--dataset", str(excerpt_path), "--steps", "5"]) == 0
    shown = capsys.readouterr().out
    assert "| keras | tensorflow" in shown and "| same |" in shown


def test_another_learning_rate_is_called_different(tensorflow_alone, excerpt_path, monkeypatch, capsys):
    make = backends.make_trainer

    def with_another_rate(model, config, samples):
        return make(model, replace(config, learning_rate=0.004), samples)

    monkeypatch.setattr(backends, "make_trainer", with_another_rate)
    assert parity_command.main(["--backends", "--dataset", str(excerpt_path), "--steps", "3"]) == 1
    assert "| different |" in capsys.readouterr().out


@pytest.mark.parametrize("model", BACKENDS)
def test_every_backend_that_is_installed_is_the_same(model, excerpt_path, monkeypatch, capsys):
    if find_spec(BACKENDS[model]) is None:
        pytest.skip(f"{BACKENDS[model]} is not installed")
    monkeypatch.setattr(backends, "MODELS", (model,))
    assert parity_command.main(["--backends", "--dataset", str(excerpt_path), "--steps", "10"]) == 0
