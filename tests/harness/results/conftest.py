"""Runs on disk without training."""

import pytest

from harness.results import EpochRecord, RunFolder

CONFIG = {
    "dataset": "fashion",
    "experiment": "identical",
    "models": ["numpy"],
    "seeds": [0],
    "epochs": 2,
    "batch_size": 1,
    "learning_rate": 0.005,
    "limit": None,
    "threads": None,
    "sha256": {"x_train": "1"},
    "n_train": 6,
    "n_test": 4,
    "class_names": ["a", "b"],
}


@pytest.fixture
def write_run(tmp_path):
    """Return a function that writes a run with epochs of every model and seed, and returns its folder."""

    def write(name, accuracy=0.5, n_epochs=2, **config):
        folder = RunFolder(tmp_path / name)
        folder.path.mkdir(parents=True)
        config = CONFIG | config
        folder.write_json("config", config)
        folder.write_epochs([])
        for model in config["models"]:
            for seed in config["seeds"]:
                for epoch in range(1, n_epochs + 1):
                    scores = (0.4, 0.8, 0.3, accuracy, accuracy, 10.0, 1.0, 0.1, 0.0)
                    folder.append_epoch(EpochRecord("fashion", "identical", model, seed, epoch, *scores))
        return folder.path

    return write
