"""Networks, data and strategies that the tests of both packages share."""

from pathlib import Path

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

import numpy_model
from harness.parity.vocabulary.layer_cases import (  # noqa: F401 - the tests import all from here
    ALL_CASES,
    BATCH_CASES,
    CASES,
    LIBRARIES,
    RANDOM_CASES,
    Case,
    draw,
    randomize,
)
from tests.properties import examples

FIXTURES = Path(__file__).parents[1] / "fixtures"


def run(layer, inputs, grad_outputs):
    """Return outputs, gradient of the inputs, all gradients of the parameters and the state, as copies, by name."""
    outputs = layer.forward(inputs, training=True).copy()
    grad_inputs = layer.backward(grad_outputs)
    results = {"outputs": outputs, "grad_inputs": grad_inputs.copy()}
    return results | {name: array.copy() for name, array in [*layer.grads.items(), *layer.state.items()]}


def largest_difference(actual, expected):
    """Return the largest absolute difference of two arrays of one shape, in units of the largest number, at least 1."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape, (actual.shape, expected.shape)
    scale = max(1.0, np.abs(expected).max(initial=0))
    return float(np.abs(actual - expected).max(initial=0) / scale)


def largest_difference_by_name(actual, expected):
    """Return the largest `largest_difference` over two dictionaries with the same keys."""
    assert actual.keys() == expected.keys(), (actual.keys(), expected.keys())
    return max(largest_difference(actual[name], expected[name]) for name in expected)


def fashion_excerpt(n, dtype="float32"):
    """Return the first n real images, (n, 28, 28, 1), pixels in [-0.5, 0.5], and their labels."""
    with np.load(FIXTURES / "fashion_excerpt.npz") as file:
        images, labels = file["x_train"][:n], file["y_train"][:n]
    return (images[..., None] / 255 - 0.5).astype(dtype), labels.astype(np.int64)


def tiny_network(nn):
    """The layers of `simple_cnn`, small enough to move every parameter one by one."""
    return nn.Sequential(
        [
            nn.Input((6, 6, 1)),
            nn.layers.Conv2D(2, 3, padding="same", activation="relu"),
            nn.layers.Conv2D(2, 3, padding="same", activation="relu"),
            nn.layers.MaxPooling2D(2),
            nn.layers.Flatten(),
            nn.layers.Dense(5, activation="relu"),
            nn.layers.Dense(3, activation="softmax"),
        ]
    )


def tiny_pixel_bias_network(nn):
    """`tiny_network` with one bias per output pixel of a convolution."""
    return nn.Sequential(
        [
            nn.Input((6, 6, 1)),
            nn.layers.Conv2D(2, 3, padding="same", use_bias=False),
            nn.layers.PixelBias(activation="relu"),
            nn.layers.Conv2D(2, 3, padding="same", use_bias=False),
            nn.layers.PixelBias(activation="relu"),
            nn.layers.MaxPooling2D(2),
            nn.layers.Flatten(),
            nn.layers.Dense(5, activation="relu"),
            nn.layers.Dense(3, activation="softmax"),
        ]
    )


TINY_NETWORKS = (tiny_network, tiny_pixel_bias_network)


def linear_network(nn):
    """Layers that nothing stops from diverging: a ReLU could die, and would then train no more."""
    layers = [nn.layers.Flatten(), nn.layers.Dense(8), nn.layers.Dense(3, activation="softmax")]
    return nn.Sequential([nn.Input((6, 6, 1)), *layers])


def tiny_data(n, dtype="float64", seed=2):
    """Return n random samples for `tiny_network`, with labels."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, 6, 6, 1)).astype(dtype), rng.integers(0, 3, n)


def make_tiny_model(
    optimizer="sgd", loss="sparse_categorical_crossentropy", dtype="float64", seed=3, network=tiny_network
):
    """Return a tiny network in NumPy, compiled, with random parameters."""
    numpy_model.config.set_floatx(dtype)
    model = network(numpy_model)
    randomize(model.params.values(), seed)
    model.compile(optimizer, loss, metrics=["accuracy"])
    return model


# Strategies for hypothesis


def property_settings(n_examples):
    """Return settings that try the same examples each time: a test that fails must fail again."""
    return settings(max_examples=examples(n_examples), deadline=None, derandomize=True)


@st.composite
def windows_on_images(draw_value, largest_image=7, largest_window=5, largest_stride=3):
    """Return image size, window size, strides and padding that fit together."""
    sides = st.integers(1, largest_image)
    image = (draw_value(sides), draw_value(sides))
    padding = draw_value(st.sampled_from(["valid", "same"]))
    most = [min(side, largest_window) if padding == "valid" else largest_window for side in image]
    window = tuple(draw_value(st.integers(1, side)) for side in most)
    strides = tuple(draw_value(st.integers(1, largest_stride)) for _ in range(2))
    return image, window, strides, padding


@st.composite
def convolutions(draw_value):
    """Return the `Case` of a convolution."""
    image, kernel, strides, padding = draw_value(windows_on_images())
    arguments = {
        "filters": draw_value(st.integers(1, 3)),
        "kernel_size": kernel,
        "strides": strides,
        "padding": padding,
        "activation": draw_value(st.sampled_from([None, "relu", "softmax"])),
        "use_bias": draw_value(st.booleans()),
    }
    return Case("convolution", "Conv2D", (*image, draw_value(st.integers(1, 4))), arguments)


@st.composite
def poolings(draw_value):
    """Return the `Case` of a pooling."""
    image, pool, strides, padding = draw_value(windows_on_images(largest_window=4))
    layer = draw_value(st.sampled_from(["MaxPooling2D", "AveragePooling2D"]))
    channels = draw_value(st.integers(1, 3))
    return Case("pooling", layer, (*image, channels), {"pool_size": pool, "strides": strides, "padding": padding})


@st.composite
def dense_layers(draw_value):
    """Return the `Case` of a dense layer."""
    arguments = {
        "units": draw_value(st.integers(1, 6)),
        "activation": draw_value(st.sampled_from([None, "relu", "softmax"])),
        "use_bias": draw_value(st.booleans()),
    }
    return Case("dense", "Dense", (draw_value(st.integers(1, 9)),), arguments)


@st.composite
def pixel_biases(draw_value):
    """Return the `Case` of a bias for each pixel."""
    shape = tuple(draw_value(st.integers(1, 5)) for _ in range(3))
    activation = draw_value(st.sampled_from([None, "relu", "softmax"]))
    return Case("pixel_bias", "PixelBias", shape, {"activation": activation})


def draw_tied_inputs(case, n, dtype="float64", seed=1):
    """Return a batch of the numbers 0, 1 and 2 only, so that windows have several equal maxima."""
    return np.random.default_rng(seed).integers(0, 3, (n, *case.input_shape)).astype(dtype)
