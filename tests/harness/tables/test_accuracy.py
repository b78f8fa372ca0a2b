"""The accuracy table."""

from dataclasses import replace

import numpy as np
import pytest

from harness.results.arrays import Predictions
from harness.tables import accuracy_table
from harness.training.metrics import macro_f1
from tests.harness.tables.conftest import rows_of


def test_a_row_has_the_scores_of_the_last_epoch_the_median_seconds_and_the_speed(one_seed, cells):
    table = accuracy_table(one_seed)
    assert cells(table, "numpy") == {
        "model": "numpy", "seeds": "0", "accuracy": "0.9000", "macro-F1": "0.8900", "loss": "0.3000",
        "training loss": "0.2000", "seconds per epoch": "13.50", "images a second": "4,444", "speed": "9.0x",
    }  # fmt: skip
    assert cells(table, "keras")["speed"] == "1.0x"


@pytest.mark.parametrize("seconds", [(0.0, 0.0), (0.0, 12.0), (float("nan"), 12.0), (float("nan"), float("nan"))])
def test_a_model_without_seconds_has_no_speed(seconds, make_study, cells):
    rows = [{**row, "wall_seconds": value} for value, model in zip(seconds, ("numpy", "keras"), strict=True)
            for row in rows_of(model, 0)]  # fmt: skip
    table = accuracy_table(make_study([rows]))
    assert cells(table, "numpy")["speed"] == "-"
    assert cells(table, "keras")["speed"] == ("1.0x" if seconds[1] > 0 else "-")


def test_the_table_says_what_was_run(one_seed):
    first = accuracy_table(one_seed).splitlines()[0]
    assert all(
        words in first for words in ("fashion, identical", "2 epochs", "batch size 1", "0.005", "60,000", "seed 0")
    )


def test_several_seeds_have_mean_deviation_and_interval(three_seeds, cells):
    row = cells(accuracy_table(three_seeds), "numpy")
    assert row["accuracy"] == "0.9100 ± 0.0100"
    # 0.91 ± 4.303 * 0.01 / sqrt(3), from Student's table for two degrees of freedom.
    assert row["95 % interval"] == "0.8852 to 0.9348"
    assert row["training loss"] == "0.2100 ± 0.0100"
    assert row["seeds"] == "0 to 2"


def test_one_seed_has_no_interval_and_the_table_says_so(one_seed):
    table = accuracy_table(one_seed)
    assert "±" not in table
    assert "One seed cannot rank them" in table


def test_parameters_stand_there_where_they_are_on_record(make_study, one_seed, cells):
    rows = [one_seed.epochs.to_dict("records")]
    table = accuracy_table(make_study(rows, n_parameters={"numpy": 129168, "keras": 119772}))
    assert cells(table, "numpy")["parameters"] == "129,168"
    assert "parameters" not in accuracy_table(one_seed)


def test_a_limited_run_says_so(make_study, one_seed):
    rows = [one_seed.epochs.to_dict("records")]
    assert "not a full run" in accuracy_table(make_study(rows, limit=500))
    assert "not a full run" not in accuracy_table(one_seed)


def test_a_partial_training_is_marked_and_in_no_mean(make_study, three_seeds, cells):
    rows = three_seeds.epochs.to_dict("records")
    cut = [row for row in rows if (row["model"], row["seed"], row["epoch"]) != ("numpy", 1, 2)]
    table = accuracy_table(make_study([cut]))
    assert "Incomplete: numpy with seed 1 finished 1 of 2 epochs; it is in no mean." in table
    row = cells(table, "numpy")
    assert (row["seeds"], row["accuracy"]) == ("0, 2", "0.9050 ± 0.0071")


def test_a_partial_training_stands_alone_where_there_is_no_complete_one(make_study, one_seed, cells):
    rows = one_seed.epochs.to_dict("records")[:3]
    row = cells(accuracy_table(make_study([rows])), "keras (epoch 1 of 2)")
    assert row["accuracy"] == "0.8300"


def test_a_model_without_an_epoch_has_a_row_of_dashes(make_study, one_seed, cells):
    rows = one_seed.epochs.to_dict("records")[:2]
    table = accuracy_table(make_study([rows], models=["numpy", "keras"]))
    assert cells(table, "keras")["accuracy"] == "-"


def test_a_model_that_could_not_be_made_has_a_row_and_a_note_that_says_why(make_study, one_seed, cells):
    rows = one_seed.epochs.to_dict("records")[:2]
    study = make_study([rows], models=["numpy", "keras"], n_parameters={"numpy": 7}, failures={("keras", None): "gone"})
    table = accuracy_table(study)
    assert "Failed: keras: gone" in table.splitlines()
    assert cells(table, "keras")["parameters"] == "-"


def test_notes_of_the_study_are_told(make_study, one_seed):
    study = make_study([one_seed.epochs.to_dict("records")], notes=("numpy was trained twice with seed 0.",))
    assert "numpy was trained twice with seed 0." in accuracy_table(study).splitlines()


def test_classes_without_test_images_are_named_with_the_highest_macro_f1_that_is_possible(make_study, one_seed):
    labels = np.array([0, 1, 3, 3, 1, 0])
    answers = Predictions("numpy", 0, labels, labels)
    study = make_study([one_seed.epochs.to_dict("records")], class_names=["ant", "bee", "cat", "dog"])
    study = replace(study, predictions={("numpy", 0): answers})
    note = "No test image is of class cat: its F1 is 0, and no macro-F1 above 0.7500 is possible."
    assert note in accuracy_table(study).splitlines()
    assert macro_f1(labels, labels, 4) == 0.75
    assert "No test image" not in accuracy_table(one_seed)


def test_a_seed_that_is_not_finite_takes_mean_and_interval_away(make_study, three_seeds, cells):
    epochs = three_seeds.epochs.copy()
    epochs.loc[epochs["seed"] == 1, "test_accuracy"] = float("nan")
    row = cells(accuracy_table(make_study([epochs.to_dict("records")])), "numpy")
    assert row["accuracy"] == row["95 % interval"] == "not finite"
