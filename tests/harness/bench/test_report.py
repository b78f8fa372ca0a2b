"""Tables, crossings and sentences of what was measured."""

import math

import numpy as np
import pytest

from harness.bench import report
from harness.bench.crossing import crossing, crossing_of


def rows_of(series, times, waiting=0.0, **workload):
    """Return rows of one workload, from times in µs by contender, one for each round."""
    common = {"series": series, "task": "train", "batch_size": 32, "n_images": 10, "side": 28, "filters": 6}
    return [
        {
            **common,
            **workload,
            "contender": contender,
            "setting": "defaults",
            "round": number,
            "microseconds_per_image": time,
            "waiting_microseconds_per_image": waiting if contender == "keras" else 0.0,
        }
        for contender, own in times.items()
        for number, time in enumerate(own, start=1)
    ]


def cells(table):
    """Return the cells of all rows of a Markdown table below its heading."""
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def test_a_ratio_is_the_median_over_rounds_of_times_side_by_side():
    table = report.table_of(rows_of("batch size", {"numpy": (1, 2, 4), "keras": (10, 40, 44)}), "batch size")
    assert [row[5] for row in cells(table)] == ["1.00x", "11.00x"]  # of 10, 20 and 11


def test_contenders_with_different_numbers_of_images_are_compared_by_the_time_of_one():
    rows = rows_of("batch size", {"numpy": (1, 1)}, n_images=500) + rows_of("batch size", {"keras": (3, 3)})
    assert [row[5] for row in cells(report.table_of(rows, "batch size"))] == ["1.00x", "3.00x"]


def test_steps_and_waiting_stand_apart():
    table = report.table_of(rows_of("batch size", {"numpy": (10,), "keras": (100,)}, waiting=70), "batch size")
    assert [(row[2], row[6]) for row in cells(table)] == [("10", ""), ("100", "70")]


def growth_rows(rounds):
    """Return rows in which NumPy takes 1 µs an image, and Keras, at 28, 56 and 112 pixels, the ratios of each round."""
    return [
        row
        for side, ratios in zip((28, 56, 112), zip(*rounds, strict=True), strict=True)
        for row in rows_of("image side", {"numpy": [1] * len(ratios), "keras": ratios}, side=side)
    ]


@pytest.mark.parametrize(
    ("ratios", "size"),
    [
        ((4, 2, 0.5), math.sqrt(56 * 112)),  # half way on a log scale
        ((4, 0.25, 0.1), math.sqrt(28 * 56)),
        ((2, 1, 0.5), 56),
        ((4, 3, 2), math.inf),
        ((0.9, 0.8, 0.7), 0),
        ((2, 0.5, 2), math.inf),  # now one, now the other: not from any size on
        ((0.5, 2, 0.5), math.sqrt(56 * 112)),
    ],
)
def test_the_crossing_is_the_size_from_which_on_keras_stays_faster(ratios, size):
    assert crossing_of(np.array([28, 56, 112]), np.array(ratios)) == pytest.approx(size)


def test_the_interval_of_a_crossing_is_of_the_median_of_the_rounds():
    # They cross at 28 * 2**k for seven k. Of seven, the smallest and the largest hold the median 98 times in 100.
    rounds = [(2**k, 2 ** (k - 1), 2 ** (k - 2)) for k in (0.5, 0.8, 0.9, 1, 1.1, 1.2, 1.5)]
    sentence = crossing(growth_rows(rounds), "image side")
    assert "becomes faster than NumPy at 56 pixels a side (median of 7 rounds" in sentence
    assert f"{28 * 2**0.5:.0f} to {28 * 2**1.5:.0f})" in sentence


def test_rounds_without_a_crossing_widen_the_interval():
    rounds = [(4, 2, 0.5)] * 6 + [(4, 3, 2)]
    assert "at 79 pixels a side (median of 7 rounds; 95 % interval of where they are equal: 79 to beyond 112)" in (
        crossing(growth_rows(rounds), "image side")
    )


@pytest.mark.parametrize(
    ("ratios", "words"),
    [
        ((4, 3, 2), "NumPy is faster than `fit` of Keras at all of 28 to 112 pixels a side (median of 7 rounds; 95 % "),
        ((0.9, 0.8, 0.7), "`fit` of Keras is faster than NumPy at all of 28 to 112 pixels a side"),
    ],
)
def test_it_is_said_if_there_is_no_crossing(ratios, words):
    assert words in crossing(growth_rows([ratios] * 7), "image side")


def test_few_rounds_have_no_interval():
    assert "too few for an interval" in crossing(growth_rows([(4, 2, 0.5)] * 5), "image side")


def test_the_interval_of_a_crossing_holds_what_it_says():
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(300):
        noise = np.exp(0.3 * rng.normal(size=(7, 3)))
        sentence = crossing(growth_rows(np.array([4, 2, 0.5]) * noise), "image side")
        low, high = sentence.split("equal: ")[1].rstrip(").").split(" to ")
        held += bound(low) <= 79.2 <= bound(high)
    assert held / 300 > 0.95  # 0.984 by its construction; measured 0.97


def bound(words):
    """Return the number that an end of an interval stands for."""
    if words.startswith("below"):
        return 0
    return math.inf if words.startswith("beyond") else float(words)


def test_doubling_compares_whole_times():
    times = {100: (1, 10), 200: (1, 11), 400: (1, 11)}
    rows = [
        row
        for count, (numpy, keras) in times.items()
        for row in rows_of("number of images", {"numpy": (numpy,) * 2, "keras": (keras,) * 2}, n_images=count)
    ]
    ratios = {(row[0], row[1]): row[3] for row in cells(report.doubling(rows))}
    assert [ratios["numpy", count] for count in ("100", "200", "400")] == ["", "2.00x", "2.00x"]
    assert [ratios["keras", count] for count in ("100", "200", "400")] == ["", "2.20x", "2.00x"]


def test_minutes_of_an_epoch_are_those_of_60_000_images():
    rows = rows_of("batch size", {"numpy": (1,), "keras": (3_000,), "published-loops": (30_000,)}, batch_size=1)
    assert report.epoch_sentence(rows).startswith("An epoch of 60,000 images takes the published loops 30 minutes")
    assert "10.0 times as long as the steps of `keras`" in report.epoch_sentence(rows)


def test_settings_that_were_tried_are_listed_with_their_turns():
    rows = rows_of("settings, train", {"keras-tuned": (5, 6, 7)})
    assert cells(report.settings_table(rows, "train")) == [["32", "defaults", "6", "3"]]
