"""Activations: derivatives against central differences, and what may stand in the place of a name."""

import numpy as np
import pytest

import numpy_model
from numpy_model import activations
from numpy_model.activations import NAMES

# Away from where a piece begins, at which there is no derivative: 0, -3, 3 and 6.
LOGITS = np.array([-40.0, -7.1, -2.9, -0.7, -1e-3, 1e-3, 0.4, 1.9, 2.9, 5.7, 7.3, 20.0])
STEP = 1e-6


@pytest.mark.parametrize("name", [name for name in NAMES if name != "softmax"])
def test_a_derivative_is_that_of_central_differences(name):
    activation = activations.get(name)
    expected = (activation.forward(LOGITS + STEP) - activation.forward(LOGITS - STEP)) / (2 * STEP)
    outputs = activation.forward(LOGITS)
    found = activation.backward(np.ones_like(LOGITS), outputs)
    # Measured 2e-9, but for exp(20) with its rounding.
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_outputs_and_gradients_have_the_type_of_the_logits_and_are_finite_far_out(name, dtype):
    activation = activations.get(name)
    logits = np.array([[-80.0, 0.0, 80.0]], dtype)
    outputs = activation.forward(logits)
    gradient = activation.backward(np.ones_like(logits), outputs)
    assert outputs.dtype == gradient.dtype == dtype
    assert np.isfinite(outputs).all() and np.isfinite(gradient).all()


def test_a_function_of_the_library_may_stand_in_the_place_of_its_name():
    named, given = (
        numpy_model.layers.Dense(3, activation=activation) for activation in ("tanh", numpy_model.activations.tanh)
    )
    inputs = np.array([[0.1, 0.2]], np.float32)
    for layer in (named, given):
        layer.build((2,))
        layer.initialize(np.random.default_rng(0))
    np.testing.assert_array_equal(named.forward(inputs), given.forward(inputs))


@pytest.mark.parametrize("name", ["gelu", "silu"])
def test_layers_that_keep_a_derivative_each_keep_their_own(name):
    one, other = (numpy_model.layers.Activation(name) for _ in range(2))
    inputs = np.array([[0.5, -1.0]], np.float32)
    for layer in (one, other):
        layer.build((2,))
    one.forward(inputs, training=True)
    expected = one.backward(np.ones_like(inputs))
    one.forward(inputs, training=True)
    other.forward(3 * inputs, training=True)
    np.testing.assert_array_equal(one.backward(np.ones_like(inputs)), expected)
