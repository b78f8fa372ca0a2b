"""Many studies in few tables."""

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
    _, differences, published, _ = overview([study, one_seed]).split("\n\n")
    assert cells(differences, "fashion", "identical", "keras - numpy", "accuracy")["largest"] == "0.0400"
    assert cells(published, "fashion", "identical", "numpy", "2")["verdict"] == "like one of ours"


def test_what_sets_a_study_apart_is_told_with_its_name(make_study, three_seeds, one_seed):
    cut = make_study([one_seed.epochs.to_dict("records")[:3]], dataset="mnist", limit=10)
    lines = overview([three_seeds, cut]).splitlines()
    assert "mnist, identical: Limited to the first 10 images: not a full run." in lines
    assert "mnist, identical: Incomplete: keras with seed 0 finished 1 of 2 epochs; it is in no mean." in lines
