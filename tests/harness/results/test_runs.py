"""The list of runs."""

import pytest

from harness.base.errors import UsageError
from harness.results import RunFolder
from harness.results.__main__ import main
from harness.results.lock import only_writer
from harness.results.runs import runs_table
from tests.harness.results.conftest import write_run as write_run_fixture

write_run = write_run_fixture


def states(table):
    return [line.split("|")[6].strip() for line in table.splitlines()[2:]]


def test_a_run_has_a_line_that_says_what_it_is(write_run, tmp_path, cells):
    write_run("2026-01-01", models=["numpy", "keras"], seeds=[0, 1, 2], accuracy=0.75)
    row = cells(runs_table(tmp_path), "2026-01-01")
    assert row["data set"] == "fashion"
    assert (row["models"], row["seeds"], row["best accuracy"]) == ("numpy keras", "0 to 2", "0.7500 numpy")
    assert row["state"] == "complete"


def test_a_run_whose_process_is_gone_before_the_end_has_died(write_run, tmp_path):
    write_run("a", n_epochs=1)
    write_run("b", n_epochs=0)
    assert states(runs_table(tmp_path)) == ["died", "died"]


def test_a_run_is_running_only_while_a_process_writes_into_it(write_run, tmp_path):
    folder = write_run("a", n_epochs=1)
    with only_writer(folder):
        assert states(runs_table(tmp_path)) == ["running"]
    assert states(runs_table(tmp_path)) == ["died"]


def test_a_run_of_which_a_model_failed_is_partial(write_run, tmp_path):
    folder = write_run("a", n_epochs=1)
    RunFolder(folder).write_json("failures", [{"model": "numpy", "seed": 0, "error": "the loss is nan"}])
    assert states(runs_table(tmp_path)) == ["partial"]


def test_a_limit_is_told(write_run, tmp_path, cells):
    write_run("a", limit=500)
    assert cells(runs_table(tmp_path), "a")["data set"] == "fashion, limit 500"


def test_a_run_that_cannot_be_read_has_a_line_that_says_why(write_run, tmp_path):
    write_run("a")
    (write_run("b") / "config.json").write_text("{")
    table = runs_table(tmp_path)
    assert "complete" in table
    assert "cannot be read" in table


def test_a_folder_without_runs_is_refused(tmp_path, capsys):
    with pytest.raises(UsageError, match="holds no run"):
        runs_table(tmp_path)
    assert main([str(tmp_path)]) == 2
    assert "holds no run" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["x" * 300, "a/" * 3000])
def test_a_name_that_is_too_long_is_said_to_be_that(name, capsys):
    assert main([name]) == 2
    error = capsys.readouterr().err
    assert "File name too long" in error and "name a folder with runs" in error and "Make room" not in error
