"""The settings of each library, and what is left out."""

import pytest

from harness.bench.peers import candidates
from harness.bench.peers.candidates import missing_lines
from harness.bench.peers.networks import LENET, VGG
from harness.bench.peers.plan import PeersPlan
from harness.bench.plan import Workload


@pytest.fixture(params=[set(), {"torch"}, {"torch", "jax"}], ids=["none", "torch", "both"])
def installed(request, monkeypatch):
    """Have some of the libraries, whatever is installed, and return which."""
    monkeypatch.setattr(candidates, "find_spec", lambda name: object() if name in request.param else None)
    return request.param


def test_a_library_takes_part_if_it_is_installed_and_is_named_if_not(installed):
    for comparison in PeersPlan().comparisons:
        contenders = PeersPlan().others(comparison, comparison.workloads[0])
        assert {one.library for one in contenders} & {"torch", "jax"} == installed
    lines = missing_lines()
    assert len(lines) == 2 - len(installed)
    assert all("is not installed; install it with pip install -e .[peers]" in line for line in lines)


def settings_of(own, workload):
    """Return the settings of a library, as if it were installed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(candidates, "find_spec", lambda name: object())
        return [contender.setting for contender in own(workload)]


def test_pytorch_trains_eager_and_compiled_with_all_threads_and_with_one():
    assert settings_of(candidates.torch_candidates, Workload("train", 1)) == [
        "eager", "eager, threads=1", "channels_last", "torch.compile", "torch.compile, threads=1",
    ]  # fmt: skip


def test_keras_and_pytorch_predict_in_each_of_their_ways_with_all_threads():
    assert settings_of(candidates.torch_candidates, Workload("predict", 32)) == [
        "eager", "channels_last", "torch.compile",
    ]  # fmt: skip
    assert settings_of(candidates.keras_candidates, Workload("predict", 32)) == [
        "predict_on_batch(x)", "tf.function of a batch",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("workload", "scans"),
    [
        (Workload("train", 32), True),
        (Workload("train", 32, network=LENET), True),
        (Workload("train", 32, filters=16), False),
        (Workload("train", 32, network=VGG), False),
        (Workload("predict", 32), False),
    ],
)
def test_jax_loops_over_an_epoch_where_networks_are_small(workload, scans):
    assert ("lax.scan of an epoch" in settings_of(candidates.jax_candidates, workload)) == scans
