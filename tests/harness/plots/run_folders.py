"""Made-up run folders for tests of the plots, and figures drawn from them."""

import csv
import json

import numpy as np

from harness.plots.style import figure_style
from harness.results import COLUMNS
from harness.results.reading import open_run

# Class 0: 2 right, 1 taken for class 1. Class 1: 1 right, 1 taken for 0. Class 2: never right.
LABELS, PREDICTIONS = [0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 0, 1]


def make_run(folder, models=("numpy", "keras"), seeds=(0,), n_epochs=2, wall_seconds=None, values=None, **config):
    """Write a small complete run of three classes and return its folder.

    Args:
        values: a function (model, seed, epoch) that returns columns of epochs.csv by name; the others are random.
    """
    rng = np.random.default_rng(0)
    (folder / "predictions").mkdir(parents=True)
    config = {
        "dataset": "fashion", "experiment": "identical", "models": list(models), "seeds": list(seeds),
        "epochs": n_epochs, "batch_size": 1, "learning_rate": 0.005, "limit": None,
        "class_names": ["Coat", "Bag", "Shirt"], "n_train": 60, "n_test": 6, **config,
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with open(folder / "epochs.csv", "w", newline="", encoding="utf-8") as file:
        rows = csv.DictWriter(file, COLUMNS)
        rows.writeheader()
        for model in models:
            for seed in seeds:
                seconds = (wall_seconds or {}).get(model, 5.0)
                for epoch in range(1, n_epochs + 1):
                    known = {"dataset": "fashion", "experiment": "identical", "model": model, "seed": seed}
                    known |= {"epoch": epoch, "wall_seconds": seconds}
                    known |= values(model, seed, epoch) if values else {}
                    rows.writerow(dict(zip(COLUMNS, rng.random(len(COLUMNS)), strict=True)) | known)
                arrays = {"labels": np.uint8(LABELS), "predictions": np.array(PREDICTIONS)}
                np.savez(folder / "predictions" / f"{model}-seed{seed}.npz", **arrays)
    images, labels = rng.integers(0, 256, (6, 8, 8, 1), np.uint8), np.uint8([0, 1, 2, 0, 1, 2])
    np.savez(folder / "samples.npz", images=images, labels=labels)
    return folder


def build(draw, folder):
    with figure_style():
        return draw(open_run(folder))


def drop_rows(folder, unwanted):
    """Remove the lines of epochs.csv that contain a text."""
    path = folder / "epochs.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(line for line in lines if unwanted not in line) + "\n", encoding="utf-8")


def names(paths):
    return sorted(path.name for path in paths)
