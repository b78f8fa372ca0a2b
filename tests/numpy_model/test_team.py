"""Several threads for one batch."""

import numpy as np
import pytest

import numpy_model as nn
from harness.networks import simple_cnn
from numpy_model.team import SMALLEST_PART, Team, split


@pytest.fixture(autouse=True)
def own_choice_of_threads():
    yield
    nn.config.set_threads(None)


class Network:
    """A network that counts its replicas."""

    def __init__(self, name="first"):
        self.name = name

    def replica(self):
        return Network("replica")


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("n", [1, 2, 31, 100])
def test_every_sample_is_in_exactly_one_block(threads, n):
    nn.config.set_threads(threads)
    parts = Team(Network()).share(lambda network, blocks: blocks, n, block_size=8)
    samples = [sample for blocks in parts for block in blocks for sample in range(block.start, block.stop)]
    assert samples == list(range(n))
    assert all(block.stop - block.start <= 8 for blocks in parts for block in blocks)


def test_each_thread_has_a_network_of_its_own():
    nn.config.set_threads(3)
    networks = Team(Network()).share(lambda network, blocks: network, 3 * SMALLEST_PART)
    assert len({id(network) for network in networks}) == 3
    assert [network.name for network in networks] == ["first", "replica", "replica"]


def test_a_small_batch_stays_with_one_thread():
    nn.config.set_threads(3)
    assert len(Team(Network()).share(lambda network, blocks: blocks, 2 * SMALLEST_PART - 1)) == 1


def test_blocks_are_as_equal_as_can_be():
    assert [block.stop - block.start for block in split(0, 33, 32)] == [16, 17]


def test_an_error_in_a_thread_reaches_the_caller():
    nn.config.set_threads(2)

    def fail(network, blocks):
        if network.name == "replica":
            raise FloatingPointError("in a thread")

    with pytest.raises(FloatingPointError, match="in a thread"):
        Team(Network()).share(fail, 2 * SMALLEST_PART)


def test_the_number_of_threads_changes_a_step_by_rounding_only():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(70, 28, 28, 1)), rng.integers(0, 10, 70)
    nn.config.set_floatx("float64")
    weights = []
    for threads in (1, 2, 3):
        nn.config.set_threads(threads)
        model = simple_cnn(nn)
        model.initialize(0)
        model.compile(nn.optimizers.SGD(0.1))
        model.fit(x, y, batch_size=70, epochs=2, shuffle=False, verbose=0)
        weights.append(model.get_weights())
    nn.config.set_floatx("float32")
    for one, two, three in zip(*weights, strict=True):
        np.testing.assert_allclose(two, one, rtol=0, atol=1e-13)  # measured 2e-16
        np.testing.assert_allclose(three, one, rtol=0, atol=1e-13)


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "two"])
def test_a_number_of_threads_that_cannot_be_is_refused(value):
    with pytest.raises(ValueError, match="threads is"):
        nn.config.set_threads(value)
