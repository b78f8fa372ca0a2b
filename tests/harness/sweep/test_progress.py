"""What a person sees of a sweep."""

import io
import sys

import pytest

from harness.sweep.cell import Outcome
from harness.sweep.progress import CellProgress, duration
from tests.harness.sweep.sweeps import cells_of


class Terminal(io.StringIO):
    def isatty(self):
        return True


def show(monkeypatch, stream, cells):
    """Show a sweep of three cells of which one fails, and return what was written."""
    monkeypatch.setattr(sys, "stderr", stream)
    with CellProgress(3, n_workers=2) as progress:
        progress.add(Outcome(cells[0], None, "", 1.25))
        progress.add(Outcome(cells[1], None, "it diverged", 2, ("warning: torn",)))
    return stream.getvalue()


def test_a_pipe_sees_a_line_for_each_cell(monkeypatch, tiny):
    first, torn, second = show(monkeypatch, io.StringIO(), cells_of(tiny, seeds=range(3))).splitlines()
    assert first == "cell 1 of 3: tiny identical seed 0 done in 1.2 s; 2 running, 0 failed, 0 s left"
    assert torn == "tiny identical seed 1: warning: torn"
    assert second == "cell 2 of 3: tiny identical seed 1 failed in 2.0 s; 1 running, 1 failed, 0 s left"


def test_a_terminal_sees_a_bar_with_counts(monkeypatch, tiny):
    shown = show(monkeypatch, Terminal(), cells_of(tiny, seeds=range(3)))
    assert "2/3" in shown and "running=1, failed=1" in shown and "seed 1: warning: torn" in shown
    assert "cell 1 of 3" not in shown


@pytest.mark.parametrize(("seconds", "words"), [(35.4, "35 s"), (720, "12 min"), (12600, "3.5 h")])
def test_a_duration_has_two_digits_or_so(seconds, words):
    assert duration(seconds) == words
