"""What a sweep gains and what it costs. Figures are printed: run with `-m slow -s`, on a quiet machine."""

import re
import subprocess
import time

import psutil
import pytest

from numpy_model.config import usable_cores
from tests.harness.sweep.sweeps import ROOT, command, scheduler_of, sweep_alone, worker_of

pytestmark = pytest.mark.slow

SPENT = re.compile(r"cells? in ([\d.]+) s on \d+ workers?, which took ([\d.]+) s for the cells themselves")
# Measured: 0.7 MB, from 101.4 to 102.1 MB.
MOST_GROWTH = 5_000_000


def seconds_of(*flags):
    """Return the seconds of a sweep's whole command, and those of its cells themselves."""
    start = time.perf_counter()
    sweep = sweep_alone(*flags)
    seconds = time.perf_counter() - start
    assert sweep.returncode == 0, sweep.stderr
    return seconds, float(SPENT.search(sweep.stderr)[2])


@pytest.mark.skipif(usable_cores() < 2, reason="two workers need two cores")
def test_two_workers_are_at_least_1_7_times_as_fast_as_one(excerpt_path, tmp_path):
    """Twelve cells with both models, each of some seconds; the whole command counts, with the imports of Keras.

    Measured, on two cores that others use too: 1.68, 1.73, 1.83 and 1.91; with cells of 8 epochs 1.55 and 1.73.
    """
    flags = ("--datasets", excerpt_path, "--seeds", "0..11", "--epochs", 20)
    one, two = (seconds_of(*flags, "--workers", n, "--out", tmp_path / str(n))[0] for n in (1, 2))
    print(f"\n12 cells: {one:.1f} s with one worker, {two:.1f} s with two, {one / two:.2f} times as fast")
    assert one / two >= 1.7


def test_a_tiny_cell_costs_less_than_50_ms_beside_its_run_and_the_start_of_a_sweep(tiny, tmp_path):
    """Of 200; the start, with all imports, is what a sweep of one cell takes beside that cell. Measured: 26 ms."""
    flags = ("--datasets", tiny, "--models", "numpy", "--epochs", 1, "--workers", 1)
    start, first = seconds_of(*flags, "--seeds", 0, "--out", tmp_path / "one")
    seconds, own = seconds_of(*flags, "--seeds", "0..199", "--out", tmp_path / "many")
    each = ((seconds - own) - (start - first)) / 200
    print(
        f"\n200 cells: {seconds:.1f} s, the cells themselves {own:.1f} s, the start {start - first:.1f} s: "
        f"{1000 * each:.0f} ms each"
    )
    assert each < 0.05


def test_the_memory_of_a_scheduler_is_flat(tiny, tmp_path):
    """Over 200 tiny cells, after the first 20."""
    sizes = {}
    flags = ("--datasets", tiny, "--models", "numpy", "--epochs", 1, "--seeds", "0..199", "--out", tmp_path / "out")
    with scheduler_of(tmp_path) as (address, scheduler), worker_of(address), worker_of(address):
        process = psutil.Process(scheduler.pid)
        sweep = subprocess.Popen(
            command(*flags, "--scheduler", address),
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for line in sweep.stderr:
            if found := re.match(r"cell (\d+) of 200", line):
                sizes[int(found[1])] = process.memory_info().rss
        assert sweep.wait() == 0
    growth = sizes[200] - sizes[20]
    print(f"\nscheduler: {sizes[20] / 1e6:.1f} MB after 20 cells, {sizes[200] / 1e6:.1f} MB after 200")
    assert growth < MOST_GROWTH
