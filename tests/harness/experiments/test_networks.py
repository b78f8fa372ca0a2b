"""The networks, in all libraries."""

import numpy as np
import pytest

import keras_model
import numpy_model
from harness.experiments import networks
from harness.experiments.networks import NETWORKS, simple_cnn
from numpy_model import naive

LIBRARIES = {"numpy": numpy_model, "naive": naive, "keras": keras_model.library}
every_library = pytest.mark.parametrize("library", LIBRARIES.values(), ids=LIBRARIES)


@every_library
@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("simple_cnn", 119_772),
        ("adam", 17_010),
        ("write_up", 129_168),
        ("notebook", 22_228),
        ("pixel_bias", 129_168),
        ("published_values", 119_772),
        ("no_hidden", 12_832),
    ],
)
def test_networks_have_the_published_number_of_parameters_in_every_library(name, count, library):
    assert NETWORKS[name](library).count_params() == count


def test_networks_without_a_layer_of_our_own_are_made_with_plain_keras_too():
    assert simple_cnn(keras_model.keras).count_params() == 119_772


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_networks_take_colour_images_of_any_size_and_any_number_of_classes(network):
    ours, twin = (network(nn, input_shape=(31, 32, 3), n_classes=100) for nn in (numpy_model, keras_model.library))
    assert [weights.shape for weights in ours.get_weights()] == [weights.shape for weights in twin.get_weights()]
    assert ours.output_shape == twin.output_shape[1:] == (100,)


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_layers_have_the_same_names_in_both_libraries(network):
    keras_model.keras.backend.clear_session()  # Keras numbers names on and on
    ours, twin = (network(nn) for nn in (numpy_model, keras_model.library))
    assert [layer.name for layer in ours.layers] == [layer.name for layer in twin.layers]


# What changes from simple_cnn


def arguments_of(network, **sizes):
    """Return class and arguments of every layer, as Keras tells them, without the names."""
    layers = network(keras_model.library, **sizes).layers
    return [(type(layer).__name__, layer.get_config() | {"name": None}) for layer in layers]


def changes(network):
    """Return what is different from `simple_cnn`, as (layer, argument), in a network with the same layers."""
    return {
        (name, argument)
        for (name, ours), (other, theirs) in zip(network, arguments_of(simple_cnn), strict=True)
        for argument in ours
        if (name, ours[argument]) != (other, theirs[argument])
    }


def test_the_network_with_pixel_biases_differs_in_the_biases_of_its_convolutions_alone():
    layers = arguments_of(networks.pixel_bias_cnn)
    biases = [arguments for name, arguments in layers if name == "PixelBias"]
    assert [arguments["activation"] for arguments in biases] == ["relu", "relu"]
    assert [arguments["bias_initializer"]["class_name"] for arguments in biases] == ["Zeros", "Zeros"]
    others = [layer for layer in layers if layer[0] != "PixelBias"]
    assert changes(others) == {("Conv2D", "use_bias"), ("Conv2D", "activation")}


def test_the_network_with_published_values_differs_in_its_initial_values_alone():
    assert changes(arguments_of(networks.published_values_cnn)) == {
        (layer, f"{name}_initializer") for layer in ("Conv2D", "Dense") for name in ("kernel", "bias")
    }


def test_the_network_without_a_hidden_layer_differs_in_that_alone():
    layers = arguments_of(simple_cnn)
    hidden = next(index for index, (name, _) in enumerate(layers) if name == "Dense")
    assert arguments_of(networks.no_hidden_cnn) == layers[:hidden] + layers[hidden + 1 :]


def test_the_notebook_differs_from_the_write_up_in_the_hidden_layer_and_the_last_bias():
    layers = arguments_of(networks.write_up_cnn)
    (*others, (name, output)), (*own, (own_name, own_output)) = layers, arguments_of(networks.notebook_cnn)
    assert own == [layer for layer in others if layer[0] != "Dense"]
    assert own_name == name
    assert {argument for argument in output if output[argument] != own_output[argument]} == {
        "kernel_initializer",  # which depends on the number of inputs
        "bias_initializer",
    }
    assert own_output["bias_initializer"]["class_name"] == "Zeros"


def test_from_one_seed_pixel_biases_leave_all_other_initial_values_as_they_are():
    ours, simple = (network(numpy_model) for network in (networks.pixel_bias_cnn, simple_cnn))
    for model in (ours, simple):
        model.initialize(3)
    shared = [name for name in simple.params if name in ours.params]
    assert len(shared) == 6  # kernels, and the biases of both dense layers
    for name in shared:
        np.testing.assert_array_equal(ours.params[name], simple.params[name])


# Initial values: standard deviations by parameter, for 28 x 28 pixels and 10 classes

CONVOLUTIONS = {"conv2d/kernel": 1 / 25, "conv2d_1/kernel": 1 / 25}
PIXEL_BIASES = {"pixel_bias/bias": 1 / 32**2, "pixel_bias_1/bias": 1 / 32**2}
DENSE = {"dense/kernel": 1 / 1176, "dense/bias": 1 / 100, "dense_1/kernel": 1 / 100, "dense_1/bias": 1 / 10}
PUBLISHED = {
    "write_up": CONVOLUTIONS | PIXEL_BIASES | DENSE,
    "notebook": CONVOLUTIONS | PIXEL_BIASES | {"dense/kernel": 1 / 1176, "dense/bias": 0},
    "published_values": CONVOLUTIONS | {"conv2d/bias": 1 / 32**2, "conv2d_1/bias": 1 / 32**2} | DENSE,
}


@every_library
@pytest.mark.parametrize("name", PUBLISHED)
def test_initializers_have_the_published_deviations_in_every_library(name, library):
    keras_model.keras.backend.clear_session()
    model = NETWORKS[name](library)
    found = {}
    for layer in model.layers:
        for kind in ("kernel", "bias"):
            if f"{layer.name}/{kind}" in PUBLISHED[name]:
                initializer = getattr(layer, f"{kind}_initializer")
                found[f"{layer.name}/{kind}"] = (getattr(initializer, "mean", 0), getattr(initializer, "stddev", 0))
    assert found == {parameter: (0, stddev) for parameter, stddev in PUBLISHED[name].items()}


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters_are_drawn_with_the_published_deviations(name):
    model = NETWORKS[name](numpy_model)
    squares = {parameter: [] for parameter in model.params}
    for seed in range(40):  # the last bias has ten numbers
        model.initialize(seed)
        for parameter, values in model.params.items():
            squares[parameter].append(np.square(values).mean())
    deviations = {parameter: np.sqrt(np.mean(means)) for parameter, means in squares.items()}
    assert deviations.keys() == PUBLISHED[name].keys()
    assert deviations == pytest.approx(PUBLISHED[name], rel=0.12)  # measured 0.065


@every_library
def test_parameters_of_equal_shape_are_drawn_apart(library):
    biases = [weights for weights in networks.write_up_cnn(library).get_weights() if weights.shape == (28, 28, 6)]
    assert len(biases) == 2 and (biases[0] != biases[1]).any()
