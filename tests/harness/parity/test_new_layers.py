"""Networks of which not all weights are trained, and networks that draw at random."""

from functools import partial

import numpy as np
import pytest

from harness.base.errors import UsageError
from harness.experiments.losses import LOSS
from harness.experiments.optimizers import optimizer_of
from harness.parity.config import ParityConfig
from harness.parity.numpy_walker import NumpyWalker
from harness.parity.pairs import make_numpy_walkers
from harness.parity.vocabulary.layer_cases import BATCH_CASES, RANDOM_CASES
from keras_model import KerasWalker

SGD = partial(optimizer_of("sgd"), learning_rate=0.1)


def test_a_step_with_batch_normalization_is_that_of_keras():
    case = BATCH_CASES[0]
    ours, theirs = (walker(case.network, SGD, "float64") for walker in (NumpyWalker, KerasWalker))
    theirs.start(ours.initialize(0))
    batch = case.draw_inputs(4), np.arange(4) % 3
    theirs.set_params(theirs.params())  # what is trained alone
    expected = theirs.train(*batch)
    (step,) = ours.steps([batch])
    for layer, other in zip(step["params"], expected, strict=True):
        assert layer.keys() == other.keys()
        for name in layer:
            np.testing.assert_allclose(layer[name], other[name], rtol=0, atol=1e-14)  # measured 1e-16


def test_a_network_that_draws_at_random_is_refused_with_its_layer():
    with pytest.raises(UsageError, match=r"layer dropout draws its masks at random.*prove the network without it"):
        make_numpy_walkers(ParityConfig(), RANDOM_CASES[0].network, SGD, LOSS)
