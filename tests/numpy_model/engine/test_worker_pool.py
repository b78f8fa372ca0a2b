"""Several processes for one batch."""

import gc
import multiprocessing
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import numpy_model as nn
from harness.experiments.networks import simple_cnn
from numpy_model.engine import shared_memory
from numpy_model.engine.sharing import split
from numpy_model.engine.worker_pool import SMALLEST_PREDICTION_PART, SMALLEST_TRAINING_PART

needs_workers = pytest.mark.skipif(sys.platform != "linux", reason="these tests look at workers that are forks")


@pytest.fixture(autouse=True)
def own_choice_of_threads():
    if workers():
        gc.collect()  # workers end with their model
    yield
    nn.config.set_threads(None)
    nn.config.set_floatx("float32")


def make_model(filters=6):
    nn.config.set_floatx("float64")
    model = simple_cnn(nn, (12, 12, 1), 10, filters=filters)
    model.initialize(0)
    model.compile(nn.optimizers.SGD(0.1))
    return model


def make_samples(n):
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, 12, 12, 1)), rng.integers(0, 10, n)


def workers():
    return multiprocessing.active_children()


@pytest.mark.parametrize("n", [1, 2, 31, 32, 33, 300])
def test_blocks_hold_every_sample_once_and_are_as_equal_as_can_be(n):
    sizes = [block.stop - block.start for block in split(n, 32)]
    assert sum(sizes) == n and max(sizes) <= 32 and max(sizes) - min(sizes) <= 1
    assert [block.start for block in split(n, 32)] == np.cumsum([0, *sizes[:-1]]).tolist()


# 300 samples take several rounds; 40 filters make kernels of convolutions so large that they stand by themselves.
@pytest.mark.processor
@pytest.mark.parametrize(
    ("n", "filters", "is_weighted"), [(48, 6, False), (70, 6, True), (300, 6, True), (48, 40, False)]
)
def test_the_number_of_processes_changes_a_step_by_rounding_only(n, filters, is_weighted):
    x, y = make_samples(n)
    sample_weight = np.linspace(0, 2, n) if is_weighted else None
    weights = []
    for threads in (1, 2, 3):
        nn.config.set_threads(threads)
        model = make_model(filters)
        model.fit(x, y, batch_size=n, epochs=3, shuffle=False, verbose=0, sample_weight=sample_weight)
        weights.append(model.get_weights())
    for one, two, three in zip(*weights, strict=True):
        np.testing.assert_allclose(two, one, rtol=0, atol=1e-13)  # measured 2e-16
        np.testing.assert_allclose(three, one, rtol=0, atol=1e-13)


@needs_workers
def test_workers_predict_what_one_process_predicts():
    x, y = make_samples(2 * SMALLEST_PREDICTION_PART + 5)
    model = make_model()
    nn.config.set_threads(1)
    expected, scores = model.predict(x), model.evaluate(x, y)
    assert not workers()
    nn.config.set_threads(2)
    np.testing.assert_allclose(model.predict(x, batch_size=7), expected, rtol=0, atol=1e-14)  # measured 1e-16
    np.testing.assert_allclose(model.evaluate(x, y), scores, rtol=0, atol=1e-14)
    assert len(workers()) == 1


@needs_workers
def test_workers_follow_when_weights_are_set():
    x, _ = make_samples(2 * SMALLEST_PREDICTION_PART)
    nn.config.set_threads(2)
    model = make_model()
    before = model.predict(x)
    model.set_weights([weight * 0.5 for weight in model.get_weights()])
    after = model.predict(x)
    nn.config.set_threads(1)
    np.testing.assert_allclose(after, model.predict(x), rtol=0, atol=1e-14)
    assert np.abs(after - before)[-1].max() > 1e-3


@needs_workers
def test_a_small_batch_stays_with_one_process():
    nn.config.set_threads(2)
    x, y = make_samples(8)
    model = make_model()
    model.fit(x, y, batch_size=len(x), epochs=1, verbose=0)
    assert not workers()


@needs_workers
def test_the_more_a_network_computes_for_its_parameters_the_smaller_a_batch_is_shared():
    nn.config.set_threads(2)
    convolution, dense = nn.layers.Conv2D(64, 5, padding="same"), nn.layers.Dense(4000)
    computes_much = nn.Sequential([nn.Input((28, 28, 8)), convolution, nn.layers.GlobalAveragePooling2D()])
    has_many_parameters = nn.Sequential([nn.Input((2000,)), dense])
    assert computes_much.batch_shares(2) == [1, 1]
    assert has_many_parameters.batch_shares(2) == [2]
    assert has_many_parameters.batch_shares(32) == [16, 16]


@needs_workers
def test_a_worker_that_was_killed_is_an_error_and_the_next_step_has_a_new_one():
    nn.config.set_threads(2)
    x, y = make_samples(2 * SMALLEST_TRAINING_PART)
    model = make_model()
    model.train_on_batch(x, y)
    weights = model.get_weights()
    os.kill(workers()[0].pid, signal.SIGKILL)
    with pytest.raises(RuntimeError, match=r"worker process .* is gone.*set_threads"):
        model.train_on_batch(x, y)
    for before, after in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)
    model.train_on_batch(x, y)


@needs_workers
def test_an_error_in_a_worker_reaches_the_caller():
    owner = os.getpid()

    class Failing(nn.layers.ReLU):
        def forward(self, inputs, training=False):
            if os.getpid() != owner:
                raise MemoryError("no room")
            return super().forward(inputs, training)

    nn.config.set_threads(2)
    layers = [nn.layers.Flatten(), Failing(), nn.layers.Dense(10, activation="softmax")]
    model = nn.Sequential([nn.Input((12, 12, 1)), *layers])
    model.compile()
    with pytest.raises(RuntimeError, match="failed: MemoryError: no room"):
        model.train_on_batch(*make_samples(2 * SMALLEST_TRAINING_PART))


@pytest.mark.processor
@needs_workers
def test_a_worker_that_joins_later_follows_the_parameters():
    x, _ = make_samples(2 * SMALLEST_PREDICTION_PART)
    model, other = make_model(), make_model()
    other.initialize(1)
    nn.config.set_threads(1)
    expected = other.predict(x)
    model.predict(x)
    nn.config.set_threads(2)
    model.predict(x)
    model.set_weights(other.get_weights())
    np.testing.assert_array_equal(model.predict(x), expected)


@needs_workers
def test_workers_end_with_their_model():
    nn.config.set_threads(2)
    model = make_model()
    model.train_on_batch(*make_samples(2 * SMALLEST_TRAINING_PART))
    pid = workers()[0].pid
    assert is_alive(pid)
    del model
    gc.collect()
    assert not is_alive(pid)


@pytest.mark.processor
@needs_workers
def test_workers_end_when_their_process_is_killed():
    owner = os.fork()
    if owner == 0:  # the process to be killed
        model = make_model()
        nn.config.set_threads(3)
        model.train_on_batch(*make_samples(3 * SMALLEST_TRAINING_PART))
        time.sleep(60)
        os._exit(0)
    children = f"/proc/{owner}/task/{owner}/children"
    deadline = time.monotonic() + 30
    while len(pids := [int(pid) for pid in pathlib.Path(children).read_text().split()]) < 2:
        assert time.monotonic() < deadline, "the workers were not started"
        time.sleep(0.02)
    os.kill(owner, signal.SIGKILL)
    os.waitpid(owner, 0)
    while any(is_alive(pid) for pid in pids):
        assert time.monotonic() < deadline, "the workers outlive their process"
        time.sleep(0.02)


@needs_workers
def test_a_stopped_worker_ends_with_its_model():
    nn.config.set_threads(2)
    model = make_model()
    model.train_on_batch(*make_samples(2 * SMALLEST_TRAINING_PART))
    (process,) = workers()
    os.kill(process.pid, signal.SIGSTOP)
    waited = threading.Event()
    wake = threading.Timer(20, lambda: (waited.set(), os.kill(process.pid, signal.SIGCONT)))
    wake.start()
    del model
    gc.collect()
    wake.cancel()
    assert not is_alive(process.pid) and not waited.is_set()


@needs_workers
@pytest.mark.parametrize("is_at_work", [True, False])
def test_a_worker_whose_process_was_killed_ends_without_a_word(is_at_work, capfd):
    reading, writing = os.pipe()
    owner = os.fork()
    if owner == 0:  # the process to be killed
        nn.config.set_threads(2)
        model = make_model()
        model.train_on_batch(*make_samples(2 * SMALLEST_TRAINING_PART))
        (process,) = workers()
        os.write(writing, str(process.pid).encode())
        os.kill(process.pid, signal.SIGSTOP)
        if is_at_work:
            threading.Thread(target=model.train_on_batch, args=make_samples(2 * SMALLEST_TRAINING_PART)).start()
            time.sleep(0.5)  # until it has sent the job
        os.kill(os.getpid(), signal.SIGKILL)
    os.close(writing)
    os.waitpid(owner, 0)
    pid, deadline = int(os.read(reading, 20)), time.monotonic() + 30
    os.close(reading)
    os.kill(pid, signal.SIGCONT)
    while is_alive(pid):
        assert time.monotonic() < deadline, "the worker outlives its process"
        time.sleep(0.02)
    assert capfd.readouterr() == ("", "")


@needs_workers
def test_a_fork_of_the_process_trains_on_its_own():
    nn.config.set_threads(2)
    x, y = make_samples(2 * SMALLEST_TRAINING_PART)
    model = make_model()
    model.train_on_batch(x, y)
    weights = model.get_weights()
    child = os.fork()
    if child == 0:
        model.train_on_batch(x, y)
        changed = any((before != after).any() for before, after in zip(weights, model.get_weights(), strict=True))
        os._exit(0 if changed else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    for before, after in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)
    model.train_on_batch(x, y)


def is_alive(pid):
    """Return whether a process runs: neither gone, nor dead and not yet asked after."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@needs_workers
def test_workers_compute_with_a_layer_that_was_changed():
    x, _ = make_samples(2 * SMALLEST_PREDICTION_PART)
    nn.config.set_threads(2)
    model = make_model()
    before = model.predict(x)
    model.layers[0].activation = nn.activations.get(None)
    after = model.predict(x)
    nn.config.set_threads(1)
    np.testing.assert_allclose(after, model.predict(x), rtol=0, atol=1e-14)  # measured 0
    assert np.abs(after - before)[-1].max() > 1e-3


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "two"])
def test_a_number_of_threads_that_cannot_be_is_refused(value):
    with pytest.raises(ValueError, match="threads is"):
        nn.config.set_threads(value)


def changes_its_weights(model, x, y):
    before = model.get_weights()
    model.fit(x, y, batch_size=len(x), verbose=0)
    return any((old != new).any() for old, new in zip(before, model.get_weights(), strict=True))


def train_in_a_pool(n):
    nn.config.set_threads(2)
    return changes_its_weights(make_model(), *make_samples(n))


@needs_workers
def test_a_daemonic_process_trains_alone():
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply(train_in_a_pool, (2 * SMALLEST_TRAINING_PART,))


@needs_workers
def test_a_model_trains_alone_where_no_process_can_be_started(monkeypatch):
    def refuse(*arguments):
        raise BlockingIOError("Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refuse)
    nn.config.set_threads(2)
    assert changes_its_weights(make_model(), *make_samples(2 * SMALLEST_TRAINING_PART))
    assert not workers()


def test_workers_take_up_the_loss_that_a_model_is_compiled_with_again():
    class Scaled(nn.losses.MeanSquaredError):
        def __init__(self, factor):
            self.factor = factor

        def backward(self, outputs, targets, batch_size):
            return super().backward(outputs, targets, batch_size) * outputs.dtype.type(self.factor)

    x, y = np.random.default_rng(0).random((64, 5), np.float32), np.eye(3)[np.arange(64) % 3]
    weights = []
    for threads in (1, 2):
        with nn.config.scope(threads=threads):
            model = nn.Sequential([nn.Input((5,)), nn.layers.Dense(3)])
            for factor in (1, 3):
                model.initialize(0)
                model.compile(nn.optimizers.SGD(0.1), Scaled(factor))
                model.fit(x, y, batch_size=64, verbose=0)
        weights.append(model.get_weights())
    for alone, shared in zip(*weights, strict=True):
        np.testing.assert_allclose(shared, alone, rtol=0, atol=1e-6)  # measured 3e-8


@pytest.fixture
def new_processes(monkeypatch):
    """Start workers as new processes, as other systems do."""
    monkeypatch.setattr(shared_memory, "START_METHOD", "spawn")
    nn.config.set_threads(2)


def train(model):
    """Train on two batches, of which each has weights, and return the parameters."""
    x, y = make_samples(4 * SMALLEST_TRAINING_PART)
    model.fit(x, y, batch_size=2 * SMALLEST_TRAINING_PART, sample_weight=y / 10, verbose=0, seed=0)
    return model.get_weights()


@pytest.mark.processor
def test_a_new_process_computes_what_a_fork_does(new_processes, monkeypatch):
    model = make_model(filters=40)
    by_new = train(model)
    assert len(workers()) == 1
    monkeypatch.undo()
    for one, other in zip(by_new, train(make_model(filters=40)), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_model_trains_alone_where_a_layer_cannot_be_sent_to_a_new_process(new_processes, capfd):
    class Local(nn.layers.ReLU):
        """Known to this function alone."""

    model = nn.Sequential([nn.Input((12, 12, 1)), Local(), nn.layers.Flatten(), nn.layers.Dense(10, "softmax")])
    model.compile()
    train(model)
    assert not workers()
    assert capfd.readouterr().err == ""


def test_a_new_process_does_not_run_the_script_of_its_caller(tmp_path):
    script = tmp_path / "train.py"
    script.write_text(
        "print('begun')\n"
        "from numpy_model.engine import shared_memory\n"
        "shared_memory.START_METHOD = 'spawn'\n"
        "from tests.numpy_model.engine.test_worker_pool import make_model, nn, train, workers\n"
        "nn.config.set_threads(2)\n"
        "model = make_model()\n"
        "train(model)\n"
        "print(len(workers()), 'worker')\n"
    )
    root = pathlib.Path(__file__).parents[3]
    command, environment = [sys.executable, str(script)], os.environ | {"PYTHONPATH": str(root)}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert (ended.stdout, ended.stderr) == ("begun\n1 worker\n", "")


class Counter(nn.layers.Layer):
    """A layer that adds its state to what it is given."""

    def build(self, input_shape):
        self.add_state("shift", tuple(input_shape), nn.initializers.get("zeros"))
        return super().build(input_shape)

    def forward(self, inputs, training=False):
        self.remember(training, outputs := inputs + self.state["shift"])
        return outputs

    def backward(self, grad_outputs):
        self.recall(grad_outputs)
        return grad_outputs


def test_all_samples_see_the_state_of_a_layer_as_it_is_now():
    nn.config.set_threads(2)
    model = nn.Sequential([nn.Input((3,)), Counter()])
    x = np.zeros((2 * SMALLEST_PREDICTION_PART, 3), np.float32)
    model.predict(x)
    model.set_weights([np.ones(3)])
    np.testing.assert_array_equal(model.predict(x), x + 1)


def test_a_batch_size_may_be_a_whole_number_of_numpys():
    x, y = make_samples(64)
    nn.config.set_threads(2)
    model = make_model()
    assert model.predict(x, batch_size=np.int64(8)).shape == (64, 10)
    model.fit(x, y, batch_size=np.int64(32), validation_data=(x, y), verbose=0)
