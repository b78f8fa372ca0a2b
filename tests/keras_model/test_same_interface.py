"""What is written for Keras means the same here: names, arguments and defaults."""

import inspect

import pytest

import numpy_model
from harness.parity.vocabulary.layer_cases import ALL_CASES
from keras_model import keras, library

LAYERS = numpy_model.layers.__all__
OTHERS = [
    ("optimizers", "SGD"),
    ("optimizers", "Adam"),
    ("losses", "CategoricalCrossentropy"),
    ("losses", "SparseCategoricalCrossentropy"),
    ("initializers", "RandomNormal"),
    ("initializers", "GlorotUniform"),
    ("initializers", "HeNormal"),
    ("initializers", "Zeros"),
    ("initializers", "Constant"),
    ("initializers", "Identity"),
    ("initializers", "Orthogonal"),
    ("initializers", "TruncatedNormal"),
    ("initializers", "VarianceScaling"),
]


def defaults_of(function):
    """Return the default of each argument by name."""
    return {name: parameter.default for name, parameter in inspect.signature(function).parameters.items()}


@pytest.mark.parametrize(("module", "name"), [*(("layers", name) for name in LAYERS), *OTHERS])
def test_arguments_have_the_names_and_defaults_of_keras(module, name):
    ours, theirs = (defaults_of(getattr(getattr(nn, module), name)) for nn in (numpy_model, library))
    # Keras hands names and types of layers on as keywords.
    ours = {argument: default for argument, default in ours.items() if argument not in ("name", "dtype")}
    assert ours == {argument: theirs.get(argument, "no such argument") for argument in ours}


def test_layers_are_named_as_keras_names_them():
    keras.backend.clear_session()  # Keras numbers names on and on
    for name in LAYERS:
        arguments = next((case.arguments for case in ALL_CASES if case.layer == name), {})
        ours, theirs = (getattr(nn.layers, name)(**arguments) for nn in (numpy_model, library))
        assert ours.name == theirs.name


def test_the_layers_of_a_model_are_numbered_as_keras_numbers_them():
    keras.backend.clear_session()

    def network(nn):
        dense = [nn.layers.Dense(2), nn.layers.Dense(2, name="given"), nn.layers.Dense(2), nn.layers.Dense(2)]
        return nn.Sequential([nn.Input((4, 4, 1)), nn.layers.Conv2D(1, 1), nn.layers.Flatten(), *dense])

    ours, theirs = network(numpy_model), network(keras)
    assert [layer.name for layer in ours.layers] == [layer.name for layer in theirs.layers]
