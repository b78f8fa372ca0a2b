"""Computes every number in the tables of all scores once more, from the CSV files, with pandas and SciPy alone.

python tests/check_scores.py results/reference results/reference/README.md
"""

import math
import sys
from pathlib import Path

import pandas as pd
from scipy import stats

FOLDER, PAGE = map(Path, sys.argv[1:])
COLUMNS = {"accuracy": "test_accuracy", "macro-F1": "test_macro_f1", "loss": "test_loss", "training loss": "train_loss"}
epochs = pd.concat(map(pd.read_csv, FOLDER.glob("studies/*/*/*/epochs.csv")))
section = PAGE.read_text().split("\n## All scores")[1].split("\n## ")[0]
tables = [[[cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines()]
          for block in section.split("\n\n") if block.startswith("| ")]  # fmt: skip


def scores(dataset, experiment, model, of, epoch=None):
    rows = epochs.query("dataset == @dataset and experiment == @experiment and model == @model")
    return rows[rows["epoch"] == (epoch or rows["epoch"].max())].set_index("seed")[COLUMNS[of]]


def four(value, sign="", unit=""):  # decimals; what lies just between two of them may be printed as either
    return {f"{unit}{value + tiny:{sign}.4f}" for tiny in (-1e-9, 1e-9)}


def seeds(values):
    return {f"{values.index.min()} to {values.index.max()}"}


def spread(values):
    return {f"{a} ± {b}" for a in four(values.mean()) for b in four(values.std())}


def interval(low, high, sign=""):
    return {f"{a} to {b}" for a in four(low, sign) for b in four(high, sign)}


def test_of(values, others, paired):  # mean, interval, p, and the margin within which both are equal
    if paired:
        gaps = (values - others).dropna()
        test, gap = stats.ttest_1samp(gaps, 0), gaps.mean()
    else:
        test, gap = stats.ttest_ind(values, others, equal_var=False), values.mean() - others.mean()
    low, high = test.confidence_interval(0.90)
    margin = math.ceil(max(-low, high) * 1e4 - 1e-9) / 1e4
    return four(gap, "+"), interval(*test.confidence_interval(0.95), "+"), test.pvalue, four(margin, unit="±")


def with_holm(found):  # each p as it is, and corrected for all tests of its table
    p, largest = [row[-2] for row in found], 0.0
    for rank, place in enumerate(sorted(range(len(p)), key=p.__getitem__)):
        largest = max(largest, min(1.0, (len(p) - rank) * p[place]))
        texts = ["< 1e-06" if value < 1e-6 else f"{value:.3g}" for value in (p[place], largest)]
        found[place] = (*found[place][:-2], *({text} for text in texts), found[place][-1])
    return found


def score_row(row):
    values = [scores(*row[:3], of) for of in COLUMNS]
    first, error = values[0], stats.t.ppf(0.975, len(values[0]) - 1) * values[0].sem()
    texts = [spread(value) for value in values]
    return seeds(first), texts[0], interval(first.mean() - error, first.mean() + error), *texts[1:]


def difference_row(row):
    values, others = (scores(*row[:2], model, row[3]) for model in ("keras", "numpy"))
    both = values.index.intersection(others.index)
    own = seeds(values.loc[both]) if row[4] == "yes" else {f"{min(seeds(values))} against {min(seeds(others))}"}
    return own, *test_of(values, others, row[4] == "yes")


def published_row(row):
    values, published = scores(*row[:3], row[4], int(row[3])), float(row[5])
    half = stats.t.ppf(0.975, len(values) - 1) * values.std() * (1 + 1 / len(values)) ** 0.5
    low, high = values.mean() - half, values.mean() + half
    verdict = "inside" if low <= published <= high else "outside"
    return spread(values), four(values.mean() - published, "+"), interval(low, high), {verdict}


def change_row(dataset, base):
    def change(row):
        values, others = (scores(dataset, name, row[0], row[2]) for name in (row[1], base))
        return seeds(values), seeds(others), *test_of(values, others, paired=False)

    return change


kinds = (4, score_row), (5, difference_row), (6, published_row), *((3, change_row(*of)) for of in
         (("fashion", "identical"), ("mnist", "adam")))  # fmt: skip
wrong, count = [], 0
for (_, _, *rows), (first, kind) in zip(tables, kinds, strict=True):
    found = [kind(row) for row in rows]
    found = with_holm(found) if kind not in (score_row, published_row) else found
    for row, choices in zip(rows, found, strict=True):
        for printed, texts in zip(row[first:], choices, strict=True):
            count += 1
            wrong += [] if printed in texts else [f"{row[:first]}: {printed} is printed, and not {' or '.join(texts)}"]
print("\n".join(wrong) or f"{count} cells: every number is what the CSV files give")
sys.exit(bool(wrong))
