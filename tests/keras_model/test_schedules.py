"""Schedules against those of Keras, rate by rate."""

import numpy as np
import pytest

from keras_model import keras
from keras_model.settings import keras_settings
from numpy_model import optimizers

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
