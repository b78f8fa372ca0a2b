"""Seconds of runs that were trained beside others are in no table and in no plot of speeds."""

import pytest

from harness import plots
from harness.compare.__main__ import main as compare
from harness.results import open_run, read_epochs
from harness.results.studies import find_studies, study_of
from harness.sweep.cell import run_cell
from harness.tables import tables_of
from tests.harness.runs import folder_below, run_here
from tests.harness.sweep.sweeps import cells_of, sweep_to


@pytest.fixture
def beside(tiny, tmp_path):
    """Return the folder of a run that was trained beside others."""
    return run_cell(cells_of(tiny)[0], sweep_to(tmp_path / "beside")).folder


@pytest.fixture
def alone(tiny, tmp_path, monkeypatch):
    """Return the folder of a run with another seed that was trained alone."""
    flags = ("--dataset", tiny, "--models", "numpy", "--epochs", 1, "--seeds", 1, "--out", tmp_path / "alone")
    assert run_here(monkeypatch, *flags) == 0
    return folder_below(tmp_path / "alone")


def test_the_records_have_them_and_whoever_opens_the_run_does_not(beside, alone):
    assert read_epochs(beside)["wall_seconds"].gt(0).all()
    run = open_run(beside)
    seconds = [name for name in run.epochs.columns if name.endswith("seconds")]
    assert run.beside_other_runs and len(seconds) == 4 and run.epochs[seconds].isna().all(axis=None)
    assert run.problems == [] and run.epochs["test_accuracy"].notna().all()
    assert open_run(alone).epochs["wall_seconds"].gt(0).all()


def test_a_table_leaves_them_out_and_says_so(beside):
    tables = tables_of(study_of(beside))
    (row,) = [line for line in tables.splitlines() if line.startswith("| numpy")]
    assert row.count(" - |") == 3 and "nan" not in tables
    assert "Seconds are left out: runs that are trained beside each other slow each other." in tables


def test_of_pooled_runs_those_that_were_alone_give_the_seconds(beside, alone):
    (study,) = find_studies([beside, alone])
    seconds = read_epochs(alone)["wall_seconds"].median()
    tables = tables_of(study)
    assert f"{seconds:.2f}" in tables and "1.0x" in tables
    assert "Seconds of 1 of 2 runs are left out" in tables


def test_plots_are_drawn_without_them(beside):
    drawing = plots.draw_all(beside)
    assert drawing.failures == [] and drawing.gaps == []


def test_a_comparison_leaves_them_out_and_says_so(beside, alone, capsys):
    assert compare([str(alone), str(beside)]) == 0
    printed = capsys.readouterr()
    assert "seconds per epoch" not in printed.out.lower() and "beside other runs: yes" not in printed.out
    assert "warning: B was trained beside other runs: seconds are left out" in printed.err
    assert "not finite" not in printed.out + printed.err


def test_a_gate_on_seconds_refuses_them(beside, alone, capsys):
    assert compare([str(alone), str(beside), "--fail", "seconds:10%"]) == 2
    assert "is for runs that were trained alone, and B" in capsys.readouterr().err
    assert compare([str(alone), str(beside), "--fail", "accuracy:1"]) == 0


def test_a_report_leaves_them_out(beside, tmp_path):
    pytest.importorskip("altair")
    from harness.report.__main__ import main as report

    assert report([str(beside), "--out", str(tmp_path / "report.html")]) == 0
    page = (tmp_path / "report.html").read_text()
    assert "Seconds are left out" in page and "Training speed" not in page
