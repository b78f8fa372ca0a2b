"""The table of the vocabulary: what is the same, and what is not."""

import numpy as np
import pytest

import numpy_model
from harness.parity import __main__ as parity_command
from harness.parity.vocabulary import initializers, proof
from harness.parity.vocabulary.layer_cases import CASES, RANDOM_CASES
from harness.parity.vocabulary.training_cases import BY_KIND, LOSSES
from numpy_model import losses


def test_every_name_of_the_vocabulary_has_a_case():
    cases = list(proof.all_cases())
    layers = {case.layer for kind, case in cases if kind == "layer"}
    assert layers == set(numpy_model.layers.__all__) - {"Layer"}
    assert {case.name for case in BY_KIND["activation"]} == set(numpy_model.activations.NAMES)
    assert {found.name for found in losses.CLASSES} <= {case.name for case in LOSSES}
    for kind, names in (
        ("optimizer", numpy_model.optimizers.NAMES),
        ("schedule", numpy_model.optimizers.schedules.NAMES),
        ("regularizer", numpy_model.regularizers.NAMES),
    ):
        for name in names:
            assert any(case.name.startswith(name) for case in BY_KIND[kind]), name
    assert set(initializers.INITIALIZERS) == set(numpy_model.initializers.__all__) - {"Initializer"}


def test_a_layer_that_draws_masks_is_proved_with_its_own_masks_in_both_libraries():
    assert proof.prove("layer", RANDOM_CASES[0]).is_same


def test_a_planted_mistake_is_called_different(monkeypatch, capsys):
    backward = losses.MeanSquaredError.backward
    monkeypatch.setattr(losses.MeanSquaredError, "backward", lambda *arguments: backward(*arguments) / 2)
    mistaken = next(case for case in LOSSES if case.name == "mean_squared_error")
    right = next(case for case in CASES if case.name == "dense_one_unit")
    monkeypatch.setattr(proof, "all_cases", lambda: [("loss", mistaken), ("layer", right)])
    assert parity_command.main(["--vocabulary"]) == 1
    shown = capsys.readouterr().out
    assert "1 of 2 differ by more than 1e-10 in float64: mean_squared_error" in shown
    assert "| GlorotUniform   |" in shown


@pytest.mark.parametrize("name", ["HeNormal", "Zeros"])
def test_an_initializer_of_another_scale_is_called_different(name, monkeypatch):
    from keras_model import keras

    draw = getattr(numpy_model.initializers, name)
    monkeypatch.setattr(draw, "__call__", scaled(draw.__call__))
    assert not initializers.compare(name, keras.initializers).is_same


def scaled(call):
    """Return a call of an initializer whose numbers are 4 % larger, and 0.01 more."""
    return lambda *arguments, **options: np.asarray(call(*arguments, **options)) * 1.04 + 0.01
