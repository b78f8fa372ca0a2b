"""What single changes of an experiment do."""

from harness.tables import ablation_tables
from tests.harness.tables.conftest import rows_of


def variant(make_study, study, **config):
    epochs = study.epochs.copy()
    epochs["test_accuracy"] += epochs["seed"].map({0: -0.01, 1: -0.02, 2: -0.03})
    return make_study([epochs.to_dict("records")], experiment="pixel-bias", **config)


def test_a_variant_is_held_against_all_seeds_of_its_experiment_in_accuracy_and_training_loss(make_study, cells):
    base = make_study([rows_of("numpy", seed, 0.01 * seed) for seed in range(5)], models=["numpy"])
    few = make_study(
        [rows_of("numpy", seed, 0.01 * seed) for seed in (3, 4)], models=["numpy"], experiment="pixel-bias"
    )
    (table,) = ablation_tables([base, few])
    row = cells(table, "numpy", "pixel-bias", "accuracy")
    # 0.93 and 0.94 against 0.90 to 0.94: paired they would be the same.
    assert (row["seeds"], row["against seeds"], row["variant - base"]) == ("3, 4", "0 to 4", "+0.0150")
    # Sums of squares 0.00005 and 0.001 over 1 + 4 degrees of freedom, and t for 5 of them is 2.571: 0.0150 ± 0.0312.
    assert row["95 % interval"] == "-0.0162 to +0.0462"
    assert cells(table, "numpy", "pixel-bias", "training loss")["variant - base"] == "+0.0150"
    assert "Holm's correction is for the 2 tests of this table." in table.splitlines()


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
