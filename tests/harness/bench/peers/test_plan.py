"""What is compared, and what is left out."""

from harness.bench.peers import plan
from harness.bench.peers.plan import PeersPlan
from harness.bench.plan import Workload


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
