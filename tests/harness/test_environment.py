"""Variables of the environment: the page that lists them is true of each."""

import json
import os
import re
import shutil
import subprocess
import sys
from types import SimpleNamespace

import pytest

from harness.base.environment import describe_environment, environment_of_children
from harness.base.errors import UsageError
from harness.report import writing
from tests.harness.runs import arrays_of, folder_below, run_alone, run_here
from tests.pages import page

ROWS = [
    [cell.strip() for cell in line.split("|")[1:-1]]
    for line in page("harness/ENVIRONMENT.md").splitlines()
    if line.startswith("| `")
]
EXAMPLES = {name.strip("`"): example.strip("`") for name, example, _ in ROWS}
DONE = {name.strip("`"): re.match(r"set|recorded|no part", done)[0] for name, _, done in ROWS}
SMALL = ["--experiment", "adam", "--models", "numpy", "--epochs", 1, "--limit", 32, "--batch-size", 16, "--threads", 1]


def of_kind(kind):
    """Return the variables of which this is done, with their examples."""
    return {name: EXAMPLES[name] for name in EXAMPLES if DONE[name] == kind}


def test_every_variable_has_one_row():
    assert len(EXAMPLES) == len(ROWS) > 40


@pytest.mark.parametrize("name", of_kind("recorded"))
def test_what_is_recorded_is_recorded(name, monkeypatch):
    monkeypatch.setenv(name, EXAMPLES[name])
    environment = describe_environment()
    assert (environment["threads"] | environment["variables"])[name] == EXAMPLES[name]


def test_nothing_else_is_recorded(monkeypatch):
    others = {**of_kind("no part"), **of_kind("set"), "TF_VAR_password": "secret", "OPENBLAS_SECRET": "secret"}
    for name, value in others.items():
        monkeypatch.setenv(name, value)
    environment = describe_environment()
    assert not {*environment["threads"], *environment["variables"]} & set(others)
    assert "secret" not in json.dumps(environment)


def test_what_has_no_part_changes_nothing_anywhere_and_without_a_terminal(
    excerpt_path, tmp_path, monkeypatch, without_report
):
    data, out = tmp_path / "Kleider & Mäntel Ж.npz", tmp_path / "Läufe der 3. Übung"
    shutil.copy(excerpt_path, data)
    # All modules would be compiled anew for it, once, so it is tried with Keras, below.
    variables = {name: value for name, value in of_kind("no part").items() if name != "PYTHONOPTIMIZE"}
    process = run_alone("--dataset", data, *SMALL, "--out", out, DISPLAY=None, **variables, **without_report)
    assert (process.returncode, process.stderr) == (0, "")
    assert "\r" not in process.stdout and len(process.stdout) < 20_000
    assert run_here(monkeypatch, "--dataset", excerpt_path, *SMALL, "--out", tmp_path / "plain") == 0
    (folder,) = out.glob("*/*/*")
    assert {path.name for path in (folder / "plots").iterdir()} >= {"learning_curves.png", "confusion.png"}
    assert json.loads((folder / "config.json").read_text())["dataset"] == data.stem
    for kind in ("weights", "predictions"):
        assert arrays_of(folder, kind) == arrays_of(folder_below(tmp_path / "plain"), kind)


@pytest.mark.slow  # Keras is imported by itself, and with the variables
def test_what_is_set_or_has_no_part_changes_nothing_in_keras(excerpt_path, tmp_path, without_report):
    flags = ["--dataset", excerpt_path, *SMALL, "--models", "keras"]
    variables = {"without": {}, "with": {**of_kind("no part"), **of_kind("set")}}
    for name, added in variables.items():
        process = run_alone(*flags, "--out", tmp_path / name, **added, **without_report)
        assert (process.returncode, process.stderr) == (0, "")
    plain, other = (folder_below(tmp_path / name) for name in variables)
    for kind in ("weights", "predictions"):
        assert arrays_of(other, kind) == arrays_of(plain, kind)


@pytest.mark.slow
def test_a_flag_that_tensorflow_does_not_know_is_told(excerpt_path, tmp_path):
    flags = ["--dataset", excerpt_path, *SMALL, "--models", "keras", "--out", tmp_path]
    process = run_alone(*flags, TF_XLA_FLAGS="--no_such_flag")
    assert process.returncode != 0 and "--no_such_flag" in process.stderr
    assert not list(tmp_path.glob("*/*/*"))


def test_the_process_that_makes_a_report_has_docstrings(monkeypatch):
    monkeypatch.setenv("PYTHONOPTIMIZE", "2")
    code = "import sys; sys.exit(sys.flags.optimize)"
    assert subprocess.run([sys.executable, "-c", code], env=environment_of_children(), check=False).returncode == 0
    assert os.environ["PYTHONOPTIMIZE"] == "2"


def test_a_report_without_docstrings_is_refused_in_one_line(monkeypatch, tmp_path):
    monkeypatch.setattr(writing, "missing_libraries", list)
    monkeypatch.setattr(writing.sys, "flags", SimpleNamespace(optimize=2))
    with pytest.raises(UsageError, match="leave out PYTHONOPTIMIZE=2"):
        writing.write_report([tmp_path], tmp_path / "report.html")
