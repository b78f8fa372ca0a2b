"""Runs from before waiting had a column: every view reads them, and says where Keras's seconds contain waiting."""

import pytest

from harness import plots
from harness.compare.__main__ import main as compare
from harness.plots.learning_curves import learning_curves_figure
from harness.plots.style import figure_style
from harness.results.__main__ import main as results
from harness.results.reading import open_run
from harness.results.studies import find_studies, study_of
from harness.results.waiting import NEW, OLD
from harness.run import main as run
from harness.tables import tables_of
from tests.harness.plots.run_folders import make_run
from tests.harness.runs import folder_below, run_here


def make_old(folder):
    """Take the column of waiting, the last one, away from a run, and return its folder."""
    path = folder / "epochs.csv"
    heading, *rows = [line.rsplit(",", 1)[0] for line in path.read_text().splitlines()]
    assert "waiting" not in heading
    path.write_text("\n".join([heading, *rows, ""]))
    return folder


@pytest.fixture
def new(tmp_path):
    """The folder of a run of both models."""
    return make_run(tmp_path / "fashion" / "identical" / "new")


@pytest.fixture
def old(tmp_path):
    """The folder of a run that was made before there was the column."""
    return make_old(make_run(tmp_path / "fashion" / "identical" / "old"))


@pytest.fixture
def old_without_keras(tmp_path):
    """The folder of an old run of NumPy alone, in whose seconds nothing was waited for."""
    return make_old(make_run(tmp_path / "fashion" / "identical" / "numpy", models=("numpy",)))


def test_an_old_run_is_read_without_a_problem(old):
    assert open_run(old).problems == []


def test_a_table_says_it_of_old_runs_alone(old, new, old_without_keras):
    assert OLD in tables_of(study_of(old)) and NEW not in tables_of(study_of(old))
    assert NEW in tables_of(study_of(new)) and OLD not in tables_of(study_of(new))
    assert "Keras" not in tables_of(study_of(old_without_keras))


def test_a_table_of_old_and_new_runs_that_are_pooled_says_it(tmp_path, new):
    make_old(make_run(tmp_path / "fashion" / "identical" / "old", seeds=(1,)))
    (study,) = find_studies([tmp_path])
    assert study.config["seeds"] == [0, 1]
    assert OLD in tables_of(study)


def test_no_seconds_are_shown_of_an_old_run_that_was_trained_beside_others(old):
    (old / "environment.json").write_text('{"beside_other_runs": true}')
    assert OLD not in tables_of(study_of(old)) and NEW not in tables_of(study_of(old))


def test_a_comparison_says_which_side_is_old(old, new, capsys):
    assert compare([str(old), str(new)]) == 0
    out = capsys.readouterr().out
    assert f"A: {OLD}" in out and f"B: {OLD}" not in out


def titles_of_wall_time(folder):
    with figure_style():
        axes = learning_curves_figure(open_run(folder)).axes
    return " ".join(panel.get_title() for panel in axes).replace("\n", " ").strip()


def test_the_plot_of_seconds_says_it(old, new, old_without_keras):
    assert titles_of_wall_time(old) == OLD
    assert titles_of_wall_time(new) == titles_of_wall_time(old_without_keras) == ""
    assert plots.draw_all(old).failures == []


def test_the_list_of_runs_has_old_ones(old, capsys):
    assert results([str(old)]) == 0
    assert "complete" in capsys.readouterr().out


def test_an_old_run_is_not_resumed_as_other_code_trained_it(excerpt_path, tmp_path, monkeypatch, capsys):
    flags = ("--dataset", excerpt_path, "--models", "numpy", "--epochs", 1, "--limit", 20, "--out", tmp_path)
    assert run_here(monkeypatch, *flags) == 0
    folder = make_old(folder_below(tmp_path))
    config = (folder / "config.json").read_text()
    version = config.split('"training code": "')[1][:16]
    (folder / "config.json").write_text(config.replace(version, "0123456789abcdef"))
    capsys.readouterr()
    assert run(["--resume", str(folder)]) == 2
    err = capsys.readouterr().err
    assert f"training code is '{version}' here and was '0123456789abcdef' there" in err
    assert "start a new run" in err and "Traceback" not in err
