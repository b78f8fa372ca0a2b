"""The accuracy table."""

import pandas
import pytest

from harness.tables import accuracy_table

CONFIG = {
    "dataset": "fashion",
    "experiment": "identical",
    "models": ["numpy", "keras"],
    "seeds": [0],
    "epochs": 2,
    "batch_size": 1,
    "learning_rate": 0.005,
    "limit": None,
    "threads": None,
    "n_train": 60000,
    "n_test": 10000,
}


@pytest.fixture
def epochs():
    rows = [
        ("numpy", 0, 1, 0.80, 0.79, 0.50, 10.0),
        ("numpy", 0, 2, 0.90, 0.89, 0.30, 12.0),
        ("keras", 0, 1, 0.81, 0.80, 0.51, 100.0),
        ("keras", 0, 2, 0.88, 0.87, 0.31, 120.0),
    ]
    names = ("model", "seed", "epoch", "test_accuracy", "test_macro_f1", "test_loss", "wall_seconds")
    return pandas.DataFrame(rows, columns=names)


def row(table, model):
    return next(line for line in table.splitlines() if line.startswith(f"| {model} "))


def test_a_row_has_the_last_epoch_s_scores_the_mean_seconds_and_the_speed(epochs):
    table = accuracy_table(epochs, CONFIG)
    assert " ".join(row(table, "numpy").split()) == "| numpy | 0.9000 | 0.8900 | 0.3000 | 11.00 | 10.0x |"
    assert " ".join(row(table, "keras").split()) == "| keras | 0.8800 | 0.8700 | 0.3100 | 110.00 | 1.0x |"


def test_the_table_says_what_was_run(epochs):
    first = accuracy_table(epochs, CONFIG).splitlines()[0]
    assert all(
        words in first for words in ("fashion, identical", "2 epochs", "batch size 1", "0.005", "60,000", "seed 0")
    )


def test_a_limited_run_says_so(epochs):
    assert "not a full run" in accuracy_table(epochs, CONFIG | {"limit": 500})
    assert "not a full run" not in accuracy_table(epochs, CONFIG)


def test_a_model_that_did_not_finish_is_marked(epochs):
    table = accuracy_table(epochs[:3], CONFIG)
    assert "Incomplete: keras with seed 0 finished 1 of 2 epochs." in table


def test_several_seeds_are_averaged(epochs):
    other = epochs.assign(seed=1, test_accuracy=epochs["test_accuracy"] + 0.02)
    table = accuracy_table(pandas.concat([epochs, other]), CONFIG | {"seeds": [0, 1]})
    assert "0.9100" in row(table, "numpy")
    assert "means over the seeds 0, 1" in table
