"""The table of steps that several processes share."""

from harness.bench.scaling.plan import ScalingPlan
from harness.bench.scaling.report import report_of
from harness.bench.scaling.simulation import Exchange

PLAN = ScalingPlan(batch_sizes=(8, 32), processes=(1, 2, 8))
STEPS = {(4, 1): 40.0, (8, 1): 80.0, (16, 1): 160.0, (32, 1): 320.0, (32, 2): 190.0}


def cells():
    """Return the cells of the rows of the table."""
    table = report_of(STEPS, PLAN, [(32, 2)], Exchange(5, 10, 20)).split("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def test_a_row_has_the_share_the_simulation_and_the_measured_step():
    assert ["32", "2", "160", "195", "190", "1.64x", "yes"] in cells()


def test_a_step_that_was_not_measured_is_blank_and_one_that_the_model_does_not_share_is_marked():
    assert ["8", "2", "40", "75", "", "1.07x", "no"] in cells()


def test_one_process_is_measured_as_it_is():
    assert ["8", "1", "80", "80", "80", "1.00x", "yes"] in cells()


def test_no_process_has_a_single_image():
    assert [row[:2] for row in cells()] == [["8", "1"], ["8", "2"], ["32", "1"], ["32", "2"], ["32", "8"]]
    assert PLAN.parts() == [4, 8, 16, 32]
