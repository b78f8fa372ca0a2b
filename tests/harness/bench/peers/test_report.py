"""The table of the comparison."""

import pytest

from harness.bench.peers.plan import Comparison
from harness.bench.peers.report import report_of
from harness.bench.plan import Workload

COMPARISON = Comparison("small", (Workload("train", 32),), 4.5, 1.1)


def rows_of(times, series="small", batch_size=32):
    """Return rows from times in µs by contender and setting, one for each round."""
    return [
        {
            "series": series,
            "contender": contender,
            "setting": setting,
            "batch_size": batch_size,
            "round": number,
            "microseconds_per_image": time,
        }
        for (contender, setting), own in times.items()
        for number, time in enumerate(own, start=1)
    ]


def cells(text, table=0):
    """Return the cells of the rows of a table, by its place in the text."""
    found = [part for part in text.split("\n\n") if part.startswith("|")][table]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in found.splitlines()[2:]]


def test_the_fastest_setting_has_the_smallest_median_over_all_rounds():
    times = {
        ("numpy", "defaults"): (10,) * 7,
        ("pytorch", "eager"): (20, 20, 20, 20, 90, 90, 90),  # the slowest by mean, and the fastest by median
        ("pytorch", "threads=1"): (10, 10, 10, 30, 30, 30, 30),  # the fastest in three rounds
    }
    text = report_of(rows_of(times), [COMPARISON])
    (row,) = cells(text)
    assert (row[1], row[4]) == ("10", "20")
    assert row[8] == "2.00x (2.00 to 9.00)"
    assert ["small", "pytorch", "32", "eager"] in cells(text, 1)


def test_a_ratio_is_the_median_over_rounds_of_times_side_by_side():
    times = {("numpy", "defaults"): (1, 2, 4), ("keras", "fit(x, y)"): (10, 40, 44)}
    (row,) = cells(report_of(rows_of(times), [COMPARISON]))
    assert row[6] == "11.00x"  # of 10, 20 and 11; three rounds have no interval


def test_both_ways_to_use_keras_are_one_column():
    times = {("numpy", "defaults"): (1,), ("keras", "fit(x, y)"): (9,), ("keras-tuned", "fit(dataset)"): (8,)}
    text = report_of(rows_of(times), [COMPARISON])
    assert cells(text)[0][3] == "8"
    assert ["small", "keras", "32", "fit(dataset)"] in cells(text, 1)


def test_a_setting_that_took_one_turn_is_never_the_fastest():
    times = {("numpy", "defaults"): (1, 1), ("jax", "step"): (9, 9), ("jax", "scan"): (2,)}
    assert cells(report_of(rows_of(times), [COMPARISON]))[0][5] == "9"


def test_each_library_has_the_batch_size_that_suits_it():
    rows = rows_of({("numpy", "defaults"): (3, 3), ("keras", "predict(x)"): (9, 9)}, batch_size=32)
    rows += rows_of({("numpy", "defaults"): (4, 4), ("keras", "predict(x)"): (6, 6)}, batch_size=256)
    text = report_of(rows, [COMPARISON])
    assert cells(text)[0][6] == "2.00x"
    assert [row[2] for row in cells(text, 1)] == ["32", "256"]


@pytest.mark.parametrize(("products", "words"), [((), ""), ((4, 4), "2.50x")])
def test_what_was_not_measured_is_left_blank(products, words):
    times = {("numpy", "defaults"): (10, 10), ("keras", "fit(x, y)"): (45, 45), ("blas", "defaults"): products}
    (row,) = cells(report_of(rows_of(times), [COMPARISON]))
    assert row == ["small", "10", "", "45", "", "", "4.50x", "4.5", "", "1.1", words]


def test_comparisons_are_apart():
    other = Comparison("other", COMPARISON.workloads, 1, 1)
    rows = rows_of({("numpy", "defaults"): (1,), ("keras", "fit(x, y)"): (2,)})
    rows += rows_of({("numpy", "defaults"): (1,), ("keras", "fit(x, y)"): (3,)}, series="other")
    assert [row[6] for row in cells(report_of(rows, [COMPARISON, other]))] == ["2.00x", "3.00x"]
