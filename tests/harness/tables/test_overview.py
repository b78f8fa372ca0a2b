"""Many studies in few tables."""

import pytest

from harness.tables import overview


def test_every_model_of_every_study_has_a_row(make_study, three_seeds, one_seed, cells):
    other = make_study([one_seed.epochs.to_dict("records")], dataset="mnist")
    text = overview([three_seeds, other])
    scores = text.split("\n\n")[0]
    assert cells(scores, "fashion", "identical", "numpy")["accuracy"] == "0.9100 ± 0.0100"
    assert cells(scores, "mnist", "identical", "keras")["accuracy"] == "0.8800"


def test_differences_and_published_values_stand_behind_their_study(make_study, three_seeds, one_seed, cells):
    value = {"model": "numpy", "epoch": 2, "column": "test_accuracy", "value": 0.891}
    study = make_study([three_seeds.epochs.to_dict("records")], published=[value])
    _, differences, family, published, meaning = overview([study, one_seed]).split("\n\n")
    assert cells(differences, "fashion", "identical", "keras - numpy", "accuracy")["mean"] == "-0.0233"
    assert family == "Holm's correction is for the 4 tests of this table."
    assert cells(published, "fashion", "identical", "numpy", "2")["verdict"] == "inside"
    assert "does not show that two are equal" in meaning


def test_tests_of_all_studies_are_one_family(make_study, three_seeds, cells):
    other = make_study([three_seeds.epochs.to_dict("records")], dataset="mnist")
    text = overview([three_seeds, other])
    row = cells(text.split("\n\n")[1], "mnist", "identical", "keras - numpy", "accuracy")
    assert "for the 8 tests" in text and float(row["p, Holm"]) == pytest.approx(8 * float(row["p"]), rel=5e-3)


def test_without_a_test_nothing_is_said_of_tests(one_seed):
    assert "Holm" not in overview([one_seed]) and "t test" not in overview([one_seed])


def test_what_sets_a_study_apart_is_told_with_its_name(make_study, three_seeds, one_seed):
    cut = make_study([one_seed.epochs.to_dict("records")[:3]], dataset="mnist", limit=10)
    lines = overview([three_seeds, cut]).splitlines()
    assert "mnist, identical: Limited to the first 10 images: not a full run." in lines
    assert "mnist, identical: Incomplete: keras with seed 0 finished 1 of 2 epochs; it is in no mean." in lines


def test_settings_in_which_studies_of_one_experiment_differ_have_columns(make_study, one_seed, cells):
    rows = [one_seed.epochs.to_dict("records")]
    studies = [make_study(rows, learning_rate=rate, limit=limit) for rate, limit in ((0.01, None), (0.001, 50))]
    text = overview([*studies, make_study(rows, experiment="adam", batch_size=32)])
    heading, _, first, *_ = text.splitlines()
    names = [name.strip() for name in heading.split("|")[1:5]]
    assert names == ["data set", "experiment", "learning rate", "limit"]  # and no batch size, as that is of one study
    assert [cell.strip() for cell in first.split("|")[1:5]] == ["fashion", "identical", "0.001", "50"]
    assert cells(text.split("\n\n")[0], "fashion", "identical", "0.01", "none", "keras")["accuracy"] == "0.8800"
    assert "fashion, identical, learning rate 0.001, limit 50: Limited to the first 50 images: not a full run." in text
