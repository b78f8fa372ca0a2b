"""Epochs that are trained step by step: they come to the same wherever they are cut off."""

from functools import partial

import numpy as np
import pytest

from harness.experiments.networks import simple_cnn
from harness.experiments.optimizers import sgd
from harness.experiments.optimizers import write_up_adam as adam
from harness.training import steps
from harness.training.contenders import make_trainer
from harness.training.numpy_trainer import NaiveTrainer, NumpyTrainer
from harness.training.steps import Progress, train_in_steps

NETWORK = partial(simple_cnn, input_shape=(6, 6, 1), n_classes=3)
N = 7


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    return rng.uniform(-0.5, 0.5, (N, 6, 6, 1)).astype(np.float32), rng.integers(0, 3, N)


def new_trainer(optimizer=sgd):
    trainer = NaiveTrainer(NETWORK, partial(optimizer, learning_rate=0.005))
    trainer.start(trainer.initial_weights(0))
    return trainer


def assert_same(arrays, expected):
    assert [array.tobytes() for array in arrays] == [array.tobytes() for array in expected]


def sums(progress):
    return progress[:3]


@pytest.mark.parametrize("batch_size", [1, 3])
def test_a_naive_epoch_in_steps_moves_the_weights_as_one_at_once(data, batch_size):
    at_once, in_steps = new_trainer(), new_trainer()
    loss, accuracy = at_once.train_epoch(*data, batch_size)
    means = train_in_steps(in_steps, *data, batch_size, 1).means(N)
    assert_same(in_steps.get_weights(), at_once.get_weights())
    assert means == (pytest.approx(loss, rel=1e-6), accuracy)  # rounded once for each step; measured 4e-8


@pytest.mark.parametrize(("optimizer", "batch_size"), [(sgd, 1), (adam, 3)])
def test_cut_off_after_any_step_an_epoch_ends_bit_by_bit_the_same(data, optimizer, batch_size, monkeypatch):
    monkeypatch.setattr(steps, "SECONDS_BETWEEN", 0)
    whole, kept = new_trainer(optimizer), []
    end = train_in_steps(whole, *data, batch_size, 1, keep=lambda done: kept.append((done, whole.get_state())))
    assert [done.steps for done, _ in kept] == [*range(1, -(-N // batch_size) + 1)]
    for done, state in kept:
        trainer = new_trainer(optimizer)
        trainer.set_state(state)
        assert sums(train_in_steps(trainer, *data, batch_size, 1, done)) == sums(end)
        assert_same(trainer.get_state(), whole.get_state())


class Clock:
    """Stands still but for what sleeps by it; a real one would depend on what else the machine does."""

    now = 0

    def sleep(self, seconds):
        self.now += seconds

    def perf_counter(self):
        return self.now

    monotonic = perf_counter

    def train_step(self, x, y):
        """Take a step of two seconds."""
        self.sleep(2)
        return 1.5, 0


@pytest.fixture
def clock(monkeypatch):
    monkeypatch.setattr(steps, "time", clock := Clock())
    return clock


def test_the_clock_counts_the_steps_and_goes_on_from_what_was_counted_and_does_not_count_checkpoints(
    clock, monkeypatch
):
    monkeypatch.setattr(steps, "SECONDS_BETWEEN", 0)
    x = np.zeros((4, 1))
    whole = train_in_steps(clock, x, x, 1, 1, Progress(2, 3.0, 0, 10.0), keep=lambda done: clock.sleep(50))
    assert whole == Progress(4, 6.0, 0, 14.0)


def test_a_checkpoint_is_kept_only_after_so_many_seconds(clock, monkeypatch):
    monkeypatch.setattr(steps, "SECONDS_BETWEEN", 5)
    x, kept = np.zeros((9, 1)), []
    train_in_steps(clock, x, x, 1, 1, keep=lambda done: kept.append(done.steps))
    assert kept == [3, 6, 9]


def test_a_loss_that_is_not_finite_is_named_with_epoch_and_step(data):
    x, y = data
    trainer = NaiveTrainer(NETWORK, partial(sgd, learning_rate=1e30))
    trainer.start(trainer.initial_weights(0))
    with pytest.raises(FloatingPointError, match=r"not finite at epoch 4, step [2-7]"):
        train_in_steps(trainer, x, y, 1, 4)


def test_only_slow_models_are_trained_in_steps():
    slow = make_trainer("naive", NETWORK, partial(sgd, learning_rate=0.005))
    assert hasattr(slow, "train_step")
    assert not hasattr(NumpyTrainer, "train_step")
