"""What a run can be made of, as text."""

import pytest

from harness import run
from harness.datasets import DATASETS
from harness.experiments import EXPERIMENTS, MODELS
from harness.experiments.networks import NETWORKS


@pytest.fixture
def listing(capsys):
    assert run.main(["--list"]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("names", [DATASETS, EXPERIMENTS, NETWORKS, MODELS])
def test_every_name_stands_there_with_what_it_is(listing, names):
    lines = listing.splitlines()
    for name in names:
        assert any(line.split()[:1] == [name] and len(line.split()) > 1 for line in lines), name


def test_the_settings_of_an_experiment_stand_below_it(listing):
    lines = listing.splitlines()
    (index,) = [index for index, line in enumerate(lines) if line.startswith("  adam ") and "write-up" in line]
    assert lines[index + 1].strip() == "mnist, 2 epochs, batch size 32, learning rate 0.005"
