"""The ways of training and predicting that the benchmark compares come to the same numbers."""

import time
from functools import partial

import numpy as np
import pytest

import keras_model
from harness.experiments.networks import simple_cnn
from harness.experiments.optimizers import sgd
from harness.experiments.optimizers import write_up_adam as adam
from keras_model import calls, epochs
from keras_model.settings import keras_settings

RNG = np.random.default_rng(0)
SAMPLES = RNG.normal(size=(11, 6, 6, 1)), RNG.integers(0, 10, 11)  # with batch size 4 the last batch is short


@pytest.fixture(autouse=True, scope="module")
def in_float64():
    with keras_settings("float64"):
        yield


def trainer_of(optimizer, **options):
    network = partial(simple_cnn, input_shape=(6, 6, 1), filters=2)
    return keras_model.KerasTrainer(network, partial(optimizer, learning_rate=0.05), dtype="float64", **options)


@pytest.fixture(scope="module")
def fit_results(in_float64):
    """Return, by optimizer, the first weights, and the scores of two epochs of `fit` and the weights after them."""
    results = {}
    for optimizer in (sgd, adam):
        trainer = trainer_of(optimizer)
        first = trainer.get_weights()
        histories = [trainer.model.fit(*SAMPLES, batch_size=4, shuffle=False, verbose=0).history for _ in range(2)]
        scores = [np.array([history["loss"][0], history["accuracy"][0]]) for history in histories]
        results[optimizer] = first, [*scores, *trainer.get_weights()]
    return results


@pytest.mark.parametrize(
    ("way", "optimizer", "options"),
    [
        (calls.Fit, sgd, {}),
        (epochs.FitDataset, sgd, {"steps_per_execution": 2}),
        (epochs.GraphEpoch, sgd, {}),
        (epochs.GraphEpoch, adam, {}),
        (partial(epochs.GraphEpoch, jit_compile=True), sgd, {}),
    ],
)
def test_every_way_trains_to_the_weights_and_scores_of_fit(way, optimizer, options, fit_results):
    first, expected = fit_results[optimizer]
    trainer = trainer_of(optimizer, **options)
    trainer.start(first)
    train = way(trainer.model)
    train.use(*SAMPLES, 4)
    results = [*(np.array(train()) for _ in range(2)), *trainer.get_weights()]
    for one, same in zip(results, expected, strict=True):
        np.testing.assert_allclose(one, same, rtol=0, atol=1e-12)  # measured 3e-17


@pytest.mark.parametrize("way", [calls.PredictOnBatch, epochs.GraphPrediction])
def test_every_way_predicts_what_predict_does(way):
    model = trainer_of(sgd).model
    plain, other = calls.Predict(model), way(model)
    for predict in (plain, other):
        predict.use(*SAMPLES, 4)
    np.testing.assert_allclose(other(), plain(), rtol=0, atol=1e-12)  # measured 0


@pytest.mark.parametrize(("way", "name"), [(calls.Fit, "fit"), (calls.Predict, "predict")])
def test_waiting_is_what_comes_after_the_last_step(way, name, monkeypatch):
    model = trainer_of(sgd).model
    plain = getattr(model, name)

    def slow_to_return(*arguments, **options):
        result = plain(*arguments, **options)
        time.sleep(0.5)
        return result

    monkeypatch.setattr(model, name, slow_to_return)
    call = way(model)
    call.use(*SAMPLES, 4)
    start = time.perf_counter()
    call()
    assert 0.5 <= call.waiting < time.perf_counter() - start
