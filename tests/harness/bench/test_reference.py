"""What holds of every committed benchmark."""

from pathlib import Path

import pandas
import pytest

REFERENCE = Path(__file__).parents[3] / "results" / "reference" / "bench" / "full"
NEWEST = max(REFERENCE.iterdir())


@pytest.fixture(scope="module")
def rows():
    """Return the rows of the newest committed benchmark."""
    return pandas.read_csv(NEWEST / "bench.csv")


def test_no_contender_is_below_the_floor(rows):
    training = rows[rows["series"] == "batch size"]
    times = training.pivot_table(
        index=["batch_size", "round"], columns="contender", values="microseconds_per_image", sort=False
    )
    against_floor = times.drop(columns="blas").div(times["blas"], axis=0).groupby("batch_size").median()
    assert set(against_floor.index) == {1, 8, 32, 128, 256}
    assert (
        against_floor.min(axis=None) > 0.95
    )  # the median of the ratios of turns side by side; a few per cent are noise


def test_every_turn_lasts_two_seconds(rows):
    if "calls" not in rows:
        pytest.skip("made before turns had a length")
    seconds = rows["microseconds_per_image"] * rows["n_images"] * rows["calls"] / 1e6
    assert seconds.min() >= 2 - 1e-6
