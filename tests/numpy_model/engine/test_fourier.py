"""Frequencies are those of NumPy's own transform, and a convolution by them is that of its layer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import numpy_model as nn
from numpy_model.engine.kernels import make_kernel
from numpy_model.engine.kernels.convolution import ConvolutionKernel
from numpy_model.engine.kernels.fourier import Transform, as_matrix, by_row
from numpy_model.engine.kernels.fourier_convolution import FourierConvolutionKernel, by_pixel, by_place
from numpy_model.engine.tape import Tape
from tests.numpy_model.cases import (
    convolutions,
    draw,
    largest_difference,
    largest_difference_by_name,
    property_settings,
    randomize,
    run,
)
from tests.numpy_model.engine.test_kernels import Played, arranged

pytestmark = pytest.mark.processor

FLOATS = "float32", "float64"


def transform(planes, period):
    """Return the frequencies of planes (K, L, M), complex (U, V, M), and the planes that come back from them."""
    rows, columns, n_planes = planes.shape
    down, right = period
    n_across = right // 2 + 1
    steps = Transform(np.arange(rows), np.arange(columns), period, -1, "float64")
    across, back = np.empty((n_across, 2, rows, n_planes)), np.empty_like(planes)
    frequencies = np.empty((n_across, down, 2, n_planes))
    tape = Tape()
    steps.write_across(tape, planes, out=across)
    for column in range(n_across):
        steps.write_down(tape, across[column], out=frequencies[column])
        steps.write_back_down(tape, frequencies[column], out=across[column])
    steps.write_back_across(tape, across, out=back)
    tape.play()
    return (frequencies[:, :, 0] + 1j * frequencies[:, :, 1]).transpose(1, 0, 2), back


@property_settings(60)
@given(size=st.tuples(st.integers(1, 9), st.integers(1, 9)), zeros=st.tuples(st.integers(0, 3), st.integers(0, 3)))
def test_frequencies_are_those_of_numpy_and_lead_back(size, zeros):
    planes = draw((*size, 2))
    period = tuple(np.add(size, zeros))
    frequencies, back = transform(planes, period)
    assert largest_difference(frequencies, np.fft.rfft2(planes, period, axes=(0, 1))) < 1e-13  # measured 2e-15
    assert largest_difference(back, planes) < 1e-13  # measured 9e-16


@property_settings(100)
@given(case=convolutions(), n=st.integers(1, 5))
def test_a_convolution_by_frequencies_is_that_of_the_layer(case, n):
    case.arguments["strides"] = 1
    layer, played = case.build(), Played(arranged(case.build()), n, kernel=FourierConvolutionKernel)
    for seed in (3, 4):  # the second time in used arrays
        for each in (layer, played.layer):
            randomize(each.params.values(), seed)
        inputs, grad_outputs = case.draw_inputs(n, seed=seed), draw((n, *layer.output_shape), seed=10 * seed)
        difference = largest_difference_by_name(played.run(inputs, grad_outputs), run(layer, inputs, grad_outputs))
        assert difference < 1e-12  # measured 4e-15


def convolution(channels, filters, size, kernel_size=5, dtype="float64", **arguments):
    """Return a built convolution on square images."""
    layer = nn.layers.Conv2D(filters, kernel_size, dtype=dtype, **arguments)
    layer.build((size, size, channels))
    return layer


@pytest.mark.parametrize(("n", "height", "width", "channels"), [(2, 3, 4, 5), (1, 3, 4, 5), (2, 1, 1, 1), (2, 3, 4, 1)])
def test_transforms_write_into_views_and_not_into_copies(n, height, width, channels):
    images = np.empty((n, channels, height, width)).transpose(0, 2, 3, 1)  # planes in memory
    kernel, across = np.empty((height, width, channels, 2)), np.empty((width, 2, height, n * channels))
    for view, array in ((by_pixel(images), images), (by_place(kernel), kernel), (by_row(across), across)):
        assert np.shares_memory(view, array)
    assert np.shares_memory(as_matrix(across[0]), across)


def test_an_image_that_is_not_finite_spoils_no_other_and_leaves_nothing_behind():
    layer = convolution(2, 3, 6, activation="relu")
    played = Played(layer, 3, kernel=FourierConvolutionKernel)
    inputs, grad_outputs = draw((3, 6, 6, 2)), draw((3, *layer.output_shape))
    expected = played.run(inputs, grad_outputs)
    spoiled = inputs.copy()
    spoiled[1, 2, 2] = np.nan
    outputs = played.run(spoiled, grad_outputs)["outputs"]
    np.testing.assert_array_equal(outputs[[0, 2]], expected["outputs"][[0, 2]])
    assert np.isnan(outputs[1]).any()
    assert largest_difference_by_name(played.run(inputs, grad_outputs), expected) == 0


@pytest.mark.parametrize("padding", ["same", "valid"])
def test_a_window_of_zeros_gives_exactly_zero_and_a_relu_passes_no_gradient_on_there(padding):
    layer = convolution(3, 4, 9, padding=padding, activation="relu", use_bias=False)
    played = Played(layer, 2, kernel=FourierConvolutionKernel)
    inputs = draw((2, 9, 9, 3))
    inputs[:, 2:, :7] = 0
    inputs[1] = 0
    found = played.run(inputs, np.ones((2, *layer.output_shape)))
    expected = run(layer, inputs, np.ones((2, *layer.output_shape)))
    np.testing.assert_array_equal(found["outputs"] == 0, expected["outputs"] == 0)
    assert largest_difference_by_name(found, expected) < 1e-13  # measured 2e-15
    assert not found["grad_inputs"][1].any()


@pytest.mark.parametrize(("channels", "filters", "size", "kernel_size"), [(64, 64, 28, 5), (32, 32, 28, 3)])
def test_rounding_is_no_more_than_that_of_keras(channels, filters, size, kernel_size):
    inputs, grad_outputs = draw((8, size, size, channels)), draw((8, size, size, filters), seed=2)
    rounded, exact = (convolution(channels, filters, size, kernel_size, dtype, padding="same") for dtype in FLOATS)
    for layer in (rounded, exact):
        layer.params["kernel"][...] = draw(layer.params["kernel"].shape).astype("float32")
    samples = inputs.astype("float32"), grad_outputs.astype("float32")
    found = Played(rounded, 8, kernel=FourierConvolutionKernel).run(*samples)
    for name, expected in run(exact, *(array.astype("float64") for array in samples)).items():
        error = np.sqrt(np.square(found[name] - expected).mean() / np.square(expected).mean())
        assert error < 5e-7, name  # measured 3e-7; Keras's and PyTorch's own are 2 to 7e-7 for these layers


@pytest.mark.parametrize(
    ("layer", "n", "training", "expected"),
    [
        (convolution(64, 64, 28, padding="same"), 32, True, FourierConvolutionKernel),
        (convolution(64, 64, 28, padding="same"), 32, False, FourierConvolutionKernel),
        (convolution(64, 64, 28, padding="same"), 8, True, FourierConvolutionKernel),
        (convolution(64, 64, 28, padding="same"), 7, True, ConvolutionKernel),
        (convolution(64, 64, 28, padding="same", strides=2), 32, True, ConvolutionKernel),
        (convolution(6, 6, 28, padding="same"), 32, True, ConvolutionKernel),
        (convolution(1, 64, 28, padding="same"), 32, True, ConvolutionKernel),
        (convolution(6, 16, 14), 32, True, ConvolutionKernel),
        (convolution(16, 16, 28, padding="same"), 16, True, FourierConvolutionKernel),
        (convolution(16, 16, 28, padding="same"), 16, False, ConvolutionKernel),
    ],
)
def test_frequencies_are_used_where_they_take_less_time(layer, n, training, expected):
    assert type(make_kernel(layer, n, layer.activation, training)) is expected


def test_a_network_computes_the_same_with_and_without_frequencies():
    nn.config.set_floatx("float64")
    nn.config.set_threads(1)  # or the parts of a batch would be too small
    model = nn.Sequential(
        [
            nn.Input((14, 14, 16)),
            nn.layers.Conv2D(32, 5, padding="same", activation="relu"),
            nn.layers.Flatten(),
            nn.layers.Dense(3, activation="softmax"),
        ]
    )
    x, y = draw((32, 14, 14, 16)), np.arange(32) % 3
    for n, training in ((16, False), (32, True)):
        assert type(make_kernel(model.layers[0], n, None, training)) is FourierConvolutionKernel
    one_by_one = np.concatenate([model.predict(image[None]) for image in x])
    assert largest_difference(model.predict(x), one_by_one) < 1e-13  # measured 1e-15
    model.compile(nn.optimizers.SGD(0.1))
    layers, outputs = model.layers, x
    for layer in layers:
        outputs = layer.forward(outputs, training=True)
    layers[-1].activation, softmax = nn.activations.get(None), layers[-1].activation
    grad = (outputs - np.eye(3)[y]) / 32
    for layer in reversed(layers):
        grad = layer.backward(grad)
    layers[-1].activation = softmax
    expected = {
        (layer.name, name): layer.params[name] - 0.1 * layer.grads[name] for layer in layers for name in layer.params
    }
    model.train_on_batch(x, y)
    found = {(layer.name, name): layer.params[name] for layer in layers for name in layer.params}
    assert largest_difference_by_name(found, expected) < 1e-12  # measured 1e-15


class OwnBias(nn.layers.PixelBias):
    """A layer of a user's, of which nobody knows whether it tells pixels apart."""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], [nn.layers.PixelBias]),
        ([OwnBias], []),
        ([lambda: nn.layers.LayerNormalization(axis=(1, 2, 3), beta_initializer="ones")], []),
        ([nn.layers.Flatten, lambda: nn.layers.Dense(14 * 14), lambda: nn.layers.Reshape((14, 14, 1))], []),
    ],
    ids=["bias of a pixel", "own layer", "normalization over pixels", "dense layer"],
)
@pytest.mark.parametrize("pooling", [nn.layers.MaxPooling2D, nn.layers.GlobalMaxPooling2D])
def test_equal_windows_give_equal_outputs_where_a_layer_tells_pixels_apart(before, after, pooling):
    nn.config.set_floatx("float64")
    nn.config.set_threads(1)
    convolution = nn.layers.Conv2D(32, 5, use_bias=False)
    steps = [make() for make in before] + [convolution] + [make() for make in after]
    model = nn.Sequential([nn.Input((14, 14, 16)), *steps, pooling(), nn.layers.Flatten(), nn.layers.Dense(3)])
    model.compile("sgd", nn.losses.SparseCategoricalCrossentropy(from_logits=True))
    x, y = np.full((16, 14, 14, 16), -0.5), np.arange(16) % 3  # all windows tie
    outputs = x
    for layer in model.layers:
        outputs = layer.forward(outputs, training=True)
    grad = model.loss.backward(outputs, model.loss.encode(y, 3, "float64"), 16)
    for layer in reversed(model.layers):
        grad = layer.backward(grad)
    expected = {(layer.name, name): grad.copy() for layer in model.layers for name, grad in layer.grads.items()}
    model.train_on_batch(x, y)
    found = {(layer.name, name): grad for layer in model.layers for name, grad in layer.grads.items()}
    assert largest_difference_by_name(found, expected) < 1e-12  # measured 2e-15; with frequencies 0.02 to 0.1
