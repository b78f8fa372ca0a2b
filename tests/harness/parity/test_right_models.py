"""Right models are never called different, although rounding decides otherwise in float32."""

import pytest

from harness.parity import reference
from harness.parity.bugs import library_with
from harness.parity.report import verdict
from tests.harness.parity.sides import ALL_NETWORKS, RoughConv2D, batches_of, walk_with, weights_of

BATCH_SIZES = (1, 8, 32)


def check(network, batch_size, seed, **options):
    """Compare the two libraries' models of a network, and fail if they are called different."""
    same, words = verdict(walk_with(network, batches_of(batch_size, seed), weights_of(network, seed), **options))
    assert same, f"{network}, batch size {batch_size}, seed {seed}: {words}"


@pytest.mark.parametrize(("network", "batch_size"), [("simple_cnn", 1), ("adam", 32), ("three_blocks", 32)])
def test_a_right_model_is_the_same(network, batch_size):
    check(network, batch_size, 0)


@pytest.mark.slow
@pytest.mark.parametrize("batch_size", BATCH_SIZES)
@pytest.mark.parametrize("network", ALL_NETWORKS)
def test_ten_seeds_of_every_network_are_the_same(network, batch_size):
    for seed in range(10):
        check(network, batch_size, seed)


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", ["momentum", "adam"])
def test_longer_proofs_with_other_optimizers_are_the_same(optimizer):
    weights = weights_of("three_blocks", 0)
    same, words = verdict(walk_with("three_blocks", batches_of(4, 0, n_steps=50), weights, optimizer))
    assert same, words


@pytest.mark.parametrize(("network", "batch_size"), [("simple_cnn", 32), ("adam", 1), ("three_blocks", 32)])
def test_a_right_model_that_breaks_ties_is_the_same_on_every_processor(network, batch_size):
    check(network, batch_size, 0, library=library_with(Conv2D=RoughConv2D))


def test_without_the_same_decisions_it_would_be_called_different(monkeypatch):
    monkeypatch.setattr(reference, "MARGINS", {"float64": -1.0, "float32": -1.0})
    with pytest.raises(AssertionError, match="different, in float"):
        check("three_blocks", 8, 0, library=library_with(Conv2D=RoughConv2D))
