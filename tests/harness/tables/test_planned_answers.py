"""The table of answers counts the planned seeds alone, and needs a plan."""

import shutil

from harness.experiments.study_plan import PlannedStudy
from harness.summaries.planned import PlannedRuns
from harness.tables.__main__ import main as print_tables
from tests.harness.tables.conftest import rows_of
from tests.pages import ROOT

PLAN = (PlannedStudy("first", ("identical",), "fashion", ("numpy", "keras"), "20..22"),)


def accuracy(runs):
    """Return the accuracy of NumPy."""
    return runs.sample("fashion", "identical", "numpy", "test_accuracy")


def test_seeds_that_were_not_planned_do_not_count(make_study):
    study = make_study([rows_of("numpy", seed, n_epochs=3) for seed in (0, 20, 22)], epochs=3)
    sample = accuracy(PlannedRuns(PLAN, (study,)))
    assert sample.values.index.tolist() == [20, 22] and sample.text == "2 of 3" and not sample.is_complete


def test_runs_with_other_settings_than_the_experiment_s_do_not_count(make_study):
    short = make_study([rows_of("numpy", 20)])
    limited = make_study([rows_of("numpy", 20, n_epochs=3)], epochs=3, limit=100)
    assert accuracy(PlannedRuns(PLAN, (short, limited))).text == "0 of 3"


def test_a_model_that_is_not_planned_has_no_seeds():
    runs = PlannedRuns(PLAN, ())
    assert runs.sample("fashion", "deeper", "numpy", "test_accuracy").text == "0 of 0"
    assert runs.sample("mnist", "identical", "numpy", "test_accuracy").text == "0 of 0"


def test_the_command_prints_a_row_for_each_question_also_before_any_run_is_made(tmp_path, capsys):
    shutil.copy(ROOT / "results" / "reference" / "plan.toml", tmp_path)
    assert print_tables(["--answers", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert printed.count("not all seeds yet") >= 30 and "13 tests of differences" in printed
    assert printed.count("Where do 85.28 % come from?") == 1 and "| 0 of 10, 0 of 20 |" in printed


def test_a_folder_without_a_plan_is_told(tmp_path, capsys):
    assert print_tables(["--answers", str(tmp_path)]) == 2
    assert "the plan" in (message := capsys.readouterr().err) and "cannot be read" in message
