"""Every optimizer in float64 against Keras, with schedules, clipping and decay of the weights."""

import numpy as np
import pytest

from harness.training.numpy_trainer import NumpyTrainer
from keras_model import KerasTrainer, keras
from keras_model.settings import keras_settings
from keras_model.walker import make_exact
from numpy_model import optimizers


def network(nn):
    return nn.Sequential(
        [
            nn.Input((5, 5, 1)),
            nn.layers.Conv2D(2, 3, activation="tanh"),
            nn.layers.Flatten(),
            nn.layers.Dense(3, activation="softmax"),
        ]
    )


CASES = {
    "sgd": lambda nn: nn.optimizers.SGD(0.1),
    "sgd, momentum": lambda nn: nn.optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    "adam": lambda nn: nn.optimizers.Adam(0.01),
    "adamw": lambda nn: nn.optimizers.AdamW(0.01, weight_decay=0.1),
    "adagrad": lambda nn: nn.optimizers.Adagrad(0.1),
    "rmsprop": lambda nn: nn.optimizers.RMSprop(0.01),
    "rmsprop, momentum": lambda nn: nn.optimizers.RMSprop(0.01, rho=0.8, momentum=0.5),
    "rmsprop, centered": lambda nn: nn.optimizers.RMSprop(0.01, centered=True),
    "clipnorm": lambda nn: nn.optimizers.SGD(0.1, clipnorm=0.1),
    "clipvalue": lambda nn: nn.optimizers.Adam(0.01, clipvalue=0.05),
    "global_clipnorm": lambda nn: nn.optimizers.SGD(0.1, global_clipnorm=0.1),
    "weight_decay": lambda nn: nn.optimizers.SGD(0.1, weight_decay=0.01),
    "exponential decay": lambda nn: nn.optimizers.SGD(nn.optimizers.schedules.ExponentialDecay(0.1, 10, 0.7)),
    "cosine decay": lambda nn: nn.optimizers.SGD(nn.optimizers.schedules.CosineDecay(0.1, 60, alpha=0.1)),
}


@pytest.mark.processor
@pytest.mark.parametrize("batch_size", [1, 3])
@pytest.mark.parametrize("name", CASES)
def test_a_hundred_steps_end_with_the_weights_of_keras(name, batch_size):
    ours, theirs = (make(network, CASES[name], "float64") for make in (NumpyTrainer, KerasTrainer))
    if ours.model.optimizer.schedule:
        make_exact(theirs.model.optimizer)  # Keras computes schedules in float32
    weights = ours.initial_weights(1)
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(100 * batch_size, 5, 5, 1)), rng.integers(0, 3, 100 * batch_size)
    for trainer in (ours, theirs):
        trainer.start(weights)
        trainer.train_epoch(x, y, batch_size)
    for own, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(own, other, rtol=0, atol=1e-10)


SCHEDULES = {
    "exponential": lambda schedules: schedules.ExponentialDecay(0.1, 7, 0.9),
    "exponential, staircase": lambda schedules: schedules.ExponentialDecay(0.1, 7, 0.9, staircase=True),
    "inverse time": lambda schedules: schedules.InverseTimeDecay(0.1, 7, 0.9),
    "inverse time, staircase": lambda schedules: schedules.InverseTimeDecay(0.1, 7, 0.9, staircase=True),
    "piecewise": lambda schedules: schedules.PiecewiseConstantDecay([3, 9], [0.1, 0.05, 0.01]),
    "polynomial": lambda schedules: schedules.PolynomialDecay(0.1, 11, 0.01, power=2.0),
    "polynomial, cycle": lambda schedules: schedules.PolynomialDecay(0.1, 5, 0.01, cycle=True),
    "cosine": lambda schedules: schedules.CosineDecay(0.1, 11, alpha=0.2),
    "cosine, warm-up": lambda schedules: schedules.CosineDecay(0.0, 11, warmup_target=0.1, warmup_steps=4),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_has_the_rates_of_keras(name):
    with keras_settings("float64"):
        theirs = [float(SCHEDULES[name](keras.optimizers.schedules)(step)) for step in range(25)]
    ours = [SCHEDULES[name](optimizers.schedules)(step) for step in range(25)]
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-7)  # in float32; measured 8e-9
