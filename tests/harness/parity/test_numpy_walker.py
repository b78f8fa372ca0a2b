"""The NumPy model's steps, looked at one by one."""

import numpy as np
import pytest

from harness.parity.numpy_walker import NumpyWalker
from tests.harness.parity.sides import ALL_NETWORKS, batches_of, optimizer_named


@pytest.mark.parametrize("sizes", [[3, 3, 3, 1, 3, 3], [3, 3, 1, 3, 3], [3, 1, 3, 1], [1, 1, 1]])
def test_every_batch_is_a_step_also_the_short_one_at_the_end_of_an_epoch(sizes):
    batches = [(x[:size], y[:size]) for size, (x, y) in zip(sizes, batches_of(3, 0, n_steps=len(sizes)), strict=True)]
    walker = NumpyWalker(ALL_NETWORKS["adam"], optimizer_named("sgd"), "float64")
    weights = walker.initialize(0)
    walker.start(weights)
    steps = list(walker.steps(batches))
    assert [len(step["outputs"][0]) for step in steps] == sizes
    walker.start(weights)
    alone = [next(walker.steps([batch]))["loss"] for batch in batches]
    np.testing.assert_allclose([step["loss"] for step in steps], alone, rtol=1e-12)  # measured 0
