"""`python -m harness.bench`, on a tiny plan."""

import json
import subprocess
import sys

import pandas
import pytest

from harness.bench import rounds


@pytest.fixture(scope="module")
def quick_run(tmp_path_factory):
    """Return the process and the folder of `python -m harness.bench --quick`."""
    out = tmp_path_factory.mktemp("bench")
    command = [sys.executable, "-m", "harness.bench", "--quick", "--out", str(out)]
    process = subprocess.run(command, capture_output=True, text=True, timeout=600)
    return process, next((out / "bench" / "quick").iterdir(), None)


def test_a_quick_run_writes_rows_environment_tables_and_plot(quick_run):
    process, folder = quick_run
    assert process.returncode == 0, process.stderr
    assert {path.name for path in folder.iterdir()} == {"bench.csv", "bench.md", "bench.png", "environment.json"}
    assert (folder / "bench.md").read_text().strip() in process.stdout
    environment = json.loads((folder / "environment.json").read_text())
    assert environment["threads"]["OPENBLAS_NUM_THREADS"] == "1"
    assert "blas_kernel" in environment


def test_every_contender_takes_a_turn_in_every_round(quick_run):
    _, folder = quick_run
    rows = pandas.read_csv(folder / "bench.csv")
    assert tuple(rows.columns) == rounds.COLUMNS
    turns = rows.groupby(["series", "batch_size", "contender"])["round"].apply(list)
    training = {(size, name) for size in (1, 8) for name in ("numpy", "keras", "keras-tuned", "blas")}
    training |= {(1, "naive"), (1, "published-loops")}
    assert set(turns["batch size"].index) == training
    assert set(turns["prediction"].index) == {(32, name) for name in ("numpy", "keras", "keras-tuned")}
    assert all(turn == [1, 2] for turn in [*turns["batch size"], *turns["prediction"]])
    assert (rows["microseconds_per_image"] > 0).all()


def test_all_settings_that_were_tried_are_kept(quick_run):
    _, folder = quick_run
    rows = pandas.read_csv(folder / "bench.csv")
    tried = rows[rows["series"] == "settings, train"]
    assert (tried.groupby("batch_size")["setting"].nunique() == 2).all()
    chosen = rows[(rows["series"] == "batch size") & (rows["contender"] == "keras-tuned")]
    assert set(chosen["setting"]) <= set(tried["setting"])


def test_waiting_stands_in_a_column_of_its_own_and_only_keras_waits(quick_run):
    _, folder = quick_run
    rows = pandas.read_csv(folder / "bench.csv")
    waiting = rows["waiting_microseconds_per_image"]
    assert (waiting[rows["contender"] == "keras"] > 0).all()
    assert (waiting[~rows["contender"].isin(["keras", "keras-tuned"])] == 0).all()


def test_help_answers_without_importing_numpy():
    code = "import sys; from harness.bench.__main__ import parse; parse([]); print('numpy' in sys.modules)"
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    assert process.stdout.strip() == "False"
