"""Arrays of a user in Keras's order and back."""

import itertools

import numpy as np
import pytest

import numpy_model
from harness.experiments.networks import NETWORKS
from harness.user_models.layouts import (
    flags_that_fit,
    images_to_user,
    is_same_but_for_ones,
    labels_to_user,
    output_layouts,
    parameter_layouts,
)

SHAPE = (8, 6, 3)
FLAGS = list(itertools.product((False, True), repeat=2))


def build(name):
    """Return a network for images whose height, width and channels differ."""
    shape = (10, 8, 3) if name == "three_stacks" else SHAPE  # three poolings leave a pixel of it
    return NETWORKS[name](numpy_model, input_shape=shape, n_classes=5)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(("channels_first", "out_in"), FLAGS)
def test_there_and_back_is_the_same(name, channels_first, out_in):
    model = build(name)
    layouts = parameter_layouts(model.layers, channels_first, out_in)
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
    layers = build(name).layers
    for layout, layer in zip(output_layouts(layers, channels_first), layers, strict=True):
        numbers = np.arange(np.prod(layer.output_shape)).reshape(layer.output_shape)
        there = layout.to_user(numbers)
        np.testing.assert_array_equal(layout.to_keras(there), numbers)
        if channels_first and numbers.ndim == 3:
            np.testing.assert_array_equal(there, np.moveaxis(numbers, -1, 0))
        if layer.name == "flatten" and channels_first:
            np.testing.assert_array_equal(there, np.moveaxis(numbers.reshape(layer.input_shape), -1, 0).ravel())


def test_keras_way_is_left_as_it_is():
    model = build("simple_cnn")
    for layout, param in zip(parameter_layouts(model.layers), model.params.values(), strict=True):
        np.testing.assert_array_equal(layout.to_user(param), param)
        assert not np.shares_memory(layout.to_user(param), param)


def test_kernels_and_dense_weights_turn_their_axes():
    model = build("simple_cnn")
    kernel, bias, *_, dense, _ = parameter_layouts(model.layers, channels_first=True, out_in=True)
    params = list(model.params.values())
    assert kernel.to_user(params[0])[5, 2, 1, 4] == params[0][1, 4, 2, 5]
    assert kernel.user_shape == (6, 3, 5, 5)
    assert dense.to_user(params[-2])[4, 70] == params[-2][70, 4]
    assert bias.user_shape == (6,)


def test_a_bias_for_each_pixel_has_the_channels_where_the_images_have_them():
    model = build("write_up")
    bias = model.params["pixel_bias/bias"]
    layouts = [parameter_layouts(model.layers, channels_first)[1] for channels_first in (False, True)]
    assert [layout.user_shape for layout in layouts] == [(8, 6, 6), (6, 8, 6)]
    np.testing.assert_array_equal(layouts[1].to_user(bias), np.moveaxis(bias, -1, 0))


@pytest.mark.parametrize("out_in", [False, True])
def test_the_first_dense_layer_after_flatten_sees_the_same_pixels(out_in):
    model = build("simple_cnn")
    (weights,) = (param for name, param in model.params.items() if name == "dense/kernel")
    layout = parameter_layouts(model.layers, channels_first=True, out_in=out_in)[4]
    image = np.random.default_rng(0).random((4, 3, 6))  # after pooling: height, width, channels
    user_weights = layout.to_user(weights)
    outputs = np.moveaxis(image, -1, 0).ravel() @ (user_weights.T if out_in else user_weights)
    np.testing.assert_allclose(outputs, image.ravel() @ weights, rtol=1e-6)


def test_the_second_dense_layer_is_not_permuted():
    model = build("simple_cnn")
    layout = parameter_layouts(model.layers, channels_first=True)[6]
    np.testing.assert_array_equal(layout.to_user(model.params["dense_1/kernel"]), model.params["dense_1/kernel"])


def test_a_bias_may_have_axes_of_length_1():
    layout = parameter_layouts(build("simple_cnn").layers)[1]
    assert layout.fits((6, 1)) and layout.fits((1, 6)) and not layout.fits((6, 2)) and not layout.fits((5,))
    column = layout.reshaped((6, 1))
    assert column.to_user(np.arange(6)).shape == (6, 1)
    np.testing.assert_array_equal(column.to_keras(np.arange(6).reshape(6, 1)), np.arange(6))


def test_the_attributes_that_would_make_a_shape_fit_are_found():
    layers = build("simple_cnn").layers
    assert flags_that_fit(layers, 0, (6, 3, 5, 5)) == {"channels_first": True}
    assert flags_that_fit(layers, 4, (100, 72)) == {"out_in": True}
    assert flags_that_fit(layers, 0, (6, 3, 5, 4)) is None


def test_images_are_handed_over_as_copies_in_the_order_asked_for():
    x = np.arange(2 * 4 * 5 * 3).reshape(2, 4, 5, 3)
    assert images_to_user(x)[1, 2, 3, 0] == images_to_user(x, channels_first=True)[1, 0, 2, 3] == x[1, 2, 3, 0]
    assert not np.shares_memory(images_to_user(x), x)
    assert images_to_user(x, channels_first=True).flags.c_contiguous
    assert images_to_user(x[:1], channels_first=True, one_image=True).shape == (3, 4, 5)


def test_labels_are_numbers_or_one_hot():
    y = np.array([2, 0], np.uint8)
    np.testing.assert_array_equal(labels_to_user(y, 3, "float32"), [2, 0])
    assert labels_to_user(y, 3, "float32").dtype == np.int64  # in uint8 a user's sums would overflow
    one_hot = labels_to_user(y, 3, "float32", one_hot=True)
    np.testing.assert_array_equal(one_hot, [[0, 0, 1], [1, 0, 0]])
    assert one_hot.dtype == np.float32
    assert labels_to_user(y[:1], 3, "float32", one_image=True) == 2
    np.testing.assert_array_equal(labels_to_user(y[:1], 3, "float32", one_image=True, one_hot=True), [0, 0, 1])


@pytest.mark.parametrize(("one", "other", "same"), [((6,), (6, 1), True), ((1, 6), (6, 1), True), ((6,), (5,), False)])
def test_shapes_but_for_ones(one, other, same):
    assert is_same_but_for_ones(one, other) == same
