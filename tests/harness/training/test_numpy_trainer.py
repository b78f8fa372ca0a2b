"""A NumPy model as a trainer."""

import numpy as np
import pytest

from harness.parity.vocabulary.layer_cases import BATCH_CASES, RANDOM_CASES
from harness.training.numpy_trainer import NumpyTrainer


def sgd(nn):
    return nn.optimizers.SGD(0.1, momentum=0.5)


@pytest.mark.parametrize("case", [*RANDOM_CASES, *BATCH_CASES], ids=str)
def test_a_training_goes_on_from_its_state_bit_by_bit(case):
    x, y = case.draw_inputs(40, "float32"), np.arange(40) % 3
    first, second = NumpyTrainer(case.network, sgd), NumpyTrainer(case.network, sgd)
    first.start(first.initial_weights(0))
    first.train_epoch(x, y, batch_size=8)
    state = first.get_state()
    first.train_epoch(x, y, batch_size=8)
    second.set_state(state)
    second.train_epoch(x, y, batch_size=8)
    for one, other in zip(first.get_state(), second.get_state(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("case", [*RANDOM_CASES, *BATCH_CASES], ids=str)
def test_a_warm_up_leaves_nothing_behind(case):
    x, y = case.draw_inputs(8, "float32"), np.arange(8) % 3
    trainer = NumpyTrainer(case.network, sgd)
    trainer.start(trainer.initial_weights(0))
    before = trainer.get_state()
    trainer.warm_up(x, y, batch_size=4)
    for one, other in zip(trainer.get_state(), before, strict=True):
        np.testing.assert_array_equal(one, other)
