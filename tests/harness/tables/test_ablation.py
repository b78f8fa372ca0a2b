"""What single changes of an experiment do."""

from harness.tables import ablation_tables


def variant(make_study, study, **config):
    epochs = study.epochs.copy()
    epochs["test_accuracy"] += epochs["seed"].map({0: -0.01, 1: -0.02, 2: -0.03})
    return make_study([epochs.to_dict("records")], experiment="pixel-bias", **config)


def test_a_variant_stands_below_its_experiment_with_the_paired_difference(make_study, three_seeds, cells):
    (table,) = ablation_tables([three_seeds, variant(make_study, three_seeds)])
    row = cells(table, "numpy", "pixel-bias")
    assert row["accuracy - base"] == "-0.0200 ± 0.0100"
    assert row["95 % interval"] == "-0.0300 to -0.0100"
    assert cells(table, "numpy", "identical")["accuracy - base"] == ""
    assert [line.split("|")[1].strip() for line in table.splitlines()[4:]] == ["numpy", "numpy", "keras", "keras"]


def test_runs_of_other_data_or_settings_are_no_variants(make_study, three_seeds):
    others = (
        {"dataset": "mnist"},
        {"limit": 100},
        {"sha256": {"x_train": "2"}},
        {"learning_rate": 1},
        {"batch_size": 2},
    )
    for change in others:
        assert ablation_tables([three_seeds, variant(make_study, three_seeds, **change)]) == []


def test_an_experiment_without_variants_has_no_table(three_seeds):
    assert ablation_tables([three_seeds]) == []


def test_a_title_has_the_settings_in_which_studies_differ(make_study, three_seeds):
    (table,) = ablation_tables([three_seeds, variant(make_study, three_seeds)], ["learning_rate", "limit"])
    assert table.startswith("fashion, learning rate 0.005, limit none: what changes of identical do")
