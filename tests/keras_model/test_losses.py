"""Every loss and regularizer in float64 against Keras: a hundred steps, and the scores of Keras."""

import numpy as np
import pytest

from harness.parity.vocabulary.training_cases import LOSSES, REGULARIZERS
from harness.training.numpy_trainer import NumpyTrainer
from keras_model import KerasTrainer


@pytest.mark.processor
@pytest.mark.parametrize("batch_size", [1, 3])
@pytest.mark.parametrize("case", [*LOSSES, *REGULARIZERS], ids=str)
def test_a_hundred_steps_end_with_the_weights_and_the_scores_of_keras(case, batch_size):
    ours, theirs = (
        make(case.network, case.optimizer, "float64", loss=case.loss) for make in (NumpyTrainer, KerasTrainer)
    )
    weights = ours.initial_weights(1)
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(100 * batch_size, 5, 5, 1)), rng.integers(0, case.n_outputs, 100 * batch_size)
    scores = []
    for trainer in (ours, theirs):
        trainer.start(weights)
        scores.append(trainer.train_epoch(x, y, batch_size))
    for own, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(own, other, rtol=0, atol=1e-10)  # measured 2e-15
    np.testing.assert_allclose(*scores, rtol=0, atol=1e-6)  # Keras averages in float32; measured 6e-8
    evaluated = [trainer.model.evaluate(x, trainer.targets(y), verbose=0) for trainer in (ours, theirs)]
    np.testing.assert_allclose(*evaluated, rtol=0, atol=1e-6)  # measured 1e-7
