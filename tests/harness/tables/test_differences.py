"""Differences between models."""

import pytest

from harness.tables import differences_table


def test_differences_are_paired_by_seed(three_seeds, cells):
    row = cells(differences_table(three_seeds), "keras - numpy", "accuracy")
    # -0.02, -0.01, -0.04: their deviation is 0.01528, and t for two degrees of freedom 4.303, or 2.920 of 90 %.
    assert (row["paired"], row["mean"], row["95 % interval"]) == ("yes", "-0.0233", "-0.0613 to +0.0146")
    assert row["equal within"] == "±0.0491"
    assert float(row["p"]) == pytest.approx(0.118, abs=5e-4)  # t = 2.646


def test_models_with_recipes_of_their_own_are_not_paired(make_study, three_seeds, cells):
    study = make_study([three_seeds.epochs.to_dict("records")], experiment="write-up")
    row = cells(differences_table(study), "keras - numpy", "accuracy")
    # Variances 0.0001 and 0.000433, pooled 0.000267; t for four degrees of freedom is 2.776.
    assert (row["paired"], row["mean"], row["95 % interval"]) == ("no", "-0.0233", "-0.0604 to +0.0137")


def test_unpaired_rows_name_the_seeds_of_both_sides(make_study, three_seeds, cells):
    rows = three_seeds.epochs.to_dict("records")
    cut = [row for row in rows if (row["model"], row["seed"], row["epoch"]) != ("keras", 2, 2)]
    table = differences_table(make_study([cut], experiment="write-up"))
    assert cells(table, "keras - numpy", "accuracy")["seeds"] == "0, 1 against 0 to 2"


def test_p_values_are_corrected_for_all_tests_of_the_table_and_it_says_for_how_many(three_seeds, cells):
    table = differences_table(three_seeds)
    # Of four measures accuracy has the smallest p, together with macro-F1.
    p_values = cells(table, "keras - numpy", "accuracy")
    assert float(p_values["p, Holm"]) == pytest.approx(4 * float(p_values["p"]), rel=1e-2)
    assert "Holm's correction is for the 4 tests of this table." in table.splitlines()


def test_a_measure_that_is_not_finite_has_no_test(make_study, three_seeds, cells):
    epochs = three_seeds.epochs.copy()
    epochs.loc[epochs["model"] == "keras", "train_loss"] = float("nan")
    table = differences_table(make_study([epochs.to_dict("records")]))
    row = cells(table, "keras - numpy", "training loss")
    assert (row["mean"], row["95 % interval"], row["p"], row["p, Holm"]) == ("-", "not finite", "-", "-")
    assert "for the 3 tests" in table


def test_one_seed_has_no_table(one_seed):
    assert differences_table(one_seed) == ""


def test_one_model_has_no_table(make_study, three_seeds):
    rows = three_seeds.epochs[three_seeds.epochs["model"] == "numpy"].to_dict("records")
    assert differences_table(make_study([rows], models=["numpy"])) == ""


def test_only_seeds_that_both_have_finished_count(make_study, three_seeds, cells):
    rows = three_seeds.epochs.to_dict("records")
    cut = [row for row in rows if (row["model"], row["seed"], row["epoch"]) != ("keras", 2, 2)]
    row = cells(differences_table(make_study([cut])), "keras - numpy", "accuracy")
    assert (row["seeds"], row["mean"]) == ("0, 1", "-0.0150")
