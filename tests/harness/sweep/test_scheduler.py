"""A sweep on a scheduler and workers that were started by hand."""

import shutil
import subprocess

import pytest

from harness.base.errors import DataError
from harness.sweep import cluster
from harness.sweep.cluster import check_workers
from tests.harness.sweep.sweeps import (
    ROOT,
    cells_of,
    command,
    scheduler_of,
    scores_below,
    scores_of_one_process,
    sweep_alone,
    sweep_here,
    sweep_to,
    wait_until,
    worker_of,
)

N_EPOCHS = 50


def flags_of(dataset, out, address):
    """Return the flags of a sweep of four cells."""
    settings = ("--models", "numpy", "--seeds", "0..3", "--epochs", N_EPOCHS)
    return ("--datasets", dataset, *settings, "--out", out, "--scheduler", address)


@pytest.mark.slow  # the killed worker of a sweep that starts its own is in test_local.py
def test_two_workers_by_hand_of_which_one_is_killed_come_to_what_one_process_comes_to(tiny, tmp_path):
    out = tmp_path / "out"
    cells = cells_of(tiny, seeds=range(4), epochs=[N_EPOCHS])
    expected = scores_of_one_process(cells, sweep_to(tmp_path / "here"))
    with scheduler_of(tmp_path) as (address, _), worker_of(address) as doomed, worker_of(address):
        sweep = subprocess.Popen(
            command(*flags_of(tiny, out, address)),
            cwd=ROOT,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        wait_until(lambda: len(list(out.glob("*/*/*/predictions"))) >= 2)
        doomed.kill()
        _, messages = sweep.communicate(timeout=300)
    assert sweep.returncode == 0, messages
    assert scores_below(out) == expected
    assert len(list(out.glob("*/*/*"))) == 4  # the killed worker's was resumed, and not begun anew


@pytest.mark.slow
def test_two_workers_by_hand_come_to_what_one_process_comes_to_with_keras(tiny, tmp_path):
    models = ("numpy", "keras")
    cells = cells_of(tiny, seeds=range(3), models=models, epochs=[2])
    expected = scores_of_one_process(cells, sweep_to(tmp_path / "here", models))
    flags = ("--datasets", tiny, "--seeds", "0..2", "--epochs", 2, "--out", tmp_path / "out")
    with scheduler_of(tmp_path) as (address, _), worker_of(address), worker_of(address):
        assert sweep_alone(*flags, "--scheduler", address).returncode == 0
    assert scores_below(tmp_path / "out") == expected


def test_a_scheduler_that_does_not_answer_is_waited_for_some_seconds(tiny, tmp_path, monkeypatch, capsys):
    assert cluster.SECONDS_TO_CONNECT < 10  # by itself Dask waits for 30
    monkeypatch.setattr(cluster, "SECONDS_TO_CONNECT", 0.5)
    assert sweep_here(*flags_of(tiny, tmp_path / "out", "tcp://127.0.0.1:1")) == 2
    (_, message) = capsys.readouterr().err.splitlines()
    assert message.startswith("error: no scheduler answers at tcp://127.0.0.1:1: ")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("address", ["here", "http://127.0.0.1:1", "tcp://", ""])
def test_what_is_no_address_of_a_scheduler_is_told(tiny, tmp_path, address, capsys):
    assert sweep_here(*flags_of(tiny, tmp_path / "out", address)) == 2
    assert "no scheduler answers at" in capsys.readouterr().err and not (tmp_path / "out").exists()


@pytest.mark.slow
def test_workers_that_cannot_take_part_are_named_and_nothing_is_written(tiny, tmp_path):
    other = tmp_path / "other"
    for package in ("harness", "numpy_model", "keras_model"):
        shutil.copytree(ROOT / package, other / package)
    with open(other / "harness" / "metrics.py", "a") as file:
        file.write("# another version\n")
    no_code = tmp_path / "empty"
    no_code.mkdir()
    with scheduler_of(tmp_path) as (address, _):

        def refused(exit_code, words):
            sweep = sweep_alone(*flags_of(tiny, tmp_path / "out", address))
            assert sweep.returncode == exit_code and words in sweep.stderr and "Traceback" not in sweep.stderr
            assert not (tmp_path / "out").exists()

        refused(2, "has no worker; start some in the folder of this project")
        with worker_of(address, n_threads=2):
            refused(2, "start it with --nthreads 1")
        with worker_of(address, cwd=no_code):
            refused(2, "worker tcp://127.0.0.1:")
        with worker_of(address), worker_of(address, cwd=other):
            refused(2, "it has another version of the code: training code is ")


def test_a_worker_without_the_data_or_with_others_is_named(tiny, tmp_path):
    from distributed import Client

    sweep, absent = sweep_to(tmp_path / "out"), str(tmp_path / "absent.npz")
    (cell,) = cells_of(tiny)
    with scheduler_of(tmp_path) as (address, _), worker_of(address), Client(address) as client:
        (worker,) = client.nthreads()
        check_workers(client, sweep, ("numpy",), {str(tiny): cell.sha256})
        with pytest.raises(DataError, match=f"worker {worker}: {absent}"):
            check_workers(client, sweep, ("numpy",), {absent: cell.sha256})
        with pytest.raises(
            DataError, match=f"worker {worker}: it has another data set as .*: the sha256 of x_test differs"
        ):
            check_workers(client, sweep, ("numpy",), {str(tiny): cell.sha256 | {"x_test": "0"}})


def test_a_scheduler_that_dies_is_told_in_one_message(tiny, tmp_path):
    out = tmp_path / "out"
    with scheduler_of(tmp_path) as (address, scheduler), worker_of(address):
        sweep = subprocess.Popen(
            command(*flags_of(tiny, out, address)),
            cwd=ROOT,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        wait_until(lambda: list(out.glob("*/*/*/predictions")))
        scheduler.kill()
        _, messages = sweep.communicate(timeout=60)
    assert sweep.returncode == 4 and "Traceback" not in messages
    assert messages.splitlines()[-1].startswith(
        "error: the scheduler does not answer any more; finished cells are kept"
    )
