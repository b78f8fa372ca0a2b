"""The runs of a plan come from the code of its own commit, and only those are made that are missing."""

import json
import shutil
import signal
import subprocess

import pytest

from harness.results import read_epochs
from tests.harness.sweep.projects import commit, git, make_project, write_plan
from tests.harness.sweep.sweeps import ROOT, command, sweep_here, wait_until

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def folder_of(project):
    """Return the only folder of finished runs of a project."""
    (path,) = (project / "studies").glob("*/*/*/epochs.csv")
    return path.parent


def commit_on_record(folder):
    """Return the commit that a folder's runs were made at."""
    return json.loads((folder / "environment.json").read_text())["commit"]


def leave_out(folder, seed):
    """Take the rows of a seed out of a folder of runs."""
    lines = (folder / "epochs.csv").read_text().splitlines(keepends=True)
    (folder / "epochs.csv").write_text("".join(line for line in lines if line.split(",")[3] != str(seed)))


def test_runs_come_from_the_commit_of_the_plan_when_the_code_has_changed_and_missing_ones_are_made_alone(
    tiny, tmp_path, capfd
):
    project = make_project(tmp_path / "project")
    plan = write_plan(project, tiny)
    planned = commit(project)
    (project / "numpy_model" / "losses.py").write_text("raise SystemExit('the code of today')")
    commit(project)
    assert sweep_here("--plan", plan, "--workers", 1) == 0
    folder = folder_of(project)
    assert commit_on_record(folder) == planned and read_epochs(folder)["seed"].tolist() == [0, 1]
    scores = read_epochs(folder)[["seed", "test_loss"]]
    commit(project, "the results")

    capfd.readouterr()
    assert sweep_here("--plan", plan) == 0
    printed = capfd.readouterr()
    assert "all 2 runs are there; nothing is left to do" in printed.err and "seeds 0, 1\n" in printed.out

    leave_out(folder, 1)
    assert sweep_here("--plan", plan, "--dry-run") == 0
    assert "| 1 of 2 |       1 |" in capfd.readouterr().out
    assert sweep_here("--plan", plan, "--workers", 1) == 0
    assert "1 of 2 runs to do" in capfd.readouterr().err
    assert folder_of(project) == folder and read_epochs(folder)[["seed", "test_loss"]].equals(scores)


def test_finished_runs_of_another_commit_are_refused(tiny, tmp_path, capsys):
    project = make_project(tmp_path / "project")
    plan = write_plan(project, tiny, seeds="0")
    first = commit(project)
    assert sweep_here("--plan", plan, "--workers", 1) == 0
    write_plan(project, tiny, seeds="0..1")
    commit(project)
    assert sweep_here("--plan", plan) == 2
    assert f"was trained at commit {first}, and the plan is of " in capsys.readouterr().err


def test_a_plan_that_was_changed_is_refused_until_it_is_committed(tiny, tmp_path, capsys):
    project = make_project(tmp_path / "project")
    write_plan(project, tiny)
    commit(project)
    plan = write_plan(project, tiny, seeds="0..2")
    assert sweep_here("--plan", plan) == 2
    assert "is not committed as it is" in capsys.readouterr().err


def test_flags_of_a_grid_are_refused_beside_a_plan(tmp_path, capsys):
    with pytest.raises(SystemExit) as end:
        sweep_here("--plan", tmp_path / "plan.toml", "--seeds", 1, "--out", tmp_path)
    assert end.value.code == 2
    assert "leave out --seeds --out" in capsys.readouterr().err


@pytest.mark.slow
def test_a_plan_that_is_stopped_leaves_no_worktree_and_goes_on_where_it_was_cut_off(tiny, tmp_path):
    project = make_project(tmp_path / "project")
    plan = write_plan(project, tiny, n_epochs=400)
    planned = commit(project)
    words = command("--plan", plan, "--workers", 1)
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: list((project / "results").glob("planned/*/*/*/*/predictions")))
    process.send_signal(signal.SIGINT)
    _, messages = process.communicate(timeout=90)
    assert process.returncode == 130 and "Traceback" not in messages
    assert messages.splitlines()[-1].startswith("go on with: python -m harness.sweep --plan ")
    assert len(git(project, "worktree", "list").splitlines()) == 1

    again = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert again.returncode == 0 and "2 cells: 1 cut off, 1 to do" in again.stderr, again.stderr
    folder = folder_of(project)
    assert commit_on_record(folder) == planned and len(read_epochs(folder)) == 800
