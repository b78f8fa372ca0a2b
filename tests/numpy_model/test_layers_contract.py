"""What every layer keeps to, in formulas and in loops alike."""

import numpy as np
import pytest

from numpy_model import layers, naive
from tests.numpy_model.cases import (
    ALL_CASES,
    CASES,
    LIBRARIES,
    draw,
    largest_difference_by_name,
    make_tiny_model,
    run,
    tiny_data,
)

every_case = pytest.mark.parametrize("case", ALL_CASES, ids=str)
every_case_that_repeats = pytest.mark.parametrize("case", CASES, ids=str)
every_library = pytest.mark.parametrize("library", LIBRARIES)
every_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])


def draw_gradient(layer, n, dtype="float64", seed=5):
    return draw((n, *layer.output_shape), dtype, seed)


@every_case
@every_library
def test_build_returns_the_shape_that_forward_gives(case, library):
    layer = case.make(library)
    output_shape = layer.build(case.input_shape)
    assert output_shape == layer.output_shape
    assert layer.input_shape == case.input_shape
    assert layer.forward(case.draw_inputs(3)).shape == (3, *output_shape)


@every_case
@every_library
def test_gradients_have_the_names_and_shapes_of_the_parameters(case, library):
    layer = case.build(library)
    expected = {name: param.shape for name, param in layer.params.items()}
    inputs = case.draw_inputs(2)
    layer.forward(inputs, training=True)
    grad_inputs = layer.backward(draw_gradient(layer, 2))
    assert {name: grad.shape for name, grad in layer.grads.items()} == expected
    assert list(layer.grads) == list(layer.params)
    assert grad_inputs.shape == inputs.shape


@every_case
@every_library
@every_dtype
def test_everything_stays_in_the_type_of_the_layer(case, library, dtype):
    layer = case.build(library, dtype)
    results = run(layer, case.draw_inputs(2, dtype), draw_gradient(layer, 2, dtype))
    assert {array.dtype for array in [*results.values(), *layer.params.values()]} == {np.dtype(dtype)}


@every_case
@every_library
def test_float32_and_float64_agree(case, library):
    single, double = case.build(library, "float32"), case.build(library, "float64")
    for name, param in double.params.items():
        param[...] = single.params[name]
    inputs, grad_outputs = case.draw_inputs(2, "float32"), draw_gradient(single, 2, "float32")
    expected = run(double, inputs.astype("float64"), grad_outputs.astype("float64"))
    assert largest_difference_by_name(run(single, inputs, grad_outputs), expected) < 1e-5  # measured 4e-7


@every_case
@every_library
@pytest.mark.parametrize("n", [1, 3])
def test_a_second_backward_finds_what_the_first_found(case, library, n):
    layer = case.build(library)
    inputs, grad_outputs = case.draw_inputs(n), draw_gradient(layer, n)
    layer.forward(inputs, training=True)
    layer.backward(grad_outputs)
    grads = {name: grad.copy() for name, grad in layer.grads.items()}
    layer.backward(grad_outputs)
    for name, grad in layer.grads.items():
        np.testing.assert_array_equal(grad, grads[name])


@every_case
@every_library
def test_backward_before_any_forward_is_refused(case, library):
    layer = case.build(library)
    with pytest.raises(RuntimeError, match=f"layer {layer.name}.*training=True"):
        layer.backward(draw_gradient(layer, 2))


@every_case
@every_library
def test_backward_after_a_forward_without_training_is_refused(case, library):
    layer = case.build(library)
    inputs = case.draw_inputs(2)
    layer.forward(inputs, training=True)
    layer.forward(inputs, training=False)
    with pytest.raises(RuntimeError, match=f"layer {layer.name}.*training=True"):
        layer.backward(draw_gradient(layer, 2))


@every_case
@every_library
def test_forward_before_build_is_refused(case, library):
    layer = case.make(library)
    with pytest.raises(RuntimeError, match=f"layer {layer.name} is not built"):
        layer.forward(case.draw_inputs(2))


@every_case
@every_library
def test_inputs_of_another_shape_are_refused(case, library):
    layer = case.build(library)
    for shape in [(2, *case.input_shape[:-1], case.input_shape[-1] + 1), (2, 1, *case.input_shape)]:
        with pytest.raises(ValueError, match=f"layer {layer.name}"):
            layer.forward(np.zeros(shape), training=True)


@every_case
@every_library
def test_a_gradient_of_another_shape_is_refused(case, library):
    layer = case.build(library)
    layer.forward(case.draw_inputs(2), training=True)
    for shape in [(3, *layer.output_shape), (2, *layer.output_shape[:-1], layer.output_shape[-1] + 1), (2,)]:
        with pytest.raises(ValueError, match=f"layer {layer.name}"):
            layer.backward(np.zeros(shape))


@every_case
@every_library
def test_inputs_gradients_and_parameters_are_never_changed(case, library):
    layer = case.build(library)
    inputs, grad_outputs = case.draw_inputs(3), draw_gradient(layer, 3)
    kept = [array.copy() for array in (inputs, grad_outputs, *layer.params.values())]
    for training in (False, True):
        layer.forward(inputs, training=training)
    layer.backward(grad_outputs)
    for array, before in zip([inputs, grad_outputs, *layer.params.values()], kept, strict=True):
        np.testing.assert_array_equal(array, before)


@every_case
@every_library
def test_inputs_that_cannot_be_written_to_are_taken(case, library):
    layer = case.build(library)
    inputs, grad_outputs = case.draw_inputs(2), draw_gradient(layer, 2)
    for array in (inputs, grad_outputs):
        array.flags.writeable = False
    run(layer, inputs, grad_outputs)


@every_case_that_repeats
@every_library
def test_forward_gives_the_same_with_and_without_training(case, library):
    layer = case.build(library)
    inputs = case.draw_inputs(3)
    trained = layer.forward(inputs, training=True).copy()
    np.testing.assert_array_equal(layer.forward(inputs, training=False), trained)


@every_case_that_repeats
@every_library
def test_batch_sizes_one_after_the_other_give_the_same_as_apart(case, library):
    layer = case.build(library)
    for step, n in enumerate([3, 1, 3, 2, 4, 5, 6, 3]):  # more sizes than a layer keeps work arrays for
        inputs, grad_outputs = case.draw_inputs(n, seed=step), draw_gradient(layer, n, seed=step + 50)
        expected = run(case.build(library), inputs, grad_outputs)
        assert largest_difference_by_name(run(layer, inputs, grad_outputs), expected) < 1e-14  # measured 0


@every_case
def test_a_prediction_of_another_size_between_forward_and_backward_is_noticed(case):
    layer = case.build()
    layer.forward(case.draw_inputs(2), training=True)
    layer.forward(case.draw_inputs(5), training=False)
    with pytest.raises(RuntimeError, match="training=True"):
        layer.backward(draw_gradient(layer, 2))


@every_case_that_repeats
def test_a_batch_of_one_sample_is_a_batch_of_several_with_the_others_left_out(case):
    layer = case.build()
    inputs, grad_outputs = case.draw_inputs(3), draw_gradient(layer, 3)
    together = run(layer, inputs, grad_outputs)
    apart = [run(layer, inputs[[n]], grad_outputs[[n]]) for n in range(3)]
    joined = {
        name: sum(part[name] for part in apart)
        if name in layer.grads
        else np.concatenate([part[name] for part in apart])
        for name in together
    }
    assert largest_difference_by_name(together, joined) < 1e-14  # measured 1e-16


@every_case_that_repeats
def test_a_batch_that_is_not_finite_leaves_nothing_behind(case):
    layer = case.build()
    inputs, grad_outputs = case.draw_inputs(2), draw_gradient(layer, 2)
    expected = run(layer, inputs, grad_outputs)
    with np.errstate(all="ignore"):
        run(layer, np.full_like(inputs, np.nan), np.full_like(grad_outputs, np.inf))
    assert largest_difference_by_name(run(layer, inputs, grad_outputs), expected) < 1e-14  # measured 0


@every_case_that_repeats
@every_library
def test_backward_replaces_the_gradients_of_the_last_batch(case, library):
    layer = case.build(library)
    inputs, grad_outputs = case.draw_inputs(2), draw_gradient(layer, 2)
    first = run(layer, inputs, grad_outputs)
    assert largest_difference_by_name(run(layer, inputs, grad_outputs), first) < 1e-14  # measured 0


@every_case_that_repeats
def test_inputs_in_another_memory_order_give_the_same(case):
    layer = case.build()
    inputs, grad_outputs = case.draw_inputs(3), draw_gradient(layer, 3)
    expected = run(layer, inputs, grad_outputs)
    other = run(layer, np.asfortranarray(inputs), np.asfortranarray(grad_outputs))
    assert largest_difference_by_name(other, expected) < 1e-14  # measured 0


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_parameters_stay_the_same_array_objects_in_training(optimizer):
    model = make_tiny_model(optimizer)
    before = model.params
    values = model.get_weights()
    model.fit(*tiny_data(20), batch_size=5, verbose=0, seed=0)
    assert all(model.params[name] is param for name, param in before.items())
    assert all((param != value).any() for param, value in zip(before.values(), values, strict=True))


@every_case
def test_initialize_draws_in_place_and_the_same_from_the_same_generator(case):
    layer = case.build()
    before = dict(layer.params)
    layer.initialize(np.random.default_rng(7))
    drawn = {name: param.copy() for name, param in layer.params.items()}
    layer.initialize(np.random.default_rng(7))
    assert all(layer.params[name] is param for name, param in before.items())
    for name, param in layer.params.items():
        np.testing.assert_array_equal(param, drawn[name])


@every_case
def test_parameters_are_counted(case):
    layer = case.build()
    assert layer.count_params() == sum(weight.size for weight in layer.weights.values())


def test_parameters_have_the_shapes_and_order_of_keras():
    convolution, pixel_bias, dense = layers.Conv2D(6, (3, 5)), layers.PixelBias(), layers.Dense(4)
    convolution.build((8, 9, 2))
    pixel_bias.build((8, 9, 2))
    dense.build((7,))
    assert [(name, param.shape) for name, param in convolution.params.items()] == [
        ("kernel", (3, 5, 2, 6)),
        ("bias", (6,)),
    ]
    assert [(name, param.shape) for name, param in pixel_bias.params.items()] == [("bias", (8, 9, 2))]
    assert [(name, param.shape) for name, param in dense.params.items()] == [("kernel", (7, 4)), ("bias", (4,))]


def test_defaults_are_those_of_keras():
    convolution, pooling = layers.Conv2D(6, 3), layers.MaxPooling2D()
    assert convolution.build((8, 8, 1)) == (6, 6, 6)
    assert convolution.strides == (1, 1)
    assert not convolution.params["bias"].any()
    pixel_bias = layers.PixelBias()
    assert pixel_bias.build((4, 3, 2)) == (4, 3, 2)
    assert not pixel_bias.params["bias"].any()
    assert pooling.build((7, 7, 1)) == (3, 3, 1)
    assert layers.MaxPooling2D(3).strides == (3, 3)


def test_layers_are_named_after_their_class():
    names = {layer(**arguments).name for layer, arguments in [
        (layers.Conv2D, {"filters": 1, "kernel_size": 1}),
        (layers.MaxPooling2D, {}), (layers.AveragePooling2D, {"pool_size": 2}),
        (layers.Flatten, {}), (layers.Dense, {"units": 1}), (layers.Activation, {"activation": "relu"}),
        (layers.ReLU, {}), (layers.Softmax, {}), (layers.PixelBias, {}), (layers.LeakyReLU, {}), (layers.ELU, {}),
        (layers.GlobalAveragePooling2D, {}), (layers.GlobalMaxPooling2D, {}), (layers.ZeroPadding2D, {}),
        (layers.Reshape, {"target_shape": (1,)}), (layers.Dropout, {"rate": 0.5}),
        (layers.UpSampling2D, {}), (layers.DepthwiseConv2D, {"kernel_size": 1}),
        (layers.SeparableConv2D, {"filters": 1, "kernel_size": 1}),
        (layers.Conv2DTranspose, {"filters": 1, "kernel_size": 1}),
        (layers.BatchNormalization, {}), (layers.LayerNormalization, {}),
    ]}  # fmt: skip
    assert names == {
        "conv2d", "max_pooling2d", "average_pooling2d", "flatten", "dense", "activation", "re_lu", "softmax",
        "pixel_bias", "leaky_re_lu", "elu", "global_average_pooling2d", "global_max_pooling2d", "zero_padding2d",
        "reshape", "dropout", "up_sampling2d", "depthwise_conv2d", "separable_conv2d", "conv2d_transpose",
        "batch_normalization", "layer_normalization",
    }  # fmt: skip


def test_every_pixel_of_every_channel_has_a_bias_of_its_own():
    layer = layers.PixelBias(dtype="float64")
    layer.build((2, 3, 2))
    biases = np.arange(12.0).reshape(2, 3, 2)
    layer.params["bias"][...] = biases
    inputs = np.array([10.0, 100.0]).reshape(2, 1, 1, 1) * np.ones((2, 2, 3, 2))
    np.testing.assert_array_equal(layer.forward(inputs), [10 + biases, 100 + biases])


def test_the_gradient_of_a_bias_for_each_pixel_is_the_sum_over_the_images():
    layer = layers.PixelBias(dtype="float64")
    layer.build((2, 3, 2))
    grad_outputs = draw((4, 2, 3, 2))
    layer.forward(np.zeros((4, 2, 3, 2)), training=True)
    np.testing.assert_array_equal(layer.backward(grad_outputs), grad_outputs)
    np.testing.assert_allclose(layer.grads["bias"], grad_outputs.sum(axis=0), rtol=0, atol=1e-15)  # measured 0


def test_max_pooling_hands_the_gradient_to_the_first_of_equal_maxima():
    layer = layers.MaxPooling2D(2, dtype="float64")
    layer.build((2, 4, 1))
    inputs = np.array([[0, 0, 1, 3], [0, 0, 3, 3]], float).reshape(1, 2, 4, 1)
    layer.forward(inputs, training=True)
    grad = layer.backward(np.array([5.0, 7.0]).reshape(1, 1, 2, 1))
    np.testing.assert_array_equal(grad.reshape(2, 4), [[5, 0, 0, 7], [0, 0, 0, 0]])


def test_max_pooling_of_negative_numbers_never_returns_the_padding():
    layer = layers.MaxPooling2D(3, strides=1, padding="same", dtype="float64")
    layer.build((3, 3, 1))
    assert (layer.forward(np.full((1, 3, 3, 1), -5.0)) == -5).all()


def test_average_pooling_does_not_count_the_padding():
    layer = layers.AveragePooling2D(3, strides=1, padding="same", dtype="float64")
    layer.build((3, 3, 1))
    np.testing.assert_allclose(layer.forward(np.ones((1, 3, 3, 1))), 1, rtol=0, atol=1e-15)  # measured 0


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_derivative_of_relu_at_zero_is_zero(library):
    layer = LIBRARIES[library].layers.ReLU(dtype="float64")
    layer.build((3,))
    np.testing.assert_array_equal(layer.forward(np.array([[-1.0, 0.0, 2.0]]), training=True), [[0, 0, 2]])
    np.testing.assert_array_equal(layer.backward(np.array([[3.0, 4.0, 5.0]])), [[0, 0, 5]])


@pytest.mark.parametrize("library", LIBRARIES)
def test_softmax_of_huge_numbers_is_finite(library):
    layer = LIBRARIES[library].layers.Softmax(dtype="float64")
    layer.build((3,))
    outputs = layer.forward(np.array([[1000.0, 1000.0, -1000.0]]))
    np.testing.assert_allclose(outputs, [[0.5, 0.5, 0]], rtol=0, atol=1e-15)  # measured 0


def test_flatten_reads_rows_then_columns_then_channels():
    layer = layers.Flatten(dtype="float64")
    layer.build((2, 3, 2))
    inputs = np.arange(24.0).reshape(2, 2, 3, 2)
    np.testing.assert_array_equal(layer.forward(inputs), [np.arange(12), np.arange(12, 24)])


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.7, 1.0])
def test_dropout_leaves_out_the_share_asked_for_and_keeps_the_mean(rate):
    layer = layers.Dropout(rate, seed=0, dtype="float64")
    layer.build((100, 100))
    outputs = layer.forward(np.ones((1, 100, 100)), training=True)
    assert abs((outputs == 0).mean() - rate) < 0.02  # measured 0.003
    assert abs(outputs.mean() - (rate < 1)) < 0.05  # measured 0.007


def test_dropout_draws_another_mask_in_each_pass_and_begins_again_from_its_seed():
    layer = layers.Dropout(0.5, seed=0)
    layer.build((50,))
    first, second = (layer.forward(np.ones((2, 50)), training=True) for _ in range(2))
    assert (first != second).any()
    layer.initialize(np.random.default_rng(1))
    np.testing.assert_array_equal(layer.next_mask(2), first)


def test_dropout_without_a_seed_begins_where_initialize_says():
    one, other = layers.Dropout(0.5), layers.Dropout(0.5)
    for layer in (one, other):
        layer.build((50,))
        layer.initialize(np.random.default_rng(1))
    np.testing.assert_array_equal(one.next_mask(2), other.next_mask(2))
    other.initialize(np.random.default_rng(2))
    assert (one.next_mask(2) != other.next_mask(2)).any()


@pytest.mark.parametrize("library", LIBRARIES)
def test_batch_normalization_predicts_with_moving_statistics_and_leaves_them(library):
    layer = LIBRARIES[library].layers.BatchNormalization(momentum=0.5, epsilon=0.0, dtype="float64")
    layer.build((1,))
    layer.forward(np.array([[1.0], [5.0]]), training=True)  # mean 3, variance 4
    np.testing.assert_array_equal(layer.state["moving_mean"], 1.5)
    np.testing.assert_array_equal(layer.state["moving_variance"], 2.5)
    np.testing.assert_allclose(layer.forward(np.array([[4.0]])), 2.5 / np.sqrt(2.5), rtol=1e-15)  # measured 0
    np.testing.assert_array_equal(layer.state["moving_mean"], 1.5)


def test_what_is_not_trained_belongs_to_the_weights_and_not_to_the_parameters():
    layer = layers.BatchNormalization()
    layer.build((4, 4, 3))
    assert list(layer.params) == ["gamma", "beta"]
    assert list(layer.weights) == ["gamma", "beta", "moving_mean", "moving_variance"]
    assert layer.count_params() == 12
    layer.forward(np.ones((2, 4, 4, 3), "float32"), training=True)
    layer.initialize(np.random.default_rng(0))
    assert not layer.state["moving_mean"].any()


CONV, BIAS, DENSE, POOL = layers.Conv2D, layers.PixelBias, layers.Dense, layers.MaxPooling2D


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CONV(0, 3), "conv2d: filters is 0; allowed is a positive whole number"),
        (lambda: CONV(2.0, 3), "conv2d: filters is 2.0; allowed is a positive whole number"),
        (lambda: CONV(True, 3), "conv2d: filters is True; allowed is a positive whole number"),
        (lambda: CONV(2, 2.5), "conv2d: kernel_size is 2.5; allowed is a positive whole number"),
        (lambda: CONV(2, (3, 3, 3)), r"conv2d: kernel_size is \(3, 3, 3\); allowed is .* or 2 of them"),
        (lambda: CONV(2, 3, strides=-1), "conv2d: strides is -1; allowed is a positive whole number"),
        (lambda: CONV(2, 3, activation="mish"), "activation is 'mish'; allowed are elu, exponential, gelu"),
        (lambda: CONV(2, 3, kernel_initializer="sevens"), "initializer is 'sevens'; allowed are zeros, ones"),
        (lambda: CONV(2, 3, dtype="float16"), "dtype is 'float16'; allowed are 'float32' and 'float64'"),
        (lambda: CONV(2, 3, padding="full").build((8, 8, 1)), "conv2d: padding is 'full'; allowed are 'valid'"),
        (lambda: CONV(2, 5).build((4, 8, 1)), r"conv2d: a window of \(5, 5\) does not fit .*\(4, 8\).*padding='same'"),
        (lambda: CONV(2, 3).build((8,)), r"conv2d needs inputs of shape \(height, width, channels\).*\(8,\)"),
        (lambda: CONV(2, 3).build((8, 8, 0)), r"conv2d needs inputs of shape .*\(8, 8, 0\)"),
        (lambda: BIAS(activation="mish"), "activation is 'mish'; allowed are elu, exponential, gelu"),
        (lambda: BIAS(bias_initializer="sevens"), "initializer is 'sevens'; allowed are zeros, ones"),
        (lambda: BIAS().build((10,)), r"pixel_bias needs inputs of shape \(height, width, channels\).*\(10,\)"),
        (lambda: BIAS().build((2, 8, 8, 1)), r"pixel_bias needs inputs of shape .*\(2, 8, 8, 1\)"),
        (lambda: DENSE(0), "dense: units is 0; allowed is a positive whole number"),
        (lambda: DENSE(3, activation="mish"), "activation is 'mish'; allowed are elu, exponential, gelu"),
        (lambda: DENSE(3, activation=["relu"]), r"activation is \['relu'\]; allowed are elu, exponential, gelu"),
        (lambda: DENSE(3, kernel_initializer=["zeros"]), r"initializer is \['zeros'\]; allowed are zeros, ones"),
        (lambda: CONV(2, 3, padding=["same"]).build((8, 8, 1)), r"padding is \['same'\]; allowed are 'valid'"),
        (lambda: DENSE(3).build((4, 4, 1)), r"dense needs inputs of shape \(inputs,\); put a Flatten.*\(4, 4, 1\)"),
        (lambda: POOL(0), "max_pooling2d: pool_size is 0; allowed is a positive whole number"),
        (lambda: POOL(2, strides=0), "max_pooling2d: strides is 0; allowed is a positive whole number"),
        (lambda: POOL(2, padding="full").build((4, 4, 1)), "max_pooling2d: padding is 'full'; allowed are 'valid'"),
        (lambda: POOL(3).build((2, 2, 1)), "max_pooling2d: a window of .* does not fit"),
        (lambda: POOL(2).build((4,)), r"max_pooling2d needs inputs of shape .*\(4,\)"),
        (lambda: layers.Activation("mish"), "activation is 'mish'; allowed are elu, exponential, gelu"),
        (lambda: layers.Flatten().build((3, -1)), r"flatten needs inputs of shape .*\(3, -1\)"),
        (lambda: layers.BatchNormalization(axis=0).build((4,)), "batch_normalization: axis is .* 1 to 1 and"),
        (lambda: layers.LayerNormalization(axis=[1, 4]).build((4, 4, 1)), "layer_normalization: axis is .* 1 to 3 and"),
        (lambda: CONV(2, 3, groups=2), "conv2d: groups is 2; allowed is 1, or use DepthwiseConv2D"),
        (lambda: CONV(2, 3, dilation_rate=0), "conv2d: dilation_rate is 0; allowed is a positive whole number"),
        (lambda: CONV(2, 3, strides=2, dilation_rate=2), "conv2d: dilation_rate=2 needs strides=1, not 2"),
        (lambda: CONV(2, 3, dilation_rate=3).build((6, 8, 1)), r"conv2d: a window of \(7, 7\) does not fit"),
        (lambda: layers.UpSampling2D(interpolation="bilinear"), "interpolation is 'bilinear'; allowed is 'nearest'"),
        (lambda: layers.DepthwiseConv2D(3, depth_multiplier=0), "depthwise_conv2d: depth_multiplier is 0; allowed is"),
        (lambda: layers.SeparableConv2D(0, 3), "separable_conv2d: filters is 0; allowed is a positive whole number"),
        (lambda: layers.Conv2DTranspose(2, 3, padding="full").build((3, 3, 1)), "padding is 'full'; allowed are"),
        (lambda: layers.Dropout(1.5), "dropout: rate is 1.5; allowed is a number from 0 to 1"),
        (lambda: layers.Dropout(0.5, seed=-1), "dropout: seed is -1; allowed is None or a whole number from 0"),
        (lambda: layers.LeakyReLU(-0.1), "leaky_re_lu: negative_slope is -0.1; allowed is a number of at least 0"),
        (lambda: layers.ZeroPadding2D(-1), "zero_padding2d: padding is -1; allowed are a whole number from 0"),
        (lambda: layers.ZeroPadding2D((1, 2, 3)), r"zero_padding2d: padding is \(1, 2, 3\); allowed are"),
        (lambda: layers.ZeroPadding2D().build((8,)), r"zero_padding2d needs inputs of shape .*\(8,\)"),
        (lambda: layers.Reshape((-1, -1)), r"reshape: target_shape is \(-1, -1\); allowed are positive whole numbers"),
        (lambda: layers.Reshape((2, 0)), r"reshape: target_shape is \(2, 0\); allowed are positive whole numbers"),
        (lambda: layers.Reshape((4, -1)).build((6,)), r"samples of shape \(4, -1\), and was given \(6,\), .* 6"),
        (lambda: layers.GlobalMaxPooling2D().build((4,)), r"global_max_pooling2d needs inputs of shape .*\(4,\)"),
        (lambda: naive.layers.Conv2D(0, 3), "conv2d: filters is 0; allowed is a positive whole number"),
    ],
)  # fmt: skip
def test_impossible_arguments_are_refused_with_what_is_allowed(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_an_argument_of_two_numbers_is_down_then_right():
    layer = layers.Conv2D(1, (1, 3), strides=(2, 1))
    assert layer.build((8, 8, 1)) == (4, 6, 1)


def test_whole_numbers_of_numpy_are_whole_numbers():
    layer = layers.Conv2D(np.int64(2), np.int32(3), strides=[np.uint8(1), 2])
    assert layer.build((5, 5, np.int64(1))) == (3, 2, 2)
