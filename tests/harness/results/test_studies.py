"""Runs that are pooled."""

import json
from dataclasses import asdict

import numpy as np
import pytest

from harness.base.errors import UsageError
from harness.results import EpochRecord, RunFolder
from harness.results.studies import find_studies, study_of


def test_a_study_of_one_run_has_its_rows(write_run):
    study = study_of(write_run("one", models=["numpy", "keras"], seeds=[0, 3]))
    assert study.trainings == (("numpy", 0), ("numpy", 3), ("keras", 0), ("keras", 3))
    assert len(study.epochs) == 8
    assert list(study.at_end("keras").index) == [0, 3]


def test_runs_with_equal_settings_are_pooled_whatever_their_models_and_seeds(write_run, tmp_path):
    write_run("a", seeds=[0, 1])
    write_run("b", seeds=[2], models=["numpy", "keras"], threads=1)
    (study,) = find_studies([tmp_path])
    assert study.config["seeds"] == [0, 1, 2]
    assert study.config["models"] == ["numpy", "keras"]
    assert study.config["threads"] == [None, 1]
    assert study.complete_seeds("numpy") == [0, 1, 2]
    assert study.complete_seeds("keras") == [2]


@pytest.mark.parametrize(
    "change",
    [
        {"limit": 4},
        {"epochs": 3},
        {"batch_size": 2},
        {"learning_rate": 0.1},
        {"dataset": "mnist"},
        {"experiment": "write-up"},
        {"sha256": {"x_train": "2"}},
    ],
)
def test_runs_whose_settings_differ_are_not_pooled(write_run, tmp_path, change):
    write_run("a")
    write_run("b", **change)
    assert len(find_studies([tmp_path])) == 2


def test_data_sets_of_one_name_and_other_content_have_names_that_differ(write_run, tmp_path):
    sums = {"x_train": "a" * 64, "y_train": "b" * 64}
    write_run("a", dataset="leaves", sha256=sums)
    write_run("b", dataset="leaves", sha256=sums | {"y_train": "c" * 64})
    write_run("c", dataset="petals", sha256=sums)
    write_run("d", dataset="petals", sha256=sums, epochs=3)
    write_run("e", dataset="petals", sha256=None, epochs=4)
    names = sorted({study.config["dataset"] for study in find_studies([tmp_path])})
    assert names == ["leaves (y_train bbbbbbb)", "leaves (y_train ccccccc)", "petals"]


def test_of_two_trainings_with_one_seed_the_newer_counts_and_a_note_says_so(write_run, tmp_path):
    write_run("2026-01-01", accuracy=0.1, seeds=[0, 1])
    write_run("2026-01-02", accuracy=0.9, seeds=[1])
    (study,) = find_studies([tmp_path])
    assert list(study.at_end("numpy")["test_accuracy"]) == [0.1, 0.9]
    assert study.notes == ("numpy was trained twice with seed 1: 2026-01-02 counts, not 2026-01-01.",)


@pytest.mark.parametrize("n_epochs", [0, 1])
def test_a_newer_training_that_was_cut_off_does_not_count_instead_of_a_complete_one(n_epochs, write_run, tmp_path):
    write_run("2026-01-01", accuracy=0.1, seeds=[0, 1])
    write_run("2026-01-02", accuracy=0.9, seeds=[1], n_epochs=n_epochs)
    (study,) = find_studies([tmp_path])
    assert list(study.at_end("numpy")["test_accuracy"]) == [0.1, 0.1]
    assert study.partial_trainings() == []
    assert study.notes == (
        "numpy was trained twice with seed 1: 2026-01-01 counts, not 2026-01-02, which is not complete.",
    )


def test_a_partial_training_is_counted_out_and_named(write_run):
    study = study_of(write_run("cut", n_epochs=1))
    assert study.complete_seeds("numpy") == []
    assert study.at_end("numpy").empty
    assert study.partial_trainings() == [("numpy", 0, 1)]


def test_a_training_without_any_epoch_is_named_too(write_run):
    folder = write_run("started", n_epochs=0, models=["numpy", "keras"])
    assert study_of(folder).partial_trainings() == [("numpy", 0, 0), ("keras", 0, 0)]


def test_a_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"holds no run: there is no epochs\.csv"):
        find_studies([tmp_path])


@pytest.mark.parametrize("damage", ["not JSON", {"format": 2}, {"models": []}], ids=str)
def test_a_run_that_cannot_be_read_is_named_and_the_others_are_shown(damage, write_run, tmp_path, capsys):
    write_run("good")
    file = write_run("bad", n_epochs=0) / "config.json"
    file.write_text(damage if isinstance(damage, str) else json.dumps(json.loads(file.read_text()) | damage))
    assert len(find_studies([tmp_path])) == len(find_studies([tmp_path / "good", tmp_path / "bad"])) == 1
    errors = capsys.readouterr().err
    assert errors.count("warning: a run is left out: ") == errors.count("\n") == errors.count(f"{file.parent}") == 2
    with pytest.raises(UsageError, match="bad"):
        find_studies([tmp_path / "bad"])


@pytest.mark.parametrize("content", ["", "data", "dataset,experiment\n", "\0"])
def test_a_run_whose_rows_are_cut_off_does_not_hide_the_others(content, write_run, tmp_path):
    write_run("good", seeds=[0])
    (write_run("bad", seeds=[1]) / "epochs.csv").write_text(content)
    (study,) = find_studies([tmp_path])
    assert study.complete_seeds("numpy") == [0] and ("numpy", 1, 0) in study.partial_trainings()


@pytest.mark.parametrize("n_bytes", [1, 3, 30])
def test_a_last_row_that_was_cut_off_is_left_out_and_told_of(n_bytes, write_run, tmp_path, capsys):
    file = write_run("cut", seeds=[0]) / "epochs.csv"
    (study,) = find_studies([tmp_path])
    (model, seed), n_epochs = next(reversed(study.epochs_done.items()))
    file.write_bytes(file.read_bytes()[:-n_bytes])
    (study,) = find_studies([tmp_path])
    assert study.epochs_done[model, seed] == n_epochs - 1
    assert f"{file.parent}: epochs.csv: the last line was cut off and is left out" in capsys.readouterr().err


def test_rows_that_no_configuration_planned_are_kept(write_run):
    folder = write_run("more")
    record = asdict(EpochRecord("fashion", "identical", "torch", 5, 1, 0.4, 0.8, 0.3, 0.5, 0.5, 10.0, 1.0, 0.1, 0.0))
    with open(folder / "epochs.csv", "a") as file:
        file.write(",".join(map(str, record.values())) + "\n")
    assert ("torch", 5) in study_of(folder).trainings


def test_a_run_of_an_unknown_format_is_refused(write_run, tmp_path):
    folder = write_run("future")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"format": 2}))
    with pytest.raises(UsageError, match="format 2"):
        find_studies([tmp_path])


def test_a_failure_of_a_training_that_was_done_again_since_is_not_told(write_run):
    older, newer = write_run("older", n_epochs=1), write_run("newer")
    failures = [{"model": "numpy", "seed": 0, "error": "it diverged"}]
    (older / "failures.json").write_text(json.dumps(failures))
    (study,) = find_studies([older, newer])
    assert study.failures == {}
    (newer / "failures.json").write_text(json.dumps(failures))
    (study,) = find_studies([older, newer])
    assert study.failures == {("numpy", 0): "it diverged"}


def test_the_predictions_of_a_study_are_those_of_the_trainings_that_count(write_run, tmp_path):
    labels = np.array([0, 1, 0, 1])
    for name, n_epochs, answer in (("2026-01-01", 2, 0), ("2026-01-02", 2, 1), ("2026-01-03", 1, 0)):
        folder = RunFolder(write_run(name, seeds=[0], n_epochs=n_epochs))
        folder.write_arrays("predictions", "numpy-seed0", {"labels": labels, "predictions": np.full(4, answer)})
    (study,) = find_studies([tmp_path])
    assert list(study.predictions) == [("numpy", 0)]
    assert list(study.predictions["numpy", 0].predictions) == [1, 1, 1, 1]  # of the newest that is complete


def test_a_run_that_is_older_than_a_published_value_is_held_against_it_too(write_run):
    known = {"model": "numpy", "epoch": 1, "column": "train_loss", "value": 0.467}
    settings = {"models": ["numpy", "keras"], "experiment": "notebook", "epochs": 3, "published": [known]}
    published = study_of(write_run("old", n_epochs=3, **settings)).config["published"]
    assert len(published) == 10 and published.count(known) == 1
    assert {"model": "keras", "epoch": 3, "column": "test_accuracy", "value": 0.887} in published
    assert study_of(write_run("other", n_epochs=3, **settings, limit=5)).config["published"] == [known]
