"""Steps of a large kernel that are collected are the steps that would have been taken one by one."""

import numpy as np
import pytest

import numpy_model as nn
from numpy_model.engine.deferred import CAPACITY, DeferredKernel
from numpy_model.engine.parameters import LARGE_SIZE
from numpy_model.engine.tape import Tape

pytestmark = pytest.mark.processor

N_INPUTS, N_UNITS = 60, 200  # more than LARGE_SIZE numbers


def make_layers(hidden=nn.layers.ReLU):
    return [
        nn.layers.Dense(N_UNITS, activation="relu", dtype="float64"),
        nn.layers.Dense(N_UNITS, dtype="float64"),
        hidden(dtype="float64"),
        nn.layers.Dense(3, activation="softmax", dtype="float64"),
    ]


@pytest.fixture
def model():
    model = nn.Sequential([nn.Input((N_INPUTS,)), *make_layers()])
    model.initialize(0)
    return model


@pytest.fixture
def data():
    rng = np.random.default_rng(1)
    return rng.normal(size=(3 * CAPACITY + 5, N_INPUTS)), rng.integers(0, 3, 3 * CAPACITY + 5)


def largest_difference(weights, others):
    return max(np.abs(weight - other).max() for weight, other in zip(weights, others, strict=True))


def test_collected_steps_end_where_single_steps_end(model, data):
    assert model.layers[1].params["kernel"].size > LARGE_SIZE
    first = model.get_weights()
    model.compile(nn.optimizers.SGD(0.05))
    model.fit(*data, batch_size=1, shuffle=False, verbose=0)
    collected = model.get_weights()

    model.set_weights(first)
    for x, y in zip(*data, strict=True):
        model.train_on_batch(x[None], y[None])
    assert largest_difference(first, collected) > 1e-2
    assert largest_difference(model.get_weights(), collected) < 1e-14  # measured 2e-16


def test_single_steps_before_and_after_do_not_meet_collected_ones(model, data):
    x, y = data
    first = model.get_weights()
    model.compile(nn.optimizers.SGD(0.05))
    model.train_on_batch(x[:1], y[:1])
    model.fit(x[1:-1], y[1:-1], batch_size=1, shuffle=False, verbose=0)
    model.train_on_batch(x[-1:], y[-1:])
    mixed = model.get_weights()

    model.set_weights(first)
    model.fit(x, y, batch_size=1, shuffle=False, verbose=0)
    assert largest_difference(first, mixed) > 1e-2
    assert largest_difference(model.get_weights(), mixed) < 1e-14  # measured 3e-16


@pytest.mark.parametrize("optimizer", [nn.optimizers.SGD(0.05, momentum=0.9), nn.optimizers.Adam(0.001)])
def test_an_optimizer_that_reads_its_gradients_is_given_whole_ones(model, data, optimizer):
    first = model.get_weights()
    model.compile(optimizer)
    model.fit(*data, batch_size=1, shuffle=False, verbose=0)
    fitted = model.get_weights()

    model.set_weights(first)
    model.reset_optimizer()
    for x, y in zip(*data, strict=True):
        model.train_on_batch(x[None], y[None])
    assert largest_difference(model.get_weights(), fitted) == 0


def test_the_parameters_are_up_to_date_when_training_is_interrupted(model, data):
    first = model.get_weights()
    calls = []

    class Interrupted(nn.layers.ReLU):
        def forward(self, inputs, training=False):
            calls.append(1)
            if len(calls) == 6:
                raise KeyboardInterrupt
            return super().forward(inputs, training)

    stopped = nn.Sequential([nn.Input((N_INPUTS,)), *make_layers(hidden=Interrupted)])
    stopped.set_weights(first)
    stopped.compile(nn.optimizers.SGD(0.05))
    with pytest.raises(KeyboardInterrupt):
        stopped.fit(*data, batch_size=1, shuffle=False, verbose=0)

    model.compile(nn.optimizers.SGD(0.05))
    for x, y in list(zip(*data, strict=True))[:5]:
        model.train_on_batch(x[None], y[None])
    assert largest_difference(first, stopped.get_weights()) > 1e-3
    assert largest_difference(model.get_weights(), stopped.get_weights()) < 1e-14  # measured 1e-16


def test_products_see_the_steps_that_are_not_yet_taken():
    rng = np.random.default_rng(2)
    kernel = rng.normal(size=(7, 4))
    deferred, whole = DeferredKernel(kernel), kernel.copy()
    inputs, grad_logits = np.empty((1, 7)), deferred.grad_logits
    out, transposed = np.empty((1, 4)), np.empty((1, 7))
    tape = Tape()
    deferred.write_product(tape, inputs, out)
    deferred.write_product_transposed(tape, grad_logits, transposed)
    for _ in range(2 * CAPACITY + 3):
        inputs[...], grad_logits[...] = rng.normal(size=(1, 7)), rng.normal(size=(1, 4))
        tape.play()
        np.testing.assert_allclose(out, inputs @ whole, atol=1e-13)  # measured 2e-15
        np.testing.assert_allclose(transposed, grad_logits @ whole.T, atol=1e-13)  # measured 2e-15
        deferred.descend(0.1)
        whole -= 0.1 * inputs.T @ grad_logits
    deferred.finish()
    np.testing.assert_allclose(kernel, whole, atol=1e-13)  # measured 2e-15


class Watcher:
    """Calls a function of the model after a step, the one with the number `at`."""

    def __init__(self, function, at=None, method="on_train_batch_end"):
        self.function, self.at = function, at
        setattr(self, method, self.call)

    def set_model(self, model):
        self.model = model

    def call(self, batch, logs):
        if self.at is None or batch == self.at:
            self.function(self.model)


def kernel_of(model):
    return model.layers[1].params["kernel"]


@pytest.mark.parametrize("at", [0, 7, CAPACITY - 1, 3 * CAPACITY + 4], ids=str)
def test_weights_that_a_callback_sets_stay(model, data, at):
    zeros = [np.zeros_like(weight) for weight in model.get_weights()]
    x, y = data[0][: at + 1], data[1][: at + 1]
    model.compile(nn.optimizers.SGD(0.05))
    model.fit(x, y, batch_size=1, shuffle=False, verbose=0, callbacks=Watcher(lambda m: m.set_weights(zeros), at))
    assert not kernel_of(model).any()


@pytest.mark.parametrize("method", ["on_train_batch_begin", "on_train_batch_end"])
def test_training_goes_on_from_the_weights_that_a_callback_sets(model, data, method):
    def shrink(model):
        model.set_weights([0.99 * weight for weight in model.get_weights()])

    first = model.get_weights()
    model.compile(nn.optimizers.SGD(0.05))
    model.fit(*data, batch_size=1, shuffle=False, verbose=0, callbacks=Watcher(shrink, method=method))
    collected = model.get_weights()

    model.set_weights(first)
    for x, y in zip(*data, strict=True):
        if method == "on_train_batch_begin":
            shrink(model)
        model.train_on_batch(x[None], y[None])
        if method == "on_train_batch_end":
            shrink(model)
    assert largest_difference(model.get_weights(), collected) < 1e-14  # measured 7e-17


@pytest.mark.parametrize("n", [1, 5])
def test_a_callback_may_predict_evaluate_and_train(model, data, n):
    def use(model):
        outputs.append((model.predict(x[:n]), model.evaluate(x[:n], y[:n])))
        model.train_on_batch(x[:n], y[:n])

    (x, y), first, outputs = data, model.get_weights(), []
    model.compile(nn.optimizers.SGD(0.05))
    model.fit(x, y, batch_size=1, shuffle=False, verbose=0, callbacks=Watcher(use))
    collected, seen = model.get_weights(), outputs

    model.set_weights(first)
    outputs = []
    for sample, label in zip(*data, strict=True):
        model.train_on_batch(sample[None], label[None])
        use(model)
    assert largest_difference(model.get_weights(), collected) < 1e-14  # measured 2e-16
    for (ours, loss), (theirs, other_loss) in zip(seen, outputs, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-13)  # measured 1e-16
        assert loss == pytest.approx(other_loss, abs=1e-13)


def test_a_model_that_is_observed_for_some_steps_trains_as_it_would(model, data):
    class Observer:
        def set_model(self, model):
            self.model = model

        def on_train_batch_begin(self, batch, logs):
            if batch == 4:
                self.observed = self.model.observed(lambda plan: None)
                self.observed.__enter__()

        def on_train_batch_end(self, batch, logs):
            if batch == 6:
                self.observed.__exit__(None, None, None)

    first, ended = model.get_weights(), []
    model.compile(nn.optimizers.SGD(0.05))
    for callbacks in (None, Observer()):
        model.set_weights(first)
        model.fit(*data, batch_size=1, shuffle=False, verbose=0, callbacks=callbacks)
        ended.append(model.get_weights())
    assert largest_difference(*ended) == 0
