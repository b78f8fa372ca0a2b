"""The report of runs from before waiting had a column."""

import pandas
import pytest

from harness.results.waiting import NEW, OLD


@pytest.fixture
def old(tmp_path, write_run):
    """The folder of a run that was made before there was the column."""
    folder = write_run(tmp_path / "old", seeds=(0, 1))
    epochs = pandas.read_csv(folder / "epochs.csv")
    epochs.drop(columns="waiting_seconds").to_csv(folder / "epochs.csv", index=False)
    return folder


def test_it_says_wherever_it_shows_them_that_the_seconds_of_keras_contain_waiting(quick, old, report_of, tmp_path):
    page = report_of(tmp_path / "report.html", old)
    # In the answer, below it, with the table of scores, with the chart of times, with the table of epochs, and where it
    # stands what was timed.
    assert sum(OLD in text for text in page.texts) == 6
    assert "in the time of training" in page.texts


def test_it_says_nothing_of_new_runs(quick, write_run, report_of, tmp_path):
    page = report_of(tmp_path / "report.html", write_run(tmp_path / "new", seeds=(0, 1)))
    assert OLD not in page.text and NEW in page.text
    assert "waiting, s" in page.texts
