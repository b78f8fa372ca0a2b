"""The two models of a comparison, made from a configuration."""

import pytest

from harness.parity.compare import TOLERANCES
from harness.parity.config import ParityConfig
from harness.parity.pairs import make_batches, make_pairs
from harness.parity.report import verdict
from harness.parity.walk import walk
from harness.samples import Samples


@pytest.mark.processor
@pytest.mark.parametrize("network", ["write_up", "notebook"])
def test_the_published_networks_are_the_same_in_both_libraries(network, excerpt):
    samples = Samples(excerpt)
    config = ParityConfig(network=network, steps=30)
    walks = walk(make_pairs(config, samples), make_batches(config, samples))
    same, sentence = verdict(walks)
    assert same, sentence
    largest = {precision: max(row.params for row in walk.rows) for precision, walk in walks.items()}
    assert largest["float64"] < TOLERANCES["float64"].absolute  # measured 3e-17
    assert len(walks["float64"].rows) == 30
    biases = [row for row in walks["float64"].first if row.layer.startswith("pixel_bias") and row.kind == "gradient"]
    assert {(row.layer, row.quantity) for row in biases} == {
        (layer, f"gradient of {name}") for layer in ("pixel_bias", "pixel_bias_1") for name in ("bias", "its inputs")
    }
