"""`python -m harness.bench`, on a tiny plan."""

import contextlib
import io
import json
import subprocess
import sys
from dataclasses import replace

import pandas
import pytest

from harness.bench import __main__ as command
from harness.bench import crew, report, rounds
from harness.bench.plan import BLAS, NUMPY, QUICK, Plan


@pytest.fixture(scope="module")
def quick_run(tmp_path_factory):
    """Return the exit code, the output and the folder of `--quick`, on small images and without peak memory.

    Both contenders on Keras share a process, as each would import it for seconds.
    """
    out = tmp_path_factory.mktemp("bench")
    output, training, make_worker, workers = io.StringIO(), Plan.training, crew.Worker, {}

    def worker_of(contender):
        if contender.library not in workers:
            workers[contender.library] = make_worker(contender)
        return workers[contender.library]

    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(output):
        patch.setattr(command, "QUICK", replace(QUICK, growth_batch_size=8, counts=(8,), memory_runs=()))
        patch.setattr(crew, "Worker", worker_of)
        patch.setattr(Plan, "training", lambda plan: [replace(workload, side=8) for workload in training(plan)])
        exit_code = command.main(["--quick", "--out", str(out)])
    return exit_code, output.getvalue(), next((out / "bench" / "quick").iterdir(), None)


def test_a_quick_run_writes_rows_environment_tables_and_plot(quick_run):
    exit_code, output, folder = quick_run
    assert exit_code == 0
    assert {path.name for path in folder.iterdir()} == {"bench.csv", "bench.md", "bench.png", "environment.json"}
    assert (folder / "bench.md").read_text().strip() in output
    environment = json.loads((folder / "environment.json").read_text())
    assert environment["threads"]["OPENBLAS_NUM_THREADS"] == "1"
    assert "blas_kernel" in environment


def test_every_contender_takes_a_turn_in_every_round(quick_run):
    *_, folder = quick_run
    rows = pandas.read_csv(folder / "bench.csv")
    assert tuple(rows.columns) == crew.COLUMNS
    turns = rows.groupby(["series", "batch_size", "contender"])["round"].apply(list)
    training = {(size, name) for size in (1, 8) for name in ("numpy", "keras", "keras-tuned", "blas")}
    training |= {(1, "naive"), (1, "published-loops")}
    assert set(turns["batch size"].index) == training
    assert set(turns["prediction"].index) == {(32, name) for name in ("numpy", "keras", "keras-tuned")}
    assert all(turn == [1, 2] for turn in [*turns["batch size"], *turns["prediction"]])
    assert (rows["microseconds_per_image"] > 0).all()


def test_all_settings_that_were_tried_are_kept(quick_run):
    *_, folder = quick_run
    rows = pandas.read_csv(folder / "bench.csv")
    tried = rows[rows["series"] == "settings, train"]
    assert (tried.groupby("batch_size")["setting"].nunique() == 2).all()
    chosen = rows[(rows["series"] == "batch size") & (rows["contender"] == "keras-tuned")]
    assert set(chosen["setting"]) <= set(tried["setting"])


def test_waiting_stands_in_a_column_of_its_own_and_only_keras_waits(quick_run):
    *_, folder = quick_run
    rows = pandas.read_csv(folder / "bench.csv")
    waiting = rows["waiting_microseconds_per_image"]
    assert (waiting[rows["contender"] == "keras"] > 0).all()
    assert (waiting[~rows["contender"].isin(["keras", "keras-tuned"])] == 0).all()


def test_peak_memory_is_that_of_a_process_of_its_own_for_each_contender(monkeypatch):
    monkeypatch.setattr(rounds, "KERAS", {"train": BLAS})  # which imports nothing for seconds
    large = b"1" * 1_100_000_000  # of the process that starts the others, and none of theirs
    peaks = rounds.peak_memory(QUICK)
    del large
    (workload,) = QUICK.memory()
    assert [row[:2] for row in peaks] == [(workload, NUMPY), (workload, BLAS)]
    assert all(10 < megabytes < 1_000 for *_, megabytes in peaks)  # measured 40
    assert "| 8 images, batch size 1 | numpy " in report.memory_table(peaks)


def test_help_answers_without_importing_numpy():
    code = "import sys; from harness.bench.__main__ import parse; parse([]); print('numpy' in sys.modules)"
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    assert process.stdout.strip() == "False"
