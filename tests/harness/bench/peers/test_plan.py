"""What is compared, and what is left out."""

import pytest

from harness.bench.peers import plan
from harness.bench.peers.plan import PeersPlan, missing_lines
from harness.bench.plan import Workload


@pytest.fixture(params=[set(), {"torch"}, {"torch", "jax"}], ids=["none", "torch", "both"])
def installed(request, monkeypatch):
    """Have some of the libraries, whatever is installed, and return which."""
    monkeypatch.setattr(plan, "find_spec", lambda name: object() if name in request.param else None)
    return request.param


def test_a_library_takes_part_if_it_is_installed_and_is_named_if_not(installed):
    for comparison in PeersPlan().comparisons:
        contenders = PeersPlan().others(comparison, comparison.workloads[0])
        assert {one.library for one in contenders} & {"torch", "jax"} == installed
    lines = missing_lines()
    assert len(lines) == 2 - len(installed)
    assert all("is not installed; install it with pip install -e .[peers]" in line for line in lines)


def test_pytorch_is_eager_and_compiled_with_all_threads_and_with_one():
    settings = [contender.setting for contender in plan.torch_candidates()]
    assert settings == [
        "eager", "eager, threads=1", "channels_last", "torch.compile", "torch.compile, threads=1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("workload", "scans"),
    [
        (Workload("train", 32), True),
        (Workload("train", 32, network=plan.LENET), True),
        (Workload("train", 32, filters=16), False),
        (Workload("train", 32, network=plan.VGG), False),
        (Workload("predict", 32), False),
    ],
)
def test_jax_loops_over_an_epoch_where_networks_are_small(workload, scans):
    assert any("lax.scan" in one.setting for one in plan.jax_candidates(workload)) == scans


def test_all_workloads_of_the_table_are_there_with_their_goals():
    rows = {one.title: (one.keras_goal, one.torch_goal) for one in PeersPlan().comparisons}
    assert rows == {
        "simple_cnn, batch 1": (4.5, 5),
        "simple_cnn, batch 8": (1.5, 1.5),
        "simple_cnn, batch 32": (1.5, 1.5),
        "simple_cnn, batch 128": (1.5, 1.5),
        "simple_cnn, batch 256": (1.5, 1.5),
        "16 filters, batch 32": (1.5, 1.1),
        "64 filters, batch 32": (1.2, 1.0),
        "VGG-like, batch 32": (1.2, 1.0),
        "LeNet, batch 1": (3, 3),
        "LeNet, batch 32": (1.5, 1.2),
        "simple_cnn, prediction of 10,000": (1.5, 1.5),
    }
    assert PeersPlan().rounds >= 7


def test_the_floor_is_measured_at_three_batch_sizes_of_simple_cnn():
    assert [one.title for one in PeersPlan().comparisons if one.with_products] == [
        "simple_cnn, batch 1", "simple_cnn, batch 32", "simple_cnn, batch 256",
    ]  # fmt: skip


def test_a_turn_of_fit_is_so_long_that_what_a_call_costs_by_itself_is_a_few_per_cent():
    own_cost, whole, workload = 0.07, PeersPlan(), Workload("train", 1)
    ways = {one.way: one for one in [*whole.others(plan.COMPARISONS[0], workload), *whole.tuned(workload)]}
    for way in ("fit(x, y)", "fit(dataset)"):
        assert own_cost / whole.seconds_of(ways[way]) < 0.05
