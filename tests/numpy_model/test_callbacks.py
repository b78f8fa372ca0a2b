"""What callbacks of `fit` see: every step, with current parameters and gradients, and nothing changes."""

import numpy as np
import pytest

import numpy_model as nn
from numpy_model.engine.deferred import CAPACITY

N = 2 * CAPACITY + 3


class Watcher:
    """Keeps what it is called with, and the parameters at that time."""

    def __init__(self, model):
        self.model, self.calls, self.weights, self.grads = model, [], [], []

    def on_train_batch_end(self, batch, logs):
        self.calls.append((batch, dict(logs)))
        self.weights.append(self.model.get_weights())
        self.grads.append([grad.copy() for layer in self.model.layers for grad in layer.grads.values()])


def make_model():
    """Return a model with a kernel that is large enough for its steps to be collected."""
    nn.config.set_floatx("float64")
    model = nn.Sequential(
        [nn.Input((60,)), nn.layers.Dense(200, activation="relu"), nn.layers.Dense(3, activation="softmax")]
    )
    nn.config.set_floatx("float32")
    model.initialize(0)
    model.compile(nn.optimizers.SGD(0.05), metrics=["accuracy"])
    return model


@pytest.fixture
def data():
    rng = np.random.default_rng(1)
    return rng.normal(size=(N, 60)), rng.integers(0, 3, N)


@pytest.mark.parametrize("batch_size", [1, 4])
def test_parameters_are_current_after_every_step(batch_size, data):
    x, y = data
    model, single = make_model(), make_model()
    watcher = Watcher(model)
    model.fit(x, y, batch_size=batch_size, shuffle=False, verbose=0, callbacks=[watcher])
    for step, start in enumerate(range(0, N, batch_size)):
        before = single.get_weights()
        single.train_on_batch(x[start : start + batch_size], y[start : start + batch_size])
        for seen, expected, old, grad in zip(
            watcher.weights[step], single.get_weights(), before, watcher.grads[step], strict=True
        ):
            np.testing.assert_allclose(seen, expected, rtol=0, atol=1e-13)  # measured 1e-15
            np.testing.assert_allclose(old - 0.05 * grad, expected, rtol=0, atol=1e-13)  # measured 1e-15
    assert step == len(watcher.calls) - 1


@pytest.mark.parametrize("batch_size", [1, 4])
def test_to_watch_changes_nothing(batch_size, data):
    model, watched = make_model(), make_model()
    model.fit(*data, batch_size=batch_size, shuffle=False, verbose=0)
    watched.fit(*data, batch_size=batch_size, shuffle=False, verbose=0, callbacks=[Watcher(watched)])
    for one, other in zip(model.get_weights(), watched.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_logs_are_the_means_of_the_epoch_so_far(data):
    model = make_model()
    watcher = Watcher(model)
    history = model.fit(*data, batch_size=4, epochs=2, shuffle=False, verbose=0, callbacks=[watcher]).history
    n_steps = len(watcher.calls) // 2
    assert [batch for batch, _ in watcher.calls] == [*range(n_steps), *range(n_steps)]
    for epoch in (0, 1):
        last = watcher.calls[(epoch + 1) * n_steps - 1][1]
        assert last["loss"] == pytest.approx(history["loss"][epoch], rel=1e-12)
        assert last["accuracy"] == pytest.approx(history["accuracy"][epoch], rel=1e-12)


class Recorder:
    """Keeps the names of its calls; ends training as soon as it is called as `stop_at`."""

    def __init__(self, stop_at=None):
        self.calls, self.stop_at = [], stop_at

    def set_model(self, model):
        self.model = model

    def __getattr__(self, name):
        if not name.startswith("on_"):
            raise AttributeError(name)

        def call(*arguments):
            self.calls.append(name)
            self.model.stop_training = self.model.stop_training or name == self.stop_at

        return call


STEP = ["on_train_batch_begin", "on_train_batch_end"]


@pytest.mark.parametrize(
    ("stop_at", "epochs", "steps"), [(None, 2, 2), ("on_epoch_end", 1, 2), ("on_train_batch_end", 1, 1)]
)
def test_callbacks_are_called_in_keras_order_until_one_stops_the_training(stop_at, epochs, steps, data):
    x, y = data
    model, recorder = make_model(), Recorder(stop_at)
    history = model.fit(x[:8], y[:8], batch_size=4, epochs=2, verbose=0, callbacks=recorder)
    epoch = ["on_epoch_begin", *steps * STEP, "on_epoch_end"]
    assert recorder.calls == ["on_train_begin", *epochs * epoch, "on_train_end"]
    assert len(history.epoch) == epochs
    assert np.isfinite(history.history["loss"]).all()
