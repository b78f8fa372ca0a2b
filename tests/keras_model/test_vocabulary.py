"""Activations, losses, regularizers, optimizers and schedules in float64 against Keras: a hundred steps, and scores."""

import numpy as np
import pytest

from harness.parity.vocabulary.training_cases import BY_KIND
from harness.training.numpy_trainer import NumpyTrainer
from keras_model import KerasTrainer
from keras_model.walker import make_exact

# Another processor has other instructions for exponentials and roots, a sum in another order, or another sign of 0.
ON_ALL_PROCESSORS = (
    "relu", "leaky_relu", "tanh", "sigmoid", "gelu", "exponential", "softmax",
    "binary_crossentropy", "mean_absolute_error",
    "RMSprop, centered", "global_clipnorm",
)  # fmt: skip
# They are trained longer, on images, in test_training_against_keras.py, are other names or pieces of what is here.
ELSEWHERE = (
    "sparse_categorical_crossentropy",
    "SGD",
    "SGD, momentum",
    "SGD, Nesterov",
    "Adam",
    "linear",
    "hard_sigmoid",
    "relu6",
    "selu",
    "softsign",
    "swish",
    "l2",
)


def marks_of(case):
    """Return the marks of a case: one that is shown elsewhere is slow."""
    if case.name in ELSEWHERE:
        return pytest.mark.slow
    return pytest.mark.processor if case.name in ON_ALL_PROCESSORS else ()


CASES = [pytest.param(case, id=case.name, marks=marks_of(case)) for cases in BY_KIND.values() for case in cases]


@pytest.mark.parametrize("case", CASES)
def test_a_hundred_steps_end_with_the_weights_and_the_scores_of_keras(case):
    ours, theirs = (
        make(case.network, case.optimizer, "float64", loss=case.loss) for make in (NumpyTrainer, KerasTrainer)
    )
    if ours.model.optimizer.schedule:
        make_exact(theirs.model.optimizer)  # Keras computes schedules in float32
    weights = ours.initial_weights(1)
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(200, 5, 5, 1)), rng.integers(0, case.n_outputs, 200)
    scores = []
    for trainer in (ours, theirs):
        trainer.start(weights)
        scores.append(trainer.train_epoch(x, y, batch_size=2))
    for own, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(own, other, rtol=0, atol=1e-10)  # measured 2e-15
    np.testing.assert_allclose(*scores, rtol=0, atol=1e-6)  # Keras averages in float32; measured 6e-8


@pytest.mark.parametrize("case", [*BY_KIND["loss"], BY_KIND["regularizer"][0]], ids=str)
def test_an_evaluation_has_the_loss_and_the_accuracy_of_keras(case):
    trainers = [make(case.network, case.optimizer, loss=case.loss) for make in (NumpyTrainer, KerasTrainer)]
    weights = trainers[0].initial_weights(1)
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(60, 5, 5, 1)), rng.integers(0, case.n_outputs, 60)
    for trainer in trainers:
        trainer.start(weights)
    scores = [trainer.model.evaluate(x, trainer.targets(y), verbose=0) for trainer in trainers]
    np.testing.assert_allclose(*scores, rtol=0, atol=1e-5)  # measured 1e-7
