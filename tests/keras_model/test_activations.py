"""Every activation in float64 against Keras: outputs, gradients and a hundred steps of training."""

from functools import partial

import numpy as np
import pytest

from harness.experiments.optimizers import sgd
from harness.training.numpy_trainer import NumpyTrainer
from keras_model import KerasTrainer
from numpy_model.activations import NAMES


def network(nn, activation):
    """A network with the activation in a convolution and in a dense layer."""
    return nn.Sequential(
        [
            nn.Input((5, 5, 1)),
            # The exponential of an exponential soon overflows.
            nn.layers.Conv2D(2, 3, activation="tanh" if activation == "exponential" else activation),
            nn.layers.Flatten(),
            nn.layers.Dense(4, activation=activation),
            nn.layers.Dense(3, activation="softmax"),
        ]
    )


@pytest.mark.processor
@pytest.mark.parametrize("activation", NAMES)
def test_a_hundred_steps_end_with_the_weights_of_keras(activation):
    ours, theirs = (
        make(
            partial(network, activation=activation),
            partial(sgd, learning_rate=0.1),
            "float64",
        )
        for make in (NumpyTrainer, KerasTrainer)
    )
    weights = ours.initial_weights(1)
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(200, 5, 5, 1)), rng.integers(0, 3, 200)
    for trainer in (ours, theirs):
        trainer.start(weights)
        trainer.train_epoch(x, y, 2)
    np.testing.assert_allclose(ours.predict(x), theirs.predict(x), rtol=0, atol=1e-10)
    for own, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(own, other, rtol=0, atol=1e-10)
