"""The initial values of parameters."""

import math

import numpy as np
import pytest

import numpy_model
from numpy_model import initializers, layers
from numpy_model.initializers.variance_scaling import compute_fans

RANDOM = ["random_normal", "random_uniform", "glorot_uniform", "he_normal", "he_uniform", "lecun_uniform"]
SHAPE = (40, 50)  # 2,000 numbers: the standard deviation of a sample is off by 1.6 % on average


@pytest.mark.parametrize("name", ["zeros", *RANDOM])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_values_have_the_shape_and_type_asked_for(name, dtype):
    values = initializers.get(name)((3, 4), dtype)
    assert values.shape == (3, 4)
    assert values.dtype == dtype


@pytest.mark.parametrize("name", ["zeros", *RANDOM])
def test_without_a_type_values_have_the_default_one(name):
    assert initializers.get(name)((3, 4)).dtype == "float32"
    numpy_model.config.set_floatx("float64")
    assert initializers.get(name)((3, 4)).dtype == "float64"


def test_zeros_are_zero():
    assert not initializers.Zeros()((3, 4)).any()


@pytest.mark.parametrize("make", [initializers.RandomNormal, initializers.GlorotUniform, initializers.HeNormal])
def test_a_seed_draws_the_same_again_and_none_draws_differently(make):
    np.testing.assert_array_equal(make(seed=3)((4, 5)), make(seed=3)((4, 5)))
    assert (make(seed=3)((4, 5)) != make(seed=4)((4, 5))).all()
    assert (make()((4, 5)) != make()((4, 5))).all()


@pytest.mark.parametrize("name", RANDOM)
def test_a_generator_that_is_handed_over_goes_on(name):
    initializer, rng = initializers.get(name), np.random.default_rng(0)
    first, second = initializer((4, 5), rng=rng), initializer((4, 5), rng=rng)
    assert (first != second).all()
    np.testing.assert_array_equal(initializer((4, 5), rng=np.random.default_rng(0)), first)


def test_random_normal_has_the_mean_and_deviation_asked_for():
    values = initializers.RandomNormal(mean=2.0, stddev=0.5, seed=0)(SHAPE, "float64")
    assert abs(values.mean() - 2) < 0.05  # measured 0.014
    assert abs(values.std() / 0.5 - 1) < 0.05  # measured 2e-4


def test_random_uniform_fills_the_range_asked_for():
    values = initializers.RandomUniform(minval=-1.0, maxval=3.0, seed=0)(SHAPE, "float64")
    assert values.min() == pytest.approx(-1, abs=0.01)  # measured 0.002
    assert values.max() == pytest.approx(3, abs=0.01)  # measured 0.002
    assert values.mean() == pytest.approx(1, abs=0.1)  # measured 0.01


# A convolution of 3 x 5 pixels from 4 to 8: 60 inputs feed an output, and an input feeds 120.
@pytest.mark.parametrize(("shape", "fan_in", "fan_out"), [((7, 9), 7, 9), ((3, 5, 4, 8), 60, 120)])
def test_fans_count_the_connections(shape, fan_in, fan_out):
    assert compute_fans(shape) == (fan_in, fan_out)


@pytest.mark.parametrize(("shape", "fans"), [(SHAPE, 90), ((5, 5, 6, 10), 400)])
def test_glorot_uniform_fills_its_interval_evenly(shape, fans):
    values, limit = initializers.GlorotUniform(seed=0)(shape, "float64"), math.sqrt(6 / fans)
    assert np.abs(values).max() < limit
    assert np.abs(values).max() > 0.99 * limit  # measured 0.26
    assert abs(values.std() / (limit / math.sqrt(3)) - 1) < 0.05  # measured 0.12
    assert abs(values.mean()) / limit < 0.05  # measured 0.0071


@pytest.mark.parametrize(("shape", "fan_in"), [(SHAPE, 40), ((5, 5, 6, 10), 150)])
def test_he_normal_is_cut_off_and_keeps_its_variance(shape, fan_in):
    values, stddev = initializers.HeNormal(seed=0)(shape, "float64"), math.sqrt(2 / fan_in)
    cut = 2 * stddev / 0.8796256610342398
    assert np.abs(values).max() < cut
    assert np.abs(values).max() > 0.98 * cut  # measured 0.51
    assert abs(values.std() / stddev - 1) < 0.05  # measured 0.26


@pytest.mark.parametrize("shape", [(30, 20), (20, 30), (3, 3, 4, 8)])
def test_orthogonal_kernels_have_orthonormal_rows_or_columns(shape):
    matrix = initializers.Orthogonal(gain=2.0, seed=0)(shape, "float64").reshape(-1, shape[-1])
    matrix = matrix if len(matrix) > shape[-1] else matrix.T
    np.testing.assert_allclose(matrix.T @ matrix, 4 * np.eye(matrix.shape[1]), rtol=0, atol=1e-13)  # measured 2e-15


def test_truncated_normal_is_cut_off_at_two_deviations():
    values = initializers.TruncatedNormal(mean=1.0, stddev=0.5, seed=0)(SHAPE, "float64")
    assert 0.99 < np.abs(values - 1).max() <= 1
    assert abs(values.std() / (0.5 * 0.8796) - 1) < 0.05  # measured 0.02


def test_constant_ones_and_identity_are_what_their_names_are():
    assert (initializers.Constant(3)((2, 3)) == 3).all()
    assert (initializers.get("ones")((2, 3)) == 1).all()
    np.testing.assert_array_equal(initializers.Identity(2.0)((2, 3)), [[2, 0, 0], [0, 2, 0]])


@pytest.mark.parametrize(("mode", "n"), [("fan_in", 50), ("fan_out", 2000), ("fan_avg", 1025)])
@pytest.mark.parametrize("distribution", ["truncated_normal", "untruncated_normal", "uniform"])
def test_variance_scaling_has_the_variance_asked_for(mode, n, distribution):
    values = initializers.VarianceScaling(3.0, mode, distribution, seed=0)((50, 2000), "float64")
    assert abs(values.var() * n / 3 - 1) < 0.02  # measured 0.005


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: initializers.VarianceScaling(0.0), "scale is 0.0; allowed is a number above 0"),
        (lambda: initializers.VarianceScaling(mode="fan"), "mode is 'fan'; allowed are fan_in, fan_out, fan_avg"),
        (lambda: initializers.VarianceScaling(distribution="normal"), "distribution is 'normal'; allowed are trunc"),
        (lambda: initializers.Identity()((2, 2, 2)), r"an identity has two dimensions, not the shape \(2, 2, 2\)"),
        (lambda: initializers.Orthogonal()((2,)), r"an orthogonal kernel has two dimensions or more.*\(2,\)"),
    ],
)
def test_what_no_initializer_can_do_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_fan_of_a_vector_is_refused():
    with pytest.raises(ValueError, match=r"a fan needs a kernel of two dimensions or more.*\(5,\)"):
        initializers.GlorotUniform()((5,))


def test_an_unknown_name_is_refused_with_what_is_allowed():
    with pytest.raises(
        ValueError,
        match="initializer is 'sevens'; allowed are zeros, ones, identity, random_normal,",
    ):
        initializers.get("sevens")


def halves(shape, dtype):
    return np.full(shape, 0.5, dtype)


def test_a_function_of_shape_and_type_is_an_initializer():
    layer = layers.Dense(3, kernel_initializer=halves, dtype="float64")
    layer.build((2,))
    np.testing.assert_array_equal(layer.params["kernel"], 0.5)
    assert layer.params["kernel"].dtype == "float64"


def test_a_function_of_shape_and_type_is_called_again_to_initialize():
    layer = layers.Dense(3, kernel_initializer=halves)
    layer.build((2,))
    layer.params["kernel"][...] = 0
    layer.initialize(np.random.default_rng(0))
    np.testing.assert_array_equal(layer.params["kernel"], 0.5)


def test_layers_that_are_given_the_same_array_do_not_share_it():
    array = np.full((2, 2), 0.5)
    first, second = (layers.Dense(2, kernel_initializer=lambda *_, **__: array, dtype="float64") for _ in range(2))
    first.build((2,))
    second.build((2,))
    first.params["kernel"][...] = 7
    np.testing.assert_array_equal(second.params["kernel"], 0.5)


def test_layers_start_with_glorot_kernels_and_zero_biases():
    layer = layers.Dense(50)
    layer.build((40,))
    assert 0.99 * math.sqrt(6 / 90) < np.abs(layer.params["kernel"]).max() < math.sqrt(6 / 90)  # measured 0.26
    assert not layer.params["bias"].any()


@pytest.mark.parametrize(("name", "numerator"), [("he_uniform", 6), ("lecun_uniform", 3)])
def test_uniform_values_reach_the_limit_that_fan_in_gives_and_not_beyond(name, numerator):
    values = initializers.get(name)((50, 2000), rng=np.random.default_rng(0))
    assert 0.999 < np.abs(values).max() / np.sqrt(numerator / 50) < 1 + 1e-6


@pytest.mark.parametrize(
    ("name", "variance"), [("glorot_normal", 2 / 2050), ("lecun_normal", 1 / 50), ("he_normal", 2 / 50)]
)
def test_truncated_normal_values_have_the_variance_that_the_fans_give(name, variance):
    values = initializers.get(name)((50, 2000), rng=np.random.default_rng(0))
    assert abs(values.var() / variance - 1) < 0.02
    assert np.abs(values).max() < 2.28 * np.sqrt(variance)  # the cut at 2, divided by 0.8796: 2.274
