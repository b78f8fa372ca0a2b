"""The optimizers against their formulas, one number at a time."""

import math

import numpy as np
import pytest

from numpy_model import optimizers
from tests.numpy_model.cases import draw

OPTIMIZERS = {
    "sgd": lambda: optimizers.SGD(0.1),
    "momentum": lambda: optimizers.SGD(0.1, momentum=0.5),
    "nesterov": lambda: optimizers.SGD(0.1, momentum=0.5, nesterov=True),
    "adam": lambda: optimizers.Adam(0.1),
}
every_optimizer = pytest.mark.parametrize("name", OPTIMIZERS)


def walk(optimizer, gradients, start=1.0, dtype="float64"):
    """Return where one parameter is after each gradient."""
    param = np.full(1, start, dtype)
    optimizer.build([param])
    places = []
    for gradient in gradients:
        optimizer.apply([np.full(1, gradient, dtype)])
        places.append(float(param[0]))
    return places


def test_plain_descent_follows_its_formula():
    assert walk(optimizers.SGD(0.25), [1.0, -2.0, 4.0]) == [0.75, 1.25, 0.25]


def test_momentum_follows_its_formula():
    # velocity: -0.25, 0.5 * -0.25 + 0.5 = 0.375, 0.5 * 0.375 - 1 = -0.8125
    assert walk(optimizers.SGD(0.25, momentum=0.5), [1.0, -2.0, 4.0]) == [0.75, 1.125, 0.3125]


def test_nesterov_follows_its_formula():
    # The same velocities; each step is momentum * velocity - rate * gradient: -0.375, 0.6875, -1.40625.
    optimizer = optimizers.SGD(0.25, momentum=0.5, nesterov=True)
    assert walk(optimizer, [1.0, -2.0, 4.0]) == [0.625, 1.3125, -0.09375]


def test_adam_follows_the_formula_of_keras():
    rate, beta_1, beta_2, epsilon = 0.1, 0.75, 0.875, 1e-3  # betas that float32 holds exactly
    m = v = 0.0
    place, expected = 1.0, []
    gradients = [0.5, -0.25, 2.0, 1e-4]
    for t, gradient in enumerate(gradients, start=1):
        m += (gradient - m) * (1 - beta_1)
        v += (gradient**2 - v) * (1 - beta_2)
        place -= m * rate * math.sqrt(1 - beta_2**t) / (1 - beta_1**t) / (math.sqrt(v) + epsilon)
        expected.append(place)
    places = walk(optimizers.Adam(rate, beta_1, beta_2, epsilon), gradients)
    np.testing.assert_allclose(places, expected, rtol=0, atol=1e-14)  # measured 0


def test_the_first_step_of_adam_on_a_tiny_gradient_is_that_of_keras_and_not_of_the_paper():
    (place,) = walk(optimizers.Adam(0.001), [1e-6], start=0.0)
    root = math.sqrt(0.001 * 1e-12)
    expected = 1e-7 * 0.001 * math.sqrt(0.001) / 0.1 / (root + 1e-7)
    # The powers of beta are taken from float32, as in Keras: 1 - 0.999 is wrong there by 1e-5 of itself.
    assert abs(-place / expected - 1) < 1e-4  # measured 7e-6
    assert round(-place, 5) == 2.4e-4


@every_optimizer
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_parameters_are_updated_in_place_and_keep_their_type(name, dtype):
    optimizer, param, gradient = OPTIMIZERS[name](), np.ones((2, 3), dtype), np.full((2, 3), 0.5, dtype)
    optimizer.build([param])
    optimizer.apply([gradient])
    assert param.dtype == dtype
    assert (param < 1).all()
    np.testing.assert_array_equal(gradient, 0.5)


@every_optimizer
def test_every_parameter_is_walked_by_its_own_gradient(name):
    together, apart = ([draw((2, 3)), draw((4,), seed=1)] for _ in range(2))
    gradients = [[draw(param.shape, seed=10 * step + i) for i, param in enumerate(together)] for step in range(3)]
    optimizer = OPTIMIZERS[name]()
    optimizer.build(together)
    for step in gradients:
        optimizer.apply(step)
    for i, param in enumerate(apart):
        alone = OPTIMIZERS[name]()
        alone.build([param])
        for step in gradients:
            alone.apply([step[i]])
        np.testing.assert_array_equal(together[i], param)


@every_optimizer
def test_steps_are_counted(name):
    optimizer = OPTIMIZERS[name]()
    walk(optimizer, [1.0, 2.0, 3.0])
    assert optimizer.iterations == 3


@every_optimizer
def test_build_forgets_all_steps(name):
    optimizer = OPTIMIZERS[name]()
    first = walk(optimizer, [1.0, -2.0, 3.0])
    assert walk(optimizer, [1.0, -2.0, 3.0]) == first


@every_optimizer
def test_a_saved_state_goes_on_where_it_was_saved(name):
    optimizer, param = OPTIMIZERS[name](), np.ones(2)
    optimizer.build([param])
    optimizer.apply([np.array([0.5, -2.0])])
    state, place = optimizer.get_state(), param.copy()
    optimizer.apply([np.array([1.0, 3.0])])
    expected = param.copy()
    optimizer.apply([np.array([-4.0, 1.0])])
    param[...] = place
    optimizer.set_state(state)
    assert optimizer.iterations == 1
    optimizer.apply([np.array([1.0, 3.0])])
    np.testing.assert_array_equal(param, expected)


@every_optimizer
def test_a_saved_state_does_not_move_with_the_optimizer(name):
    optimizer, param = OPTIMIZERS[name](), np.ones(2)
    optimizer.build([param])
    optimizer.apply([np.ones(2)])
    state = optimizer.get_state()
    kept = {key: np.copy(value) for key, value in state.items()}
    optimizer.apply([np.ones(2)])
    assert all(np.array_equal(state[key], kept[key]) for key in kept)


@every_optimizer
def test_another_number_of_gradients_is_refused(name):
    optimizer = OPTIMIZERS[name]()
    optimizer.build([np.ones(2), np.ones(3)])
    with pytest.raises(ValueError, match="zip"):
        optimizer.apply([np.ones(2)])


def test_defaults_are_those_of_keras():
    sgd, adam = optimizers.SGD(), optimizers.Adam()
    assert (sgd.learning_rate, sgd.momentum, sgd.nesterov) == (0.01, 0.0, False)
    assert (adam.learning_rate, adam.beta_1, adam.beta_2, adam.epsilon) == (0.001, 0.9, 0.999, 1e-7)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: optimizers.SGD(0), "learning_rate is 0; allowed is a finite number above 0"),
        (lambda: optimizers.SGD(-0.1), "learning_rate is -0.1; allowed is a finite number above 0"),
        (lambda: optimizers.SGD(math.nan), "learning_rate is nan; allowed is a finite number above 0"),
        (lambda: optimizers.SGD(math.inf), "learning_rate is inf; allowed is a finite number above 0"),
        (lambda: optimizers.SGD("fast"), "learning_rate is 'fast'; allowed is a finite number above 0"),
        (
            lambda: optimizers.SGD(0.1, momentum=1.5),
            "momentum is 1.5; allowed is a finite number at least 0 and at most 1",
        ),
        (lambda: optimizers.SGD("0.1"), "learning_rate is '0.1'; allowed is a finite number above 0"),
        (lambda: optimizers.SGD(True), "learning_rate is True; allowed is a finite number above 0"),
        (lambda: optimizers.Adam(0.1, beta_1=1), "beta_1 is 1; allowed is a finite number at least 0 and below 1"),
        (lambda: optimizers.Adam(0.1, beta_2=-1), "beta_2 is -1; allowed is a finite number at least 0 and below 1"),
        (lambda: optimizers.Adam(0.1, epsilon=-1), "epsilon is -1; allowed is a finite number at least 0"),
        (
            lambda: optimizers.get("nadam"),
            "optimizer is 'nadam'; allowed are sgd, adam, adamw, adagrad, rmsprop, or an optimizer",
        ),
    ],
)
def test_impossible_arguments_are_refused_with_what_is_allowed(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_optimizers_go_by_the_names_of_keras():
    assert isinstance(optimizers.get("sgd"), optimizers.SGD)
    assert isinstance(optimizers.get("adam"), optimizers.Adam)
    sgd = optimizers.SGD(0.5)
    assert optimizers.get(sgd) is sgd


@pytest.mark.parametrize("value", ["a", -5, math.nan])
def test_a_weight_decay_that_cannot_be_is_refused(value):
    with pytest.raises(ValueError, match="weight_decay is"):
        optimizers.SGD(weight_decay=value)
