"""Every layer against the Keras layer of the same name, with the same parameters: forward and all gradients."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import numpy_model
from keras_model import keras, library
from numpy_model import initializers
from tests.numpy_model.cases import (
    BATCH_CASES,
    CASES,
    RANDOM_CASES,
    Case,
    convolutions,
    dense_layers,
    draw,
    draw_tied_inputs,
    largest_difference,
    largest_difference_by_name,
    pixel_biases,
    poolings,
    property_settings,
    run,
)

import tensorflow as tf  # isort: skip - after keras_model, which keeps it quiet

# Hypothesis also draws softmax of a single channel, which Keras thinks is a mistake.
pytestmark = [pytest.mark.processor, pytest.mark.filterwarnings("ignore:You are using a softmax over axis")]

every_case = pytest.mark.parametrize("case", [*CASES, *BATCH_CASES], ids=str)
every_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])
batches = st.integers(1, 3)


def run_in_keras(case, layer, inputs, grad_outputs):
    """Return what `run` returns, computed by the Keras layer with the parameters of `layer`."""
    twin = getattr(library.layers, case.layer)(**case.arguments, dtype=layer.dtype)
    twin.build((None, *case.input_shape))
    assert [variable.name for variable in twin.weights] == list(layer.weights)
    twin.set_weights(list(layer.weights.values()))
    assert tuple(twin.compute_output_shape((None, *case.input_shape))) == (None, *layer.output_shape)
    inputs = tf.constant(inputs)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = twin(inputs, training=True)
    gradients = tape.gradient(outputs, [inputs, *twin.trainable_variables], output_gradients=tf.constant(grad_outputs))
    results = [outputs, *gradients, *(np.asarray(variable) for variable in twin.non_trainable_variables)]
    return dict(zip(["outputs", "grad_inputs", *layer.weights], results, strict=True))


def difference_of_numpy_and_keras(case, inputs):
    """Return the largest difference of outputs and all gradients."""
    layer = case.build(dtype=inputs.dtype.name)
    grad_outputs = draw((len(inputs), *layer.output_shape), inputs.dtype, seed=8)
    expected = run_in_keras(case, layer, inputs, grad_outputs)  # from the weights before the pass
    return largest_difference_by_name(run(layer, inputs, grad_outputs), expected)


@every_case
def test_layers_agree_in_float64(case):
    assert difference_of_numpy_and_keras(case, case.draw_inputs(3)) < 1e-13  # measured 3e-15


@every_case
def test_layers_agree_in_float32(case):
    assert difference_of_numpy_and_keras(case, case.draw_inputs(3, "float32")) < 1e-5  # measured 4e-7


@every_case
def test_small_networks_train_to_the_same_weights(case):
    numpy_model.config.set_floatx("float64")
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    assert_training_agrees(case, case.network(numpy_model), case.network(library))


def assert_training_agrees(case, ours, theirs):
    """Take three steps with both, from the same weights."""
    ours.initialize(seed=0)
    theirs.set_weights(ours.get_weights())
    ours.compile(numpy_model.optimizers.SGD(0.1))
    theirs.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy", run_eagerly=True)
    for step in range(3):
        x, y = case.draw_inputs(4, seed=step), np.arange(4) % 3
        for one, other in zip(ours.layers, theirs.layers, strict=True):
            if isinstance(other, Masked):
                other.mask = one.next_mask(len(x))
        ours.train_on_batch(x, y)
        theirs.train_on_batch(x, y)
    for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        assert largest_difference(one, other) < 1e-12  # measured 4e-16
    assert largest_difference(ours.predict(x), theirs.predict_on_batch(x)) < 1e-12  # measured 4e-16


class Masked(keras.layers.Layer):
    """What Keras's Dropout does, with masks that it is given."""

    def __init__(self, rate, seed):
        super().__init__()
        self.mask = None

    def call(self, inputs, training=False):
        return inputs * self.mask if training else inputs


@pytest.mark.parametrize("case", RANDOM_CASES, ids=str)
def test_small_networks_with_the_same_masks_train_to_the_same_weights(case, monkeypatch):
    numpy_model.config.set_floatx("float64")
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    monkeypatch.setattr(library.layers, "Dropout", Masked)
    assert_training_agrees(case, case.network(numpy_model), case.network(library))


def test_dropout_scales_what_is_left_as_keras_does():
    inputs = draw((50, 20), "float32")
    ours = numpy_model.layers.Dropout(0.3, seed=0)
    ours.build((20,))
    outputs = ours.forward(inputs, training=True)
    expected = np.asarray(keras.layers.Dropout(0.3, seed=0)(inputs, training=True))
    both = (outputs != 0) & (expected != 0)
    assert 400 < both.sum() < 580  # measured 490 of 1,000
    np.testing.assert_allclose(outputs[both], expected[both], rtol=1e-6)  # measured 1e-7


@property_settings(120)
@given(case=convolutions(), n=batches)
def test_convolutions_of_all_sizes_strides_and_paddings_agree(case, n):
    assert difference_of_numpy_and_keras(case, case.draw_inputs(n)) < 1e-13  # measured 7e-16


@property_settings(120)
@given(case=poolings(), n=batches)
def test_poolings_of_all_sizes_strides_and_paddings_agree(case, n):
    assert difference_of_numpy_and_keras(case, case.draw_inputs(n)) < 1e-13  # measured 2e-16


@every_dtype
@property_settings(80)
@given(case=poolings(), n=batches, seed=st.integers(0, 100))
def test_poolings_of_tied_inputs_agree(dtype, case, n, seed):
    inputs = draw_tied_inputs(case, n, dtype, seed)
    # Sums of a few gradients differ by rounding. A tie that is decided otherwise moves a whole gradient.
    assert difference_of_numpy_and_keras(case, inputs) < 1e-5  # measured 1e-7


@pytest.mark.parametrize("keepdims", [False, True])
def test_global_maxima_of_tied_inputs_agree(keepdims):
    case = Case("tied", "GlobalMaxPooling2D", (3, 4, 2), {"keepdims": keepdims})
    assert difference_of_numpy_and_keras(case, draw_tied_inputs(case, 3)) < 1e-13  # measured 0


@every_dtype
@property_settings(40)
@given(case=poolings(), n=batches)
def test_poolings_after_a_relu_agree(dtype, case, n):
    inputs = np.maximum(case.draw_inputs(n, dtype) - 1, 0)  # five of six are zero
    assert difference_of_numpy_and_keras(case, inputs) < 1e-5  # measured 1e-7


@property_settings(40)
@given(case=pixel_biases(), n=batches)
def test_biases_of_each_pixel_agree(case, n):
    assert difference_of_numpy_and_keras(case, case.draw_inputs(n)) < 1e-13  # measured 3e-16


@property_settings(40)
@given(case=dense_layers(), n=batches)
def test_dense_layers_agree(case, n):
    assert difference_of_numpy_and_keras(case, case.draw_inputs(n)) < 1e-13  # measured 2e-16


UNEVEN = [
    (image, kernel, strides)
    for image in [(5, 6), (8, 7)]
    for kernel in [2, 3, (5, 4)]
    for strides in [2, 3, (1, 2), (3, 1)]
]


@pytest.mark.parametrize("layer", ["Conv2D", "MaxPooling2D", "AveragePooling2D"])
@pytest.mark.parametrize(("image", "window", "strides"), UNEVEN)
def test_same_padding_with_strides_is_uneven_in_the_same_way(layer, image, window, strides):
    arguments = {"filters": 2, "kernel_size": window} if layer == "Conv2D" else {"pool_size": window}
    case = Case(layer, layer, (*image, 3), {**arguments, "strides": strides, "padding": "same"})
    assert difference_of_numpy_and_keras(case, case.draw_inputs(2)) < 1e-13  # measured 2e-15


# The layers of simple_cnn, a bias for each pixel, and those of the network on MNIST with a valid convolution.
REAL = [
    Case("first", "Conv2D", (28, 28, 1), {"filters": 6, "kernel_size": 5, "padding": "same", "activation": "relu"}),
    Case("second", "Conv2D", (28, 28, 6), {"filters": 6, "kernel_size": 5, "padding": "same", "activation": "relu"}),
    Case("pixel_bias", "PixelBias", (28, 28, 6), {"activation": "relu"}),
    Case("pooling", "MaxPooling2D", (28, 28, 6), {"pool_size": 2}),
    Case("flatten", "Flatten", (14, 14, 6)),
    Case("hidden", "Dense", (1176,), {"units": 100, "activation": "relu"}),
    Case("output", "Dense", (100,), {"units": 10, "activation": "softmax"}),
    Case("valid", "Conv2D", (28, 28, 1), {"filters": 10, "kernel_size": 3}),
    Case("color", "Conv2D", (32, 32, 3), {"filters": 16, "kernel_size": 3, "strides": 2, "padding": "same"}),
]


@pytest.mark.parametrize("n", [1, 5])
@pytest.mark.parametrize("case", REAL, ids=str)
def test_layers_of_real_size_agree_in_float64(case, n):
    assert difference_of_numpy_and_keras(case, case.draw_inputs(n)) < 1e-12  # measured 2e-15


@pytest.mark.parametrize("n", [1, 5])
@pytest.mark.parametrize("case", REAL, ids=str)
def test_layers_of_real_size_agree_in_float32(case, n):
    assert difference_of_numpy_and_keras(case, case.draw_inputs(n, "float32")) < 1e-4  # measured 2e-6


@every_dtype
def test_softmax_of_huge_numbers_agrees(dtype):
    case = Case("softmax", "Softmax", (5,))
    assert difference_of_numpy_and_keras(case, case.draw_inputs(20, dtype) * 1000) < 1e-6  # measured 1e-8


def test_flatten_puts_every_number_where_keras_puts_it():
    case = Case("flatten", "Flatten", (3, 4, 5))
    inputs = np.arange(120.0).reshape(2, 3, 4, 5)
    assert difference_of_numpy_and_keras(case, inputs) == 0


def test_negative_zero_and_denormal_inputs_of_relu_agree():
    case = Case("relu", "ReLU", (5,))
    assert difference_of_numpy_and_keras(case, np.array([[-0.0, 0.0, 1e-30, -1e-30, -1.0]])) == 0


# Initializers: two samples of 60,000 numbers have deviations that differ by less than 1 %, nearly always.

INITIALIZERS = {
    "random_normal": ("RandomNormal", {}),
    "random_normal_wide": ("RandomNormal", {"mean": 1.5, "stddev": 0.7}),
    "glorot_uniform": ("GlorotUniform", {}),
    "he_normal": ("HeNormal", {}),
    "truncated_normal": ("TruncatedNormal", {"stddev": 0.3}),
    "orthogonal": ("Orthogonal", {}),
    "variance_scaling": ("VarianceScaling", {"scale": 2.0, "mode": "fan_out", "distribution": "untruncated_normal"}),
}


@pytest.mark.parametrize("shape", [(300, 200), (5, 5, 24, 100)], ids=["dense", "convolution"])
@pytest.mark.parametrize("name", INITIALIZERS)
def test_initializers_draw_from_the_distributions_of_keras(name, shape):
    class_name, arguments = INITIALIZERS[name]
    values = getattr(initializers, class_name)(**arguments, seed=0)(shape)
    expected = np.asarray(getattr(keras.initializers, class_name)(**arguments, seed=0)(shape))
    assert values.dtype == expected.dtype
    spread = expected.std()
    assert abs(values.std() / spread - 1) < 0.015  # measured 0.0041
    assert abs(values.mean() - expected.mean()) / spread < 0.02  # measured 0.0038
    if class_name not in ("RandomNormal", "Orthogonal", "VarianceScaling"):  # which have no sharp limits
        assert values.max() / expected.max() == pytest.approx(1, abs=0.002)  # measured 3e-4
        assert values.min() / expected.min() == pytest.approx(1, abs=0.002)  # measured 2e-4
    tenths = np.linspace(0.1, 0.9, 9)
    difference = np.quantile(values, tenths) - np.quantile(expected, tenths)
    assert np.abs(difference).max() / spread < 0.03  # measured 0.014


@pytest.mark.parametrize("name", ["zeros", "ones", "identity"])
def test_initializers_that_draw_nothing_are_those_of_keras(name):
    np.testing.assert_array_equal(initializers.get(name)((3, 4)), np.asarray(keras.initializers.get(name)((3, 4))))
