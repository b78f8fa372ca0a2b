"""Studies without training."""

import pandas
import pytest

from harness.results.studies import Study

CONFIG = {
    "dataset": "fashion",
    "sha256": {"x_train": "1"},
    "experiment": "identical",
    "models": ["numpy", "keras"],
    "n_parameters": {},
    "epochs": 2,
    "batch_size": 1,
    "learning_rate": 0.005,
    "limit": None,
    "threads": [None],
    "class_names": ["0"],
    "n_train": 60000,
    "n_test": 10000,
}
END = {"numpy": (0.90, 0.89, 0.30, 12.0), "keras": (0.88, 0.87, 0.31, 120.0)}


def rows_of(model, seed, offset=0.0, n_epochs=2):
    """Return the rows of one training; scores of the last epoch are those of `END`, and `offset` higher."""
    accuracy, macro_f1, loss, seconds = END[model]
    return [
        {
            "model": model,
            "seed": seed,
            "epoch": epoch,
            "train_loss": 0.4 / epoch + offset,
            "test_accuracy": accuracy - 0.05 * (2 - epoch) + offset,
            "test_macro_f1": macro_f1 - 0.05 * (2 - epoch) + offset,
            "test_loss": loss + 0.2 * (2 - epoch) + offset,
            "wall_seconds": seconds + epoch,
        }
        for epoch in range(1, n_epochs + 1)
    ]


@pytest.fixture
def make_study():
    """Return a function that makes a study of rows."""

    def make(rows, notes=(), failures=None, **config):
        table = pandas.DataFrame([row for training in rows for row in training])
        trainings = tuple(dict.fromkeys(zip(table["model"], table["seed"], strict=True)))
        seeds = sorted(set(table["seed"]))
        return Study(CONFIG | {"seeds": seeds} | config, trainings, table, failures or {}, notes)

    return make


@pytest.fixture
def one_seed(make_study):
    return make_study([rows_of("numpy", 0), rows_of("keras", 0)])


@pytest.fixture
def three_seeds(make_study):
    """NumPy's accuracies are 0.90, 0.92, 0.91 and Keras's 0.88, 0.91, 0.87: differences -0.02, -0.01, -0.04."""
    numpy = [rows_of("numpy", seed, offset) for seed, offset in enumerate((0.0, 0.02, 0.01))]
    keras = [rows_of("keras", seed, offset) for seed, offset in enumerate((0.0, 0.03, -0.01))]
    return make_study([*numpy, *keras])
