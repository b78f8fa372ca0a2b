"""Differences between models, paired by seed."""

import pytest

from harness.tables import differences_table


def test_differences_are_paired_by_seed(three_seeds, cells):
    row = cells(differences_table(three_seeds), "keras - numpy", "accuracy")
    # -0.02, -0.01, -0.04
    assert row["mean"] == "-0.0233 ± 0.0153"
    assert row["95 % interval"] == "-0.0400 to -0.0100"
    assert row["largest"] == "0.0400"


def test_p_counts_the_patterns_of_signs(three_seeds, cells):
    table = differences_table(three_seeds)
    # All three are negative: of eight patterns only this one and its mirror image are as extreme.
    assert float(cells(table, "keras - numpy", "accuracy")["p"]) == pytest.approx(0.25)
    assert "cannot give less than 0.25 of 3 pairs" in table


def test_one_seed_has_no_table(one_seed):
    assert differences_table(one_seed) == ""


def test_one_model_has_no_table(make_study, three_seeds):
    rows = three_seeds.epochs[three_seeds.epochs["model"] == "numpy"].to_dict("records")
    assert differences_table(make_study([rows], models=["numpy"])) == ""


def test_only_seeds_that_both_have_finished_count(make_study, three_seeds, cells):
    rows = three_seeds.epochs.to_dict("records")
    cut = [row for row in rows if (row["model"], row["seed"], row["epoch"]) != ("keras", 2, 2)]
    row = cells(differences_table(make_study([cut])), "keras - numpy", "accuracy")
    assert (row["seeds"], row["mean"]) == ("0, 1", "-0.0150 ± 0.0071")
