"""`python -m harness.report`, and `write_report`."""

import shutil
import sys

import numpy as np
import pytest

from harness.base.errors import UsageError
from harness.report import write_report, write_run_report
from harness.report.__main__ import main


@pytest.fixture
def run(tmp_path, write_run, quick):
    return write_run(tmp_path / "run", seeds=(0,))


def test_it_writes_into_the_run_and_says_so(run, capsys):
    assert main([str(run)]) == 0
    assert (run / "report.html").read_text().startswith("<!doctype html>")
    assert capsys.readouterr().out.startswith(f"{run / 'report.html'} (0.")


def test_it_writes_where_it_is_told(run, tmp_path, capsys):
    assert main([str(run), "-o", str(tmp_path / "mine.html")]) == 0
    assert (tmp_path / "mine.html").exists() and not (run / "report.html").exists()


def test_of_several_runs_it_writes_into_the_current_folder(run, tmp_path, write_run, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main([str(run), str(write_run(tmp_path / "second", seeds=(1,)))]) == 0
    assert (tmp_path / "report.html").exists()


def test_a_folder_that_is_no_run(tmp_path, capsys, libraries):
    (tmp_path / "empty").mkdir()
    assert main([str(tmp_path / "empty")]) == 2
    message = capsys.readouterr().err
    assert message.startswith("error: ") and "is not a run's folder: epochs.csv and config.json missing" in message
    assert list((tmp_path / "empty").iterdir()) == []


def test_one_folder_of_two_is_no_run(run, tmp_path, capsys):
    assert main([str(run), str(tmp_path / "nowhere"), "-o", str(tmp_path / "mine.html")]) == 2
    assert "nowhere is not a folder" in capsys.readouterr().err and not (tmp_path / "mine.html").exists()


def test_one_run_of_two_is_damaged(run, tmp_path, write_run, capsys):
    damaged = write_run(tmp_path / "damaged", seeds=(1,))
    (damaged / "config.json").write_text("{")
    assert main([str(run), str(damaged), "-o", str(tmp_path / "mine.html")]) == 0
    assert f"warning: a run is left out: {damaged}" in capsys.readouterr().err and (tmp_path / "mine.html").exists()


def test_a_proof_alone_is_no_run(parity_folder, tmp_path, capsys, libraries):
    assert main([str(parity_folder), "-o", str(tmp_path / "mine.html")]) == 2
    assert "is a proof of parity; name the folder of a run as well" in capsys.readouterr().err


def test_a_damaged_proof(run, tmp_path, capsys):
    (tmp_path / "proof").mkdir()
    (tmp_path / "proof" / "parity.csv").write_text("step,params\n1,2\n")
    assert main([str(run), str(tmp_path / "proof"), "-o", str(tmp_path / "mine.html")]) == 2
    assert "parity.csv cannot be read: it has no column precision" in capsys.readouterr().err


def test_a_file_that_is_no_page_is_left_alone(run, capsys):
    before = (run / "epochs.csv").read_bytes()
    assert main([str(run), "-o", str(run / "epochs.csv")]) == 2
    assert "does not end in .html" in capsys.readouterr().err and (run / "epochs.csv").read_bytes() == before


def test_a_folder_that_is_not_there(run, tmp_path, capsys):
    assert main([str(run), "-o", str(tmp_path / "nowhere" / "mine.html")]) == 2
    assert f"there is no folder {tmp_path / 'nowhere'}; make it first" in capsys.readouterr().err


def test_an_old_report_stays_until_the_new_one_is_whole(run, monkeypatch):
    (run / "report.html").write_text("old")

    def fail(*_):
        raise RuntimeError

    monkeypatch.setattr("harness.report.page.view_of", fail)
    assert main([str(run)]) == 4
    assert (run / "report.html").read_text() == "old"
    assert [path.name for path in run.iterdir() if "unfinished" in path.name] == []


@pytest.mark.parametrize("module", ["altair", "vl_convert", "jinja2"])
def test_a_missing_library(run, module, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, module, None)
    assert main([str(run)]) == 2
    assert "install what is missing with pip install -r requirements-report.txt" in capsys.readouterr().err
    assert not (run / "report.html").exists()


def test_from_python_an_error_is_raised(tmp_path, libraries):
    with pytest.raises(UsageError, match="is not a folder"):
        write_report([tmp_path / "nowhere"], tmp_path / "report.html")


def test_the_parity_of_a_runs_own_folder_is_shown(run, parity_folder, report_of, tmp_path):
    (run / "parity.csv").write_bytes((parity_folder / "parity.csv").read_bytes())
    page = report_of(tmp_path / "report.html", run)
    assert "Step by step: how far apart are they really?" in page.texts and "float32: rounding alone" in page.texts


def test_four_models_that_were_trained_together_are_shown(run, report_of, tmp_path):
    (tmp_path / "proof").mkdir()
    lines = ["pair,step,largest,relative,accuracy,other_accuracy,agreement"]
    lines += [f'"numpy float64, keras float64",{step},1e-15,1e-15,nan,nan,nan' for step in (1000, 2000)]
    (tmp_path / "proof" / "together.csv").write_text("\n".join(lines) + "\n")
    page = report_of(tmp_path / "report.html", run, tmp_path / "proof")
    assert "numpy float64 from keras float64" in page.texts and "2,000" in page.texts


def test_a_run_that_is_done_gets_its_report_from_another_process(run, own_dataset, tmp_path, monkeypatch):
    images = {name: getattr(own_dataset, name) for name in ("x_train", "y_train", "x_test", "y_test")}
    np.savez(tmp_path / "own.npz", **images)
    before = {name for name in sys.modules if name.startswith("vl_convert")}
    assert write_run_report(run, str(tmp_path / "own.npz")) is None
    page = (run / "report.html").read_text()
    assert page.count("data:image/png;base64") > 8  # images that the models disagree on were found
    assert {name for name in sys.modules if name.startswith("vl_convert")} == before


def test_of_a_report_that_fails_a_line_says_why(run, tmp_path, monkeypatch):
    line = write_run_report(run, str(tmp_path / "no.npz"))
    assert line.startswith("report.html was not written: ") and "no.npz" in line and "\n" not in line
    assert not (run / "report.html").exists()
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no python"))
    line = write_run_report(run, "fashion")
    assert line.startswith("report.html was not written: ") and "no python" in line


@pytest.mark.parametrize(
    ("arguments", "flags"),
    [
        (("mnist",), ""),
        (("mnist", "my data"), "--data-dir=my data "),
        (("-a.npz", "d"), "--dataset=-a.npz --data-dir=d "),
    ],
)
def test_the_other_process_is_told_where_the_images_are(arguments, flags, tmp_path, monkeypatch):
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\necho "error: $*" >&2\nexit 2\n')
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    assert write_run_report("-run", *arguments) == (f"report.html was not written: -m harness.report {flags}-- -run")


def test_of_a_process_that_dies_without_a_word_the_exit_code_is_told(run, monkeypatch):
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    assert write_run_report(run, "fashion") == "report.html was not written: exit code 1"
