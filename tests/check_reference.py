"""Computes every number in the table of answers once more, from the CSV files, with pandas and SciPy alone.

python tests/check_reference.py results/reference results/reference/README.md
"""

import sys
from pathlib import Path

import pandas as pd
from scipy import optimize, stats

FOLDER, PAGE = map(Path, sys.argv[1:])
files = list(FOLDER.glob("studies/*/*/*/epochs.csv"))
epochs = pd.concat(map(pd.read_csv, files)) if files else None
(bench,) = sorted(FOLDER.glob("bench/full/*/bench.csv"))[-1:]
turns = pd.read_csv(bench).query("series == 'batch size' and batch_size == 1")
micros = turns.pivot_table(index="round", columns="contender", values="microseconds_per_image")


def scores(experiment, model="numpy", column="test_accuracy", dataset="fashion", epoch=None):
    rows = epochs.query("dataset == @dataset and experiment == @experiment and model == @model")
    return rows[rows["epoch"] == (epoch or rows["epoch"].max())].set_index("seed")[column]


def four(value, sign=""):  # decimals; what lies just between two of them may be printed as either
    return {f"{value + tiny:{sign}.4f}" for tiny in (-1e-9, 1e-9)}


def equal(low, high, margin):
    return f"{'equal' if max(-low, high) <= margin else 'not shown to be equal'} within {margin}"


def pairs(experiment, dataset, margin):
    gaps = (scores(experiment, "keras", dataset=dataset) - scores(experiment, dataset=dataset)).dropna()
    low, high = stats.ttest_1samp(gaps, 0).confidence_interval(0.90)
    return four(gaps.mean(), "+"), f"{low:+.4f} to {high:+.4f}", equal(low, high, margin)


def welch(values, others, margin=None, tests=True):
    test = stats.ttest_ind(values, others, equal_var=min(len(values), len(others)) < 5)
    low, high = test.confidence_interval(0.95)
    words = [] if margin is None else [equal(*test.confidence_interval(0.90), margin)]
    gap = four(values.mean() - others.mean(), "+")
    return gap, f"{low:+.4f} to {high:+.4f}", *words, *([test.pvalue] * tests)


def single(published, values):
    half = stats.t.ppf(0.975, len(values) - 1) * values.std() * (1 + 1 / len(values)) ** 0.5
    low, high = values.mean() - half, values.mean() + half
    away = min(abs(published - low), abs(published - high))
    verdict = "inside" if low <= published <= high else f"outside, {away:.4f} away"
    return four(values.mean()), f"{low:.4f} to {high:.4f}", verdict


def ratio(values, others):
    middle, quantile = values.mean() / others.mean(), stats.t.ppf(0.975, len(values) + len(others) - 2)

    def excess(r):  # of the t test of values - r others: 0 where it begins to reject the ratio r
        error = (values.sem() ** 2 + r**2 * others.sem() ** 2) ** 0.5
        return abs(values.mean() - r * others.mean()) / error - quantile

    low, high = (optimize.brentq(excess, middle, end) for end in (0, 10 * middle))
    return f"{middle:.2f} times", f"{low:.2f} to {high:.2f}"


def apart(values, gap):
    freedom, low, high = len(values) - 1, *stats.chi2.ppf([0.975, 0.025], len(values) - 1)
    shares = [200 * stats.norm.sf(gap / (values.std() * (2 * freedom / q) ** 0.5)) for q in (freedom, low, high)]
    return f"{shares[0]:.0f} % of pairs", f"{shares[1]:.0f} to {shares[2]:.0f} %"


def rounds(values, digits, unit):
    middle, low, high = (format(value, digits) for value in (values.median(), values.min(), values.max()))
    return f"{middle} {unit}", f"{len(values)} rounds: {low} to {high}"


deviations = ("published-values", "pixel-bias", "shuffled-once", "never-shuffled")
stacks, published = ("deeper", "deeper-three"), ("write-up", "notebook")
adams = ("adam", "adam-raw-pixels", "adam-forgetful", "adam-as-published", "adam-published-code")
minutes, loops = micros["published-loops"] * 60_000 / 60e6, micros["published-loops"] / micros["keras"]
questions = [
    lambda: pairs("identical", "fashion", 0.005), lambda: pairs("identical", "mnist", 0.002),
    lambda: pairs("adam", "mnist", 0.002),
    *(lambda name=name, column=column, margin=margin:
      welch(scores(name, column=column), scores("identical", column=column), margin)
      for name in deviations for column, margin in (("test_accuracy", 0.005), ("train_loss", None))),
    *(lambda name=name: welch(scores(name, "keras"), scores(name)) for name in published),
    *(lambda name=name, model=model, value=value: single(value, scores(name, model))
      for name in published for model, value in (("numpy", 0.891), ("keras", 0.887))),
    lambda: apart(scores("identical"), 0.004),
    lambda: welch(scores("dense-only"), scores("identical")),
    lambda: ratio(1 - scores("dense-only"), 1 - scores("identical")),
    *(lambda name=name: welch(scores(name), scores("identical")) for name in stacks),
    *(lambda name=name, model=model: single(0.97, scores(name, model, "test_macro_f1"))
      for name in stacks for model in ("numpy", "keras")),
    lambda: (f"{1 / 1176:.5f}", f"Xavier's is {(2 / 1276) ** 0.5:.5f}", f"{1176 * (2 / 1276) ** 0.5:.0f} times"),
    lambda: welch(scores("published-values", column="train_loss", epoch=1),
                  scores("identical", column="train_loss", epoch=1), tests=False),
    *(lambda name=name: single(0.8528, scores(name, dataset="mnist")) for name in adams),
    lambda: (*rounds(minutes, ".0f", "minutes"), f"{minutes.median() / 30:.1f} times"),
    lambda: rounds(loops, ".3g", "times"),
    lambda: rounds(micros["keras"] / micros["numpy"], ".3g", "times"),
]  # fmt: skip

table = f"\n{PAGE.read_text()}".split("\n| question ")[1].split("\n\n")[0].splitlines()[2:]
rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
assert len(rows) == len(questions), f"the table has {len(rows)} rows, and {len(questions)} are expected"
found = [() if row[3] == "-" else question() for row, question in zip(rows, questions, strict=True)]

# Holm's correction of the 13 tests, of which those that wait for seeds count with p = 1.
tests = [place for place in range(len(rows)) if place in (*range(3, 13), 18, 20, 21)]
waits = ["not all seeds yet" in row[5] for row in rows]
p = [1.0 if waits[place] else found[place][-1] for place in tests]
order, largest = sorted(range(len(p)), key=p.__getitem__), 0.0
for rank, place in enumerate(order):
    largest = max(largest, min(1.0, (len(p) - rank) * p[place]))
    if not waits[tests[place]]:
        words = "different" if largest < 0.05 else "no difference found"
        text = f"{words}, p {'< 1e-06' if largest < 1e-6 else f'= {largest:.3g}'}"
        found[tests[place]] = (*found[tests[place]], text)

wrong = [
    f"{row[1]}: {' or '.join(choices)} is not in {' | '.join(row[2:])}"
    for row, texts, waiting in zip(rows, found, waits, strict=True)
    for text in (texts[:2] if waiting else texts)
    if not isinstance(text, float)
    for choices in [{text} if isinstance(text, str) else text]
    if not any(choice in " | ".join(row[2:]) for choice in choices)
]
print("\n".join(wrong) or f"{len(rows)} rows: every number is what the CSV files give")
sys.exit(bool(wrong))
