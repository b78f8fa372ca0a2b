"""Finished runs that are put together are one run's folder, which every view reads."""

import json
import shutil

import numpy as np
import pandas
import pytest

from harness import plots, report
from harness.base.errors import UsageError
from harness.compare.__main__ import main as compare
from harness.results import read_config, read_epochs
from harness.results.studies import find_studies, study_of
from harness.sweep.cell import run_cell
from harness.sweep.gather import gather
from harness.tables import tables_of_all
from tests.harness.runs import run_here
from tests.harness.sweep.sweeps import cells_of, sweep_to, write_model

COMMAND = "python -m harness.sweep --plan plan.toml"


def make_runs(tiny, folder, seeds=(3, 1), models=("numpy",), n_epochs=2):
    """Run cells, have all of them say that they are of one commit, and return the folder of their runs."""
    for cell in cells_of(tiny, seeds, models, epochs=[n_epochs]):
        run = run_cell(cell, sweep_to(folder, models)).folder
        mark(run, commit="c" * 40)
    return folder


def mark(run, **values):
    """Change what a run's environment says."""
    path = run / "environment.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def gathered(runs, out):
    """Gather runs, and return the folders that come out of it."""
    gather(runs, out, "c" * 40, COMMAND)
    return sorted(path.parent for path in out.glob("*/*/*/epochs.csv"))


def test_runs_are_put_together_by_seed_with_all_digits_and_predictions(tiny, tmp_path):
    runs = make_runs(tiny, tmp_path / "runs")
    (folder,) = gathered(runs, tmp_path / "out")
    assert folder == tmp_path / "out" / "tiny" / "identical" / "numpy"
    rows = pandas.concat(map(read_epochs, runs.glob("*/*/*"))).sort_values(["seed", "epoch"], ignore_index=True)
    pandas.testing.assert_frame_equal(read_epochs(folder), rows, check_exact=True)
    assert read_config(folder)["seeds"] == [1, 3]
    for path in runs.glob("*/*/*/predictions/*.npz"):
        with np.load(path) as single, np.load(folder / "predictions" / path.name) as together:
            assert all((single[name] == together[name]).all() for name in ("labels", "predictions"))
            assert together["predictions"].dtype == np.uint8
    environment = json.loads((folder / "environment.json").read_text())
    assert environment["command"] == COMMAND and environment["commit"] == "c" * 40 and environment["cpu"]
    assert sorted(path.name for path in folder.iterdir()) == [
        "config.json", "environment.json", "epochs.csv", "predictions", "samples.npz",
    ]  # fmt: skip


def test_what_is_there_is_not_added_again_and_later_runs_are(tiny, tmp_path):
    runs, out = make_runs(tiny, tmp_path / "runs", seeds=[1]), tmp_path / "out"
    (folder,) = gathered(runs, out)
    first = (folder / "epochs.csv").stat().st_mtime_ns
    assert gathered(runs, out) == [folder] and (folder / "epochs.csv").stat().st_mtime_ns == first
    shutil.rmtree(runs)
    assert gathered(make_runs(tiny, runs, seeds=[0]), out) == [folder]
    assert read_epochs(folder)["seed"].tolist() == [0, 0, 1, 1]


def test_runs_of_another_machine_or_other_models_have_a_folder_of_their_own_and_one_study(tiny, tmp_path):
    runs, out = make_runs(tiny, tmp_path / "runs"), tmp_path / "out"
    mark(next(runs.glob("*/*/*")), cpu="another processor")
    own = str(write_model(tmp_path / "own.py"))
    make_runs(tiny, runs, seeds=[1], models=["numpy", own])
    names = [folder.name for folder in gathered(runs, out)]
    assert names == ["numpy", "numpy-2", "numpy-own"]
    (study,) = find_studies([out])
    assert study.complete_seeds("numpy") == [1, 3] and study.complete_seeds("own") == [1]


def test_a_run_that_is_not_finished_or_failed_is_left_out(tiny, tmp_path):
    runs = make_runs(tiny, tmp_path / "runs")
    cut_off, failed = runs.glob("*/*/*")
    (cut_off / "table.md").unlink()
    (failed / "failures.json").write_text('[{"model": "numpy", "seed": 1, "error": "nan"}]')
    assert gathered(runs, tmp_path / "out") == []


@pytest.mark.parametrize("commit", ["d" * 40, "c" * 40 + "+"])
def test_a_run_of_another_commit_or_of_changed_files_is_refused(tiny, tmp_path, commit):
    runs = make_runs(tiny, tmp_path / "runs", seeds=[1])
    mark(next(runs.glob("*/*/*")), commit=commit)
    with pytest.raises(UsageError, match=r"was trained at commit dd|was trained at commit c*\+"):
        gathered(runs, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_was_cut_off_before_its_rows_were_written_gets_them(tiny, tmp_path):
    runs, out = make_runs(tiny, tmp_path / "runs"), tmp_path / "out"
    (folder,) = gathered(runs, out)
    rows = (folder / "epochs.csv").read_text()
    (folder / "epochs.csv").unlink()
    assert gathered(runs, out) == [folder] and (folder / "epochs.csv").read_text() == rows


def test_all_views_read_runs_that_were_put_together(tiny, tmp_path, monkeypatch, capsys):
    runs = make_runs(tiny, tmp_path / "runs")
    assert (
        run_here(monkeypatch, "--dataset", tiny, "--models", "numpy", "--epochs", 2, "--out", tmp_path / "alone") == 0
    )
    (folder,) = gathered(runs, tmp_path / "out")
    assert "| numpy | " in tables_of_all(find_studies([folder]))
    assert study_of(folder).partial_trainings() == [] and len(study_of(folder).predictions) == 2
    drawing = plots.draw_all(folder)
    assert drawing.paths and not drawing.gaps and not drawing.failures
    (alone,) = (tmp_path / "alone").glob("*/*/*")
    assert compare([str(folder), str(alone)]) == 0
    capsys.readouterr()


def test_a_report_is_made_of_runs_that_were_put_together(tiny, tmp_path):
    pytest.importorskip("altair")
    (folder,) = gathered(make_runs(tiny, tmp_path / "runs"), tmp_path / "out")
    assert report.write_run_report(folder, str(tiny)) is None
    assert (folder / "report.html").exists()
