"""A Keras model in a process of its own: here on TensorFlow, which is always there, as on any other backend."""

import math
import multiprocessing
import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import harness.experiments.model_names as model_names
from harness.base.errors import UsageError
from harness.experiments import RunConfig
from harness.training.backend_trainer import BackendTrainer
from harness.training.contenders import make_trainer
from numpy_model.config import usable_cores
from tests.harness.parity.sides import LEARNING_RATE
from tests.numpy_model.cases import fashion_excerpt

CONFIG = RunConfig(models=("keras-jax",), learning_rate=LEARNING_RATE, network="no_hidden").filled()


@pytest.fixture(scope="module")
def remote():
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(model_names.BACKENDS, "keras-jax", "tensorflow")
        yield BackendTrainer("keras-jax", CONFIG, (28, 28, 1), 10)


@pytest.fixture(scope="module")
def local():
    recipe = CONFIG.recipes()["keras-jax"]
    return make_trainer("keras", recipe.network, lambda nn: nn.optimizers.SGD(LEARNING_RATE), recipe.loss)


def test_it_trains_as_the_same_model_in_this_process_does(remote, local):
    x, y = fashion_excerpt(20)
    assert remote.parameters() == local.parameters()
    assert [type(layer).__name__ for layer in remote.model.layers] == [
        type(layer).__name__ for layer in local.model.layers
    ]
    weights, results = local.initial_weights(1), []
    for trainer in (remote, local):
        trainer.start(weights)
        trainer.warm_up(x[:6], y[:6], 5)
        results.append((trainer.train_epoch(x, y, 5), trainer.predict(x), trainer.get_state()))
    (scores, outputs, state), (other_scores, other_outputs, other_state) = results
    assert scores == pytest.approx(other_scores, abs=1e-5)
    np.testing.assert_allclose(outputs, other_outputs, rtol=0, atol=1e-5)
    for one, other in zip(state, other_state, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-5)


def test_its_clock_runs_around_training_and_not_around_handing_over(remote):
    x, y = fashion_excerpt(20)
    start = time.perf_counter()
    remote.train_epoch(x, y, 5)
    end = time.perf_counter()
    assert start < remote.first_step_begin < remote.last_step_end < end


def test_its_steps_are_counted_while_it_trains(remote):
    x, y = fashion_excerpt(20)
    before = remote.steps_done
    remote.train_epoch(x, y, 5)
    assert remote.steps_done == before + 4


def test_a_loss_that_is_not_finite_ends_training_here_as_there(remote):
    x, y = fashion_excerpt(20)
    weights = remote.get_weights()
    remote.start([np.full_like(weight, math.nan) for weight in weights])
    with pytest.raises(FloatingPointError, match="the loss is nan at epoch 3, step 1"):
        remote.train_epoch(x, y, 5, epoch=3)
    remote.start(weights)


def test_its_environment_names_versions_and_backend(remote):
    environment = remote.describe_environment()
    assert environment["backend"] == "tensorflow"
    assert {"keras", "tensorflow", "devices"} <= environment.keys()


def test_in_a_worker_of_a_sweep_it_is_refused(monkeypatch):
    monkeypatch.setattr(multiprocessing, "current_process", lambda: SimpleNamespace(daemon=True))
    with pytest.raises(RuntimeError, match="keras-jax needs a process of its own, and a worker of a sweep"):
        BackendTrainer("keras-jax", CONFIG, (28, 28, 1), 10)


def test_a_backend_that_is_not_installed_is_left_out_with_a_line(monkeypatch):
    monkeypatch.setitem(model_names.BACKENDS, "keras-jax", "no_such_library")
    models, lines = model_names.without_missing(("numpy", "keras-jax"))
    assert models == ("numpy",)
    (line,) = lines
    assert line.startswith("keras-jax is left out: no_such_library is not installed; install it with pip install")
    with pytest.raises(UsageError, match="keras-jax is left out"):
        model_names.without_missing(("keras-jax",))


@pytest.mark.parametrize("threads", [None, 1])
def test_pytorch_has_the_threads_of_the_run_and_not_those_of_numpys_blas(monkeypatch, threads):
    pytest.importorskip("torch")
    monkeypatch.setenv("MKL_NUM_THREADS", "1")  # as every command sets it
    config = replace(CONFIG, models=("keras-torch",), threads=threads)
    environment = BackendTrainer("keras-torch", config, (28, 28, 1), 10).describe_environment()
    assert environment["intra_op_threads"] == (threads or usable_cores())
