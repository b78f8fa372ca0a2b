"""The table of answers has the numbers that the CSV files give, whatever these are and however many are there."""

import json
import re
import shutil
import subprocess
import sys

import numpy as np
import pandas
import pytest

from harness.experiments import EXPERIMENTS
from harness.experiments.study_plan import read_plan
from harness.results import COLUMNS
from harness.tables import answers_table
from tests.pages import ROOT, page

REFERENCE = ROOT / "results" / "reference"
MOST_BYTES = 10_000_000
# Mean accuracy and training loss of experiments that are not like the others.
SCORES = {"dense-only": (0.858, 0.34), "published-values": (0.890, 0.264), "adam-as-published": (0.81, 40.0)}


def write_runs(folder, study, experiment, n_seeds, rng):
    """Write the first seeds of one experiment of a study, with scores by chance, as one run's folder."""
    settings, seeds = EXPERIMENTS[experiment], study.seed_numbers[:n_seeds]
    folder = folder / study.dataset / experiment / f"{'-'.join(study.models)}-{seeds[0]}"
    folder.mkdir(parents=True)
    accuracy, loss = SCORES.get(experiment, (0.891, 0.25))
    rows = [
        {"dataset": study.dataset, "experiment": experiment, "model": model, "seed": seed, "epoch": epoch}
        | {"train_loss": loss / epoch + rng.normal(0, 0.003), "test_accuracy": accuracy + rng.normal(0, 0.005)}
        | {"test_macro_f1": accuracy - 0.001 + rng.normal(0, 0.005)}
        for seed in seeds
        for model in study.models
        for epoch in range(1, settings.epochs + 1)
    ]
    pandas.DataFrame(rows).reindex(columns=COLUMNS).fillna(0.5).to_csv(folder / "epochs.csv", index=False)
    own = {name: getattr(settings, name) for name in ("epochs", "batch_size", "learning_rate")}
    config = {"dataset": study.dataset, "experiment": experiment, "models": study.models, "seeds": seeds} | own
    config |= {"limit": None, "class_names": ["a", "b"], "n_train": 60_000, "n_test": 10_000, "n_parameters": {}}
    (folder / "config.json").write_text(json.dumps(config))


def make_reference(folder, n_seeds=1000):
    """Make a folder with the plan, runs of its first seeds with scores by chance, and the benchmark."""
    rng = np.random.default_rng(0)
    folder.mkdir()
    shutil.copy(REFERENCE / "plan.toml", folder)
    (folder / "bench").symlink_to(REFERENCE / "bench")
    for study in read_plan(REFERENCE / "plan.toml"):
        for experiment in study.experiments if n_seeds else ():
            write_runs(folder / "studies", study, experiment, n_seeds, rng)
    return folder


def check(folder, table, script="check_reference.py"):
    """Have a script compute the numbers of a page's tables, and return how it ended."""
    command = [sys.executable, str(ROOT / "tests" / script), str(folder), str(table)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("n_seeds", [1000, 4, 0])
def test_another_program_computes_the_same_numbers_from_the_same_files(tmp_path, n_seeds):
    folder, table = make_reference(tmp_path / "reference", n_seeds), tmp_path / "answers.md"
    table.write_text(answers_table(folder))
    result = check(folder, table)
    assert result.returncode == 0, result.stdout + result.stderr
    assert ("not all seeds yet" in table.read_text()) == (n_seeds < 1000)


def test_the_other_program_finds_a_wrong_number(tmp_path):
    folder, table = make_reference(tmp_path / "reference"), tmp_path / "answers.md"
    answers = answers_table(folder)
    right = re.search(r"[\d.]+ times(?= as fast)", answers)[0]
    table.write_text(answers.replace(right, f"{float(right.split()[0]) + 1:.1f} times").replace("= 1 ", "= 0.9 "))
    result = check(folder, table)
    assert result.returncode == 1 and f"{right} is not in" in result.stdout


def test_the_answers_in_the_page_of_results_are_those_of_the_committed_runs(tmp_path):
    assert answers_table(REFERENCE) in page("results/reference/README.md")
    result = check(REFERENCE, REFERENCE / "README.md")
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_scores_in_the_page_of_results_are_those_of_the_committed_runs():
    result = check(REFERENCE, REFERENCE / "README.md", "check_scores.py")
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("cell", ["20 to 39", "0.8940 ± 0.0048", "-0.0021 to +0.0019", "±0.0018", "inside", "0.00671"])
def test_the_program_for_the_scores_finds_a_wrong_cell(tmp_path, cell):
    head, scores = page("results/reference/README.md").split("## All scores")
    at = scores.index(f" {cell} ")  # the first, in one of the tables
    (tmp_path / "page.md").write_text(f"{head}## All scores{scores[:at]} 7 {scores[at + len(cell) + 2 :]}")
    result = check(REFERENCE, tmp_path / "page.md", "check_scores.py")
    assert result.returncode == 1 and f"7 is printed, and not {cell}" in result.stdout, result.stdout + result.stderr


def test_the_committed_results_are_small():
    assert sum(path.stat().st_size for path in REFERENCE.rglob("*") if path.is_file()) < MOST_BYTES
