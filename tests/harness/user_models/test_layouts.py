"""Arrays of a user in Keras's order and back."""

import itertools
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

import numpy_model
from harness.experiments.networks import NETWORKS
from harness.experiments.optimizers import sgd
from harness.user_models.layouts import (
    batch_to_user,
    flags_that_fit,
    input_layout,
    is_same_but_for_ones,
    labels_to_user,
    output_layouts,
    parameter_layouts,
)
from harness.user_models.twin import make_twin

SHAPE = (8, 6, 3)
FLAGS = list(itertools.product((False, True), repeat=3))


def size(name):
    """Return the shape of an image, twice as large for the network that halves it three times."""
    height, width, channels = SHAPE
    return (2 * height, 2 * width, channels) if name == "three_stacks" else SHAPE


def build(name):
    """Return a network for images whose height, width and channels differ."""
    return NETWORKS[name](numpy_model, input_shape=size(name), n_classes=5)


def shapes(name):
    """Return the `LayerShape`s of the same network."""
    network = partial(NETWORKS[name], input_shape=size(name), n_classes=5)
    return make_twin(network, partial(sgd, learning_rate=0.1), "float32").layers


def one_dense(nn, input_shape, n_classes):
    """A network of one layer."""
    layers = [nn.layers.Flatten(), nn.layers.Dense(n_classes, activation="softmax")]
    return nn.Sequential([nn.Input(input_shape), *layers])


def both_first(layers, out_in=False):
    """Return the layouts of parameters with channels first everywhere."""
    return parameter_layouts(layers, True, True, out_in)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("flags", FLAGS)
def test_there_and_back_is_the_same(name, flags):
    model = build(name)
    layouts = parameter_layouts(shapes(name), *flags)
    assert [layout.name for layout in layouts] == list(model.params)
    for layout, param in zip(layouts, model.params.values(), strict=True):
        numbers = np.arange(param.size, dtype=float).reshape(param.shape)
        there = layout.to_user(numbers)
        assert there.shape == layout.user_shape
        np.testing.assert_array_equal(layout.to_keras(there), numbers)
        np.testing.assert_array_equal(layout.to_user(layout.to_keras(there)), there)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("channels_first", [False, True])
def test_outputs_there_and_back_are_the_same(name, channels_first):
    layers = shapes(name)
    for layout, layer in zip(output_layouts(layers, channels_first, channels_first), layers, strict=True):
        numbers = np.arange(np.prod(layer.output_shape)).reshape(layer.output_shape)
        there = layout.to_user(numbers)
        np.testing.assert_array_equal(layout.to_keras(there), numbers)
        if channels_first and numbers.ndim == 3:
            np.testing.assert_array_equal(there, np.moveaxis(numbers, -1, 0))
        if layer.name == "flatten" and channels_first:
            np.testing.assert_array_equal(there, np.moveaxis(numbers.reshape(layer.input_shape), -1, 0).ravel())


def test_keras_way_is_left_as_it_is():
    model = build("simple_cnn")
    for layout, param in zip(parameter_layouts(shapes("simple_cnn")), model.params.values(), strict=True):
        np.testing.assert_array_equal(layout.to_user(param), param)
        assert not np.shares_memory(layout.to_user(param), param)


def test_kernels_and_dense_weights_turn_their_axes():
    model = build("simple_cnn")
    kernel, bias, *_, dense, _ = both_first(shapes("simple_cnn"), out_in=True)
    params = list(model.params.values())
    assert kernel.to_user(params[0])[5, 2, 1, 4] == params[0][1, 4, 2, 5]
    assert kernel.user_shape == (6, 3, 5, 5)
    assert dense.to_user(params[-2])[4, 70] == params[-2][70, 4]
    assert bias.user_shape == (6,)


def test_a_bias_for_each_pixel_has_the_channels_where_the_images_have_them():
    model = build("write_up")
    bias = model.params["pixel_bias/bias"]
    layouts = [parameter_layouts(shapes("write_up"), channels_first)[1] for channels_first in (False, True)]
    assert [layout.user_shape for layout in layouts] == [(8, 6, 6), (6, 8, 6)]
    np.testing.assert_array_equal(layouts[1].to_user(bias), np.moveaxis(bias, -1, 0))


@pytest.mark.parametrize("out_in", [False, True])
def test_the_first_dense_layer_after_flatten_sees_the_same_pixels(out_in):
    model = build("simple_cnn")
    (weights,) = (param for name, param in model.params.items() if name == "dense/kernel")
    layout = both_first(shapes("simple_cnn"), out_in=out_in)[4]
    image = np.random.default_rng(0).random((4, 3, 6))  # after pooling: height, width, channels
    user_weights = layout.to_user(weights)
    outputs = np.moveaxis(image, -1, 0).ravel() @ (user_weights.T if out_in else user_weights)
    np.testing.assert_allclose(outputs, image.ravel() @ weights, rtol=1e-6)


def test_the_second_dense_layer_is_not_permuted():
    model = build("simple_cnn")
    layout = both_first(shapes("simple_cnn"))[6]
    np.testing.assert_array_equal(layout.to_user(model.params["dense_1/kernel"]), model.params["dense_1/kernel"])


def test_a_bias_may_have_axes_of_length_1():
    layout = parameter_layouts(shapes("simple_cnn"))[1]
    assert layout.fits((6, 1)) and layout.fits((1, 6)) and not layout.fits((6, 2)) and not layout.fits((5,))
    column = layout.reshaped((6, 1))
    assert column.to_user(np.arange(6)).shape == (6, 1)
    np.testing.assert_array_equal(column.to_keras(np.arange(6).reshape(6, 1)), np.arange(6))


def test_the_attributes_that_would_make_a_shape_fit_are_found():
    layers, plain = shapes("simple_cnn"), SimpleNamespace(kernels_channels_first=False, out_in=False)
    turned = SimpleNamespace(kernels_channels_first=True, out_in=True)
    assert flags_that_fit(layers, 0, (6, 3, 5, 5), plain) == {"kernels_channels_first": True}
    assert flags_that_fit(layers, 4, (100, 72), plain) == {"out_in": True}
    assert flags_that_fit(layers, 4, (72, 100), turned) == {"out_in": False}
    assert flags_that_fit(layers, 0, (6, 3, 5, 4), plain) is None


def test_images_are_handed_over_as_copies_in_the_order_asked_for():
    x, layers = np.arange(2 * 8 * 6 * 3).reshape(2, 8, 6, 3), shapes("simple_cnn")
    plain, turned = input_layout(layers), input_layout(layers, images_channels_first=True)
    first = batch_to_user(x, turned)
    assert batch_to_user(x, plain)[1, 2, 3, 0] == first[1, 0, 2, 3] == x[1, 2, 3, 0]
    assert not np.shares_memory(batch_to_user(x, plain), x)
    assert first.flags.c_contiguous
    assert batch_to_user(x[:1], turned, one_image=True).shape == (3, 8, 6)


@pytest.mark.parametrize("channels_first", [False, True])
def test_images_are_columns_where_the_network_begins_with_flatten(channels_first):
    x = np.arange(2 * 8 * 6 * 3).reshape(2, 8, 6, 3)
    network = partial(one_dense, input_shape=SHAPE, n_classes=5)
    layers = make_twin(network, partial(sgd, learning_rate=0.1), "float32").layers
    layout = input_layout(layers, channels_first, channels_first, column_vectors=True)
    columns = batch_to_user(x, layout, column_vectors=True)
    pixels = np.moveaxis(x, -1, 1) if channels_first else x
    np.testing.assert_array_equal(columns, pixels.reshape(2, -1).T)
    assert batch_to_user(x[:1], layout, one_image=True, column_vectors=True).shape == (144, 1)


def test_labels_are_numbers_or_one_hot():
    y = np.array([2, 0], np.uint8)
    np.testing.assert_array_equal(labels_to_user(y, 3, "float32"), [2, 0])
    assert labels_to_user(y, 3, "float32").dtype == np.int64  # in uint8 a user's sums would overflow
    one_hot = labels_to_user(y, 3, "float32", one_hot=True)
    np.testing.assert_array_equal(one_hot, [[0, 0, 1], [1, 0, 0]])
    assert one_hot.dtype == np.float32
    assert labels_to_user(y[:1], 3, "float32", one_image=True) == 2
    np.testing.assert_array_equal(labels_to_user(y[:1], 3, "float32", one_image=True, one_hot=True), [0, 0, 1])
    columns = labels_to_user(y, 3, "float32", one_hot=True, column_vectors=True)
    np.testing.assert_array_equal(columns, [[0, 1], [0, 0], [1, 0]])


@pytest.mark.parametrize(("one", "other", "same"), [((6,), (6, 1), True), ((1, 6), (6, 1), True), ((6,), (5,), False)])
def test_shapes_but_for_ones(one, other, same):
    assert is_same_but_for_ones(one, other) == same
