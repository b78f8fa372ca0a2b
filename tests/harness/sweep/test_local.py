"""A sweep on worker processes of this machine: it ends as single runs, and survives kills and Ctrl-C."""

import os
import signal
import subprocess

import psutil
import pytest

from harness.results import read_epochs
from harness.results.code_version import code_version
from harness.sweep import cluster
from harness.sweep.plan import plan_of
from tests.harness.sweep.sweeps import (
    ROOT,
    cells_of,
    command,
    scores_below,
    scores_of_one_process,
    sweep_alone,
    sweep_here,
    sweep_to,
    wait_until,
)


def flags_of(dataset, out, n_epochs, n_cells=4):
    """Return the flags of a sweep of so many cells, by two workers."""
    settings = ("--models", "numpy", "--seeds", f"0..{n_cells - 1}", "--epochs", n_epochs, "--workers", 2)
    return ("--datasets", dataset, *settings, "--out", out)


def scores_without_dask(dataset, folder, n_epochs, n_cells=4):
    """Return the scores of the same cells, run one after the other in one process."""
    return scores_of_one_process(cells_of(dataset, seeds=range(n_cells), epochs=[n_epochs]), sweep_to(folder))


def workers_of(sweep):
    """Return the processes that a sweep has started, but for the one that looks after shared memory."""
    return [child for child in psutil.Process(sweep.pid).children() if "spawn_main" in " ".join(child.cmdline())]


def start(dataset, out, n_epochs, n_cells=4):
    """Start a sweep in a process group of its own, and return it once two cells have an epoch."""
    sweep = subprocess.Popen(
        command(*flags_of(dataset, out, n_epochs, n_cells)),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    wait_until(lambda: len(list(out.glob("*/*/*/predictions"))) >= 2)
    return sweep


def test_workers_keep_memory_that_they_will_need_again(monkeypatch):
    monkeypatch.delenv("MALLOC_TRIM_THRESHOLD_", raising=False)
    with cluster.workers_of(scheduler=None, n_workers=1) as client:
        assert list(client.run(os.getenv, "MALLOC_TRIM_THRESHOLD_").values()) == [None]


def test_two_workers_come_to_what_one_process_comes_to_and_finished_cells_are_skipped(tiny, tmp_path, capsys):
    flags = flags_of(tiny, tmp_path / "out", n_epochs=3)
    first = sweep_alone(*flags)
    assert first.returncode == 0, first.stderr
    assert scores_below(tmp_path / "out") == scores_without_dask(tiny, tmp_path / "here", n_epochs=3)
    lines = first.stderr.splitlines()
    assert lines[0] == "4 cells: 4 to do" and "\r" not in first.stderr
    assert lines[4].startswith("cell 4 of 4: tiny identical seed ") and "0 running, 0 failed, 0 s left" in lines[4]
    assert "| 0 to 3 |" in first.stdout and "Seconds are left out" in first.stdout

    assert sweep_here(*flags) == 0
    again = capsys.readouterr()
    assert (again.out, again.err) == (first.stdout, "4 cells: 4 done\n")


@pytest.mark.slow
def test_failed_cells_are_listed_and_tried_again_only_on_request(tiny, tmp_path, capsys):
    settings = ("--models", "numpy", "--set", "learning_rate=0.005,1e30", "--epochs", 1, "--workers", 1)
    flags = ("--datasets", tiny, *settings, "--out", tmp_path / "out")
    first = sweep_alone(*flags)
    assert first.returncode == 4
    assert "failed: tiny identical learning_rate=1e+30 seed 0: " in first.stderr
    assert "1 of 2 cells failed; the same command with --retry-failed runs them again" in first.stderr
    assert sweep_here(*flags) == 4
    again = capsys.readouterr().err
    assert "2 cells: 1 done, 1 failed\n" in again and "cell 1" not in again and "(in an earlier sweep)" in again
    retried = sweep_alone(*flags, "--retry-failed")
    assert retried.returncode == 4 and "cell 1 of 1" in retried.stderr
    assert len(list((tmp_path / "out").glob("*/*/*"))) == 2


def test_a_sweep_listens_on_loopback_alone_outlives_a_worker_and_leaves_no_process_when_it_is_stopped(
    tiny, tmp_path, capsys
):
    out, settings = tmp_path / "out", {"n_epochs": 50, "n_cells": 8}
    sweep = start(tiny, out, **settings)
    assert sweep_here(*flags_of(tiny, out, **settings)) == 2
    assert "another process is writing into" in capsys.readouterr().err
    children = psutil.Process(sweep.pid).children(recursive=True)
    sockets = [socket for process in [psutil.Process(sweep.pid), *children] for socket in process.net_connections()]
    assert {socket.laddr.ip for socket in sockets if socket.status == psutil.CONN_LISTEN} == {"127.0.0.1"}

    first = [path.parent for path in out.glob("*/*/*/predictions")]
    workers_of(sweep)[0].kill()
    wait_until(lambda: all((folder / "table.md").exists() for folder in first))
    children += psutil.Process(sweep.pid).children(recursive=True)
    os.killpg(sweep.pid, signal.SIGINT)  # as Ctrl-C on a terminal, which reaches the workers too
    check_stopped(sweep, children)
    states = [item.state for item in plan_of(cells_of(tiny, range(8), epochs=[50]), out, code_version(("numpy",)))]
    assert states.count("done") >= 2 and "running" not in states and "failed" not in states
    seeds = [int(read_epochs(folder)["seed"][0]) for folder in first]
    expected = scores_of_one_process(cells_of(tiny, seeds, epochs=[50]), sweep_to(tmp_path / "here"))
    assert [row for row in scores_below(out) if row[1] in seeds] == expected


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_sweep_that_is_stopped_goes_on_with_the_same_command(tiny, tmp_path, number):
    out, n_epochs = (
        tmp_path / "out",
        800,
    )  # more than the workers do while they are stopped, which takes up to five seconds
    sweep = start(tiny, out, n_epochs)
    children = psutil.Process(sweep.pid).children(recursive=True)
    os.kill(sweep.pid, number)
    check_stopped(sweep, children)
    again = sweep_alone(*flags_of(tiny, out, n_epochs))
    assert again.returncode == 0 and again.stderr.startswith("4 cells: 2 cut off, 2 to do\n")
    assert scores_below(out) == scores_without_dask(tiny, tmp_path / "here", n_epochs)
    assert len(list(out.glob("*/*/*"))) == 4


def check_stopped(sweep, children):
    """Fail unless a sweep says how to go on, and neither it nor a process that it started is left."""
    _, messages = sweep.communicate(timeout=60)
    assert sweep.returncode == 130
    assert "interrupted; finished cells are kept\ngo on with: " in messages and "Traceback" not in messages
    wait_until(lambda: not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children))
