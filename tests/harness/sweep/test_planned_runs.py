"""The runs of a plan come from the code of its own commit, and only those are made that are missing."""

import json
import shutil
import signal
import subprocess

import pytest

from tests.harness.sweep.projects import commit, git, make_project, write_plan
from tests.harness.sweep.sweeps import ROOT, command, sweep_here, wait_until

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def commits_below(folder):
    """Return seed and commit of each run below a folder, as the run has them on record."""
    paths = (folder / "results" / "planned").glob("*/*/*/*/config.json")
    found = [
        (json.loads(path.read_text()), json.loads(path.with_name("environment.json").read_text())) for path in paths
    ]
    return sorted((config["seeds"][0], environment["commit"]) for config, environment in found)


def test_runs_come_from_the_commit_of_the_plan_when_the_code_has_changed_and_missing_ones_are_made_alone(
    tiny, tmp_path, capfd
):
    project = make_project(tmp_path / "project")
    plan = write_plan(project, tiny)
    planned = commit(project)
    (project / "numpy_model" / "losses.py").write_text("raise SystemExit('the code of today')")
    commit(project)
    assert sweep_here("--plan", plan, "--workers", 1) == 0
    assert commits_below(project) == [(0, planned), (1, planned)]

    folders = sorted((project / "results" / "planned").glob("*/*/*/*"))
    times = [folder.stat().st_mtime_ns for folder in folders]
    shutil.rmtree(folders[1])
    assert sweep_here("--plan", plan, "--workers", 1) == 0
    assert "2 cells: 1 done, 1 to do" in capfd.readouterr().err
    assert len(commits_below(project)) == 2 and folders[0].stat().st_mtime_ns == times[0]


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
    words = [*command("--plan", plan, "--workers", 1)]
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: list((project / "results").glob("planned/*/*/*/*/predictions")))
    process.send_signal(signal.SIGINT)
    _, messages = process.communicate(timeout=90)
    assert process.returncode == 130 and "Traceback" not in messages
    assert messages.splitlines()[-1].startswith("go on with: python -m harness.sweep --plan ")
    assert len(git(project, "worktree", "list").splitlines()) == 1

    again = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert again.returncode == 0 and "2 cells: 1 cut off, 1 to do" in again.stderr, again.stderr
    assert commits_below(project) == [(0, planned), (1, planned)]
