"""Published values beside measured ones."""

from harness.tables import published_table

VALUE = {"model": "numpy", "epoch": 2, "column": "test_accuracy", "value": 0.891}


def table_with(make_study, study, *published):
    return published_table(make_study([study.epochs.to_dict("records")], published=list(published)))


def test_a_value_within_the_range_of_single_runs_is_inside(make_study, three_seeds, cells):
    # Mean 0.91, deviation 0.01: 0.91 ± 4.303 * 0.01 * sqrt(4 / 3), from Student's table for two degrees of freedom.
    row = cells(table_with(make_study, three_seeds, VALUE), "numpy")
    assert row["single runs, 95 %"] == "0.8603 to 0.9597"
    assert row["measured - published"] == "+0.0190"
    assert row["verdict"] == "inside"


def test_a_value_beyond_it_is_outside(make_study, three_seeds, cells):
    for value in (0.86, 0.96):
        assert cells(table_with(make_study, three_seeds, VALUE | {"value": value}), "numpy")["verdict"] == "outside"


def test_values_of_earlier_epochs_are_held_against_those_epochs(make_study, three_seeds, cells):
    published = {"model": "keras", "epoch": 1, "column": "train_loss", "value": 0.467}
    row = cells(table_with(make_study, three_seeds, published), "keras")
    assert (row["epoch"], row["of"], row["measured"][:6]) == ("1", "training loss", "0.4067")


def test_one_seed_gives_no_verdict(make_study, one_seed, cells):
    row = cells(table_with(make_study, one_seed, VALUE), "numpy")
    assert (row["measured"], row["verdict"]) == ("0.9000", "needs two seeds")


def test_a_seed_that_is_not_finite_gives_no_verdict(make_study, three_seeds, cells):
    epochs = three_seeds.epochs.copy()
    epochs.loc[epochs["seed"] == 1, "test_accuracy"] = float("nan")
    row = cells(published_table(make_study([epochs.to_dict("records")], published=[VALUE])), "numpy")
    assert row["verdict"] == "not finite"


def test_without_published_values_there_is_no_table(three_seeds):
    assert published_table(three_seeds) == ""
