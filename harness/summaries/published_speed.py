"""What the benchmark says to what was published of speed."""

from __future__ import annotations

import math
from pathlib import Path

import pandas

from harness.summaries.verdicts import Answer

MINUTES_PUBLISHED = 30
IMAGES = 60_000


def speed_answers(folder: Path) -> list[Answer]:
    """Return the answers of the newest benchmark below a folder; none if there is none."""
    files = sorted(folder.glob("*/bench.csv"))
    if not files:
        return []
    rows = pandas.read_csv(files[-1]).query("series == 'batch size' and batch_size == 1")
    times = rows.pivot_table(index="round", columns="contender", values="microseconds_per_image")
    loops, keras, numpy = (times[name] for name in ("published-loops", "keras", "numpy"))
    return [
        half_an_hour(loops * IMAGES / 60e6),
        times_as_fast("Keras against the published loops", "orders of magnitude", loops / keras),
        times_as_fast("NumPy without such loops against Keras", "-", keras / numpy),
    ]


def half_an_hour(minutes: pandas.Series) -> Answer:
    """Return the answer of the minutes that an epoch took in each round."""
    return Answer(
        "Does an epoch take half an hour in NumPy?",
        "the published loops",
        f"{MINUTES_PUBLISHED} minutes",
        f"{minutes.median():.0f} minutes",
        f"{len(minutes)} rounds: {minutes.min():.0f} to {minutes.max():.0f}",
        f"{minutes.median() / MINUTES_PUBLISHED:.1f} times as long on this machine",
        "-",
    )


def times_as_fast(of: str, published: str, ratio: pandas.Series) -> Answer:
    """Return the answer of how many times as fast one was as another in each round."""
    middle = ratio.median()
    order = math.floor(math.log10(middle))
    verdict = {0: "not by an order of magnitude", 1: "1 order of magnitude"}.get(order, f"{order} orders of magnitude")
    return Answer(
        "Is Keras orders of magnitude faster?",
        of,
        published,
        f"{middle:.3g} times as fast",
        f"{len(ratio)} rounds: {ratio.min():.3g} to {ratio.max():.3g}",
        verdict,
        "-",
    )
