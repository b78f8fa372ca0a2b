"""`KerasTrainer`: what it undoes, what it reports, and that its import is quiet."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import keras_model
from harness.experiments.networks import NETWORKS, simple_cnn
from harness.training.numpy_trainer import NumpyTrainer
from keras_model import KerasTrainer
from tests.numpy_model.cases import fashion_excerpt, largest_difference, linear_network, tiny_data, tiny_network

REPOSITORY = Path(__file__).parents[2]
OPTIMIZERS = {
    "sgd": lambda nn: nn.optimizers.SGD(learning_rate=0.05),
    "momentum": lambda nn: nn.optimizers.SGD(learning_rate=0.05, momentum=0.9),
    "adam": lambda nn: nn.optimizers.Adam(learning_rate=0.01),
}
every_optimizer = pytest.mark.parametrize("name", OPTIMIZERS)


def state_of(trainer):
    """Return copies of all weights and of everything that the optimizer knows."""
    optimizer = [variable.numpy() for variable in trainer.model.optimizer.variables]
    return [*trainer.get_weights(), *optimizer]


def assert_same_state(trainer, expected):
    for actual, value in zip(state_of(trainer), expected, strict=True):
        np.testing.assert_array_equal(actual, value)


@every_optimizer
def test_warm_up_leaves_weights_and_optimizer_as_they_were(name):
    trainer = KerasTrainer(tiny_network, OPTIMIZERS[name])
    before = state_of(trainer)
    trainer.warm_up(*tiny_data(22, "float32"), batch_size=5)
    assert_same_state(trainer, before)
    assert trainer.steps_done == 0


@pytest.mark.processor
@every_optimizer
def test_an_epoch_after_a_warm_up_is_an_epoch_without_one(name):
    x, y = tiny_data(22, "float32")
    warm, cold = (KerasTrainer(tiny_network, OPTIMIZERS[name]) for _ in range(2))
    cold.start(warm.get_weights())
    warm.warm_up(x, y, batch_size=5)
    means = [trainer.train_epoch(x, y, 5) for trainer in (warm, cold)]
    assert means[0] == pytest.approx(means[1], abs=1e-6)  # measured 0
    for first, second in zip(state_of(warm), state_of(cold), strict=True):
        assert largest_difference(first, second) < 1e-6  # measured 0


@every_optimizer
def test_start_sets_the_weights_and_forgets_what_the_optimizer_knows(name):
    trainer = KerasTrainer(tiny_network, OPTIMIZERS[name])
    before = state_of(trainer)
    weights = trainer.get_weights()
    trainer.train_epoch(*tiny_data(12, "float32"), 5)
    assert trainer.steps_done == 3
    assert any((old != new).any() for old, new in zip(weights, trainer.get_weights(), strict=True))
    trainer.start(weights)
    assert_same_state(trainer, before)


@pytest.mark.processor
@every_optimizer
def test_the_same_epochs_from_the_same_start_give_the_same_means(name):
    trainer = KerasTrainer(tiny_network, OPTIMIZERS[name])
    weights = trainer.get_weights()
    x, y = tiny_data(22, "float32")
    means = []
    for _ in range(2):
        trainer.start(weights)
        means.append([trainer.train_epoch(x, y, 5, epoch) for epoch in (1, 2)])
    np.testing.assert_allclose(means[0], means[1], rtol=0, atol=1e-6)  # measured 0
    assert means[0][0] != means[0][1]


def test_the_means_are_over_samples_with_the_short_last_batch():
    trainer = KerasTrainer(tiny_network, lambda nn: nn.optimizers.SGD(learning_rate=1e-30), "float64")
    x, y = tiny_data(22)
    loss, accuracy = trainer.train_epoch(x, y, 5)
    probabilities = trainer.predict(x)[np.arange(22), y]
    assert loss == pytest.approx(-np.log(probabilities).mean(), abs=1e-12)  # measured 0
    assert accuracy == pytest.approx((trainer.predict(x).argmax(axis=1) == y).mean(), abs=1e-12)  # measured 0


@pytest.mark.processor
def test_predictions_are_probabilities_and_do_not_depend_on_the_batch_size():
    trainer = KerasTrainer(tiny_network, OPTIMIZERS["sgd"])
    x, _ = tiny_data(30, "float32")
    probabilities = trainer.predict(x)
    assert isinstance(probabilities, np.ndarray)
    assert probabilities.shape == (30, 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=0, atol=1e-6)  # measured 1e-7
    assert largest_difference(trainer.predict(x, batch_size=7), probabilities) < 1e-6  # measured 0


@pytest.mark.processor
@pytest.mark.parametrize(("name", "batch_size", "n"), [("sgd", 1, 40), ("adam", 32, 150)])
def test_several_steps_in_one_call_of_tensorflow_end_with_the_same_bits(name, batch_size, n):
    x, y = fashion_excerpt(n)
    single, several = (KerasTrainer(simple_cnn, OPTIMIZERS[name], steps_per_execution=steps) for steps in (1, 3))
    several.start(single.get_weights())
    for trainer in (single, several):
        trainer.warm_up(x[: batch_size + n % batch_size], y[: batch_size + n % batch_size], batch_size)
    for epoch in (1, 2):
        means = [trainer.train_epoch(x, y, batch_size, epoch) for trainer in (single, several)]
        assert means[0] == means[1]
        assert_same_state(several, state_of(single))
        np.testing.assert_array_equal(several.predict(x), single.predict(x))


def diverging(nn):
    return nn.optimizers.SGD(learning_rate=1e6)


def first_step_that_is_not_finite(trainer, weights, x, y, batch_size):
    """Return the number of the step, found by training one batch at a time."""
    trainer.start(weights)
    trainer.model.reset_metrics()
    for step, first in enumerate(range(0, len(x), batch_size), start=1):
        batch = slice(first, first + batch_size)
        loss, _ = trainer.model.train_on_batch(x[batch], y[batch])
        if not np.isfinite(loss):
            return step
    raise AssertionError("every loss is finite")


@pytest.mark.processor
@pytest.mark.parametrize("batch_size", [1, 8])
def test_divergence_names_epoch_and_step_and_a_way_out(batch_size):
    ours, trainer = (make(linear_network, diverging) for make in (NumpyTrainer, KerasTrainer))
    ours.model.initialize(0)
    weights = ours.get_weights()
    x, y = tiny_data(200, "float32")
    step = first_step_that_is_not_finite(trainer, weights, x, y, batch_size)
    trainer.start(weights)
    message = rf"the loss is (nan|inf) at epoch 4, step {step}; try a smaller learning_rate"
    with pytest.raises(FloatingPointError, match=message):
        trainer.train_epoch(x, y, batch_size, epoch=4)


@pytest.mark.parametrize(("batch_size", "place"), [(1, 0), (1, 17), (5, 17), (5, 21)])
def test_both_libraries_name_the_same_step_for_a_sample_that_is_not_a_number(batch_size, place):
    x, y = tiny_data(22, "float32")
    x[place] = np.nan
    # In a network with a ReLU TensorFlow would let what is not a number disappear.
    for make in (NumpyTrainer, KerasTrainer):
        with pytest.raises(FloatingPointError, match=f"the loss is nan at epoch 2, step {place // batch_size + 1};"):
            make(linear_network, OPTIMIZERS["sgd"]).train_epoch(x, y, batch_size, epoch=2)


@pytest.mark.parametrize("network", [*NETWORKS.values(), tiny_network])
def test_both_libraries_have_the_same_parameters(network):
    ours, theirs = (make(network, OPTIMIZERS["sgd"]) for make in (NumpyTrainer, KerasTrainer))
    assert theirs.parameters() == ours.parameters()
    assert theirs.model.count_params() == ours.model.count_params()


@pytest.mark.processor
def test_weights_move_between_the_libraries_with_nothing_to_translate():
    ours, theirs = (make(simple_cnn, OPTIMIZERS["sgd"]) for make in (NumpyTrainer, KerasTrainer))
    x, _ = fashion_excerpt(20)
    theirs.model.set_weights(ours.model.get_weights())
    assert largest_difference(ours.predict(x), theirs.predict(x)) < 1e-6  # measured 5e-8
    theirs.train_epoch(*fashion_excerpt(20), 5)
    ours.model.set_weights(theirs.model.get_weights())
    assert largest_difference(ours.predict(x), theirs.predict(x)) < 1e-6  # measured 4e-8


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_trainer_computes_in_the_type_asked_for(dtype):
    trainer = KerasTrainer(tiny_network, OPTIMIZERS["adam"], dtype)
    assert {weights.dtype.name for weights in trainer.get_weights()} == {dtype}
    assert trainer.predict(tiny_data(3, dtype)[0]).dtype == dtype


@pytest.mark.slow  # that of a run, in a process of its own too, is in tests/harness/test_run.py
def test_threads_are_set_and_described_and_importing_and_training_print_nothing():
    code = (
        "import numpy as np\n"
        "import keras_model\n"
        "from keras_model import KerasTrainer\n"
        "from harness.experiments.networks import simple_cnn\n"
        "keras_model.set_threads(1)\n"
        "found = keras_model.describe_environment()\n"
        "assert found['intra_op_threads'] == found['inter_op_threads'] == 1, found\n"
        "trainer = KerasTrainer(simple_cnn, lambda nn: nn.optimizers.SGD(0.01))\n"
        "x, y = np.zeros((3, 28, 28, 1), 'float32'), np.zeros(3, int)\n"
        "trainer.warm_up(x, y, 2)\n"
        "trainer.train_epoch(x, y, 2)\n"
        "trainer.predict(x)\n"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, timeout=120)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_the_environment_is_described_in_values_that_a_json_file_can_hold():
    found = keras_model.describe_environment()
    assert found["backend"] == "tensorflow"
    assert {"keras", "tensorflow", "devices"} <= found.keys()
    assert all(isinstance(value, str | int | bool | list | None) for value in found.values())
