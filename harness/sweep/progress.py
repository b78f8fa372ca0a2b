"""What a person sees of a sweep: a bar on a terminal, and one line per cell elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from harness.base.command import warn

if TYPE_CHECKING:
    from harness.sweep.cell import Outcome


class CellProgress:
    """Counts outcomes, on standard error.

    Args:
        n_cells: to come.
        n_workers: that train at a time.
    """

    def __init__(self, n_cells: int, n_workers: int) -> None:
        self._n_cells, self._n_workers = n_cells, n_workers
        self._start = time.perf_counter()
        self._bar = None
        self.done = self.failed = 0

    def __enter__(self) -> CellProgress:
        if sys.stderr.isatty():
            from tqdm import tqdm

            self._bar = tqdm(total=self._n_cells, unit="cell", postfix=self._counts())
        return self

    def __exit__(self, *exception) -> None:
        if self._bar:
            self._bar.close()

    def add(self, outcome: Outcome) -> None:
        """Count an `Outcome`, and print it."""
        self.done += not outcome.error
        self.failed += bool(outcome.error)
        for line in outcome.warnings:
            self._print(f"{outcome.cell.label}: {line}")
        if self._bar:
            self._bar.update()
            self._bar.set_postfix(self._counts())
        else:
            self._print(f"cell {self.done + self.failed} of {self._n_cells}: {line_of(outcome)}; {self._left()}")

    def _print(self, line: str) -> None:
        self._bar.write(line, file=sys.stderr) if self._bar else warn(line)

    def _counts(self) -> dict[str, int]:
        left = self._n_cells - self.done - self.failed
        return {"running": min(left, self._n_workers), "failed": self.failed}

    def _left(self) -> str:
        """Return what is still to come, and for how long at the pace so far."""
        n = self.done + self.failed
        counts = ", ".join(f"{number} {what}" for what, number in self._counts().items())
        seconds = (time.perf_counter() - self._start) / n * (self._n_cells - n)
        return f"{counts}, {duration(seconds)} left"


def line_of(outcome: Outcome) -> str:
    """Return one line that says how a cell went."""
    return f"{outcome.cell.label} {'failed' if outcome.error else 'done'} in {outcome.seconds:.1f} s"


def duration(seconds: float) -> str:
    """Return seconds as "35 s", "12 min" or "3.5 h"."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
