"""The questions of results/reference/PLAN.md, each with the samples that answer it."""

from __future__ import annotations

import math
from pathlib import Path

import numpy_model
from harness.experiments import EXPERIMENTS, networks
from harness.experiments.study_plan import read_plan
from harness.results.studies import find_studies
from harness.summaries.planned import PlannedRuns, Sample
from harness.summaries.published_speed import speed_answers
from harness.summaries.verdicts import (
    Answer,
    apart_by_chance,
    deviation,
    equality,
    errors_against,
    shift,
    single_runs,
    with_corrected_tests,
)

FASHION_MARGIN, MNIST_MARGIN = 0.005, 0.002
FAR = 2.0
MODELS = {"numpy": "NumPy", "keras": "Keras"}
DEVIATIONS = {
    "published-values": "its initial values",
    "pixel-bias": "one bias per output pixel",
    "shuffled-once": "one order for all epochs",
    "never-shuffled": "no shuffling at all, which is not the write-up's",
}
MEASURES = {"accuracy": ("test_accuracy", FASHION_MARGIN), "training loss": ("train_loss", None)}


def answers_below(folder: str | Path) -> list[Answer]:
    """Return the answers to all questions, from the plan, the runs and the newest benchmark below a folder.

    Args:
        folder: with `plan.toml`, `studies/` and `bench/full/`; the last two may be missing.

    Raises:
        UsageError: if the plan cannot be read.
    """
    folder = Path(folder)
    plan = read_plan(folder / "plan.toml")
    has_runs = any(folder.glob("studies/*/*/*/epochs.csv"))
    runs = PlannedRuns(tuple(plan), tuple(find_studies([folder / "studies"]) if has_runs else ()))
    return with_corrected_tests([*answers_from_runs(runs), *speed_answers(folder / "bench" / "full")])


def answers_from_runs(runs: PlannedRuns) -> list[Answer]:
    """Return the answers that the planned runs give; tests are not corrected yet."""
    return [
        *libraries(runs),
        *single_deviations(runs),
        *published_networks(runs),
        *other_networks(runs),
        *fan_in(runs),
        *adam(runs),
    ]


def numpy_accuracy(runs: PlannedRuns, experiment: str) -> Sample:
    """Return the accuracy of NumPy in an experiment."""
    return runs.sample(EXPERIMENTS[experiment].dataset, experiment, "numpy", "test_accuracy")


def libraries(runs: PlannedRuns) -> list[Answer]:
    """Compare both libraries where everything else is equal."""
    asked = (
        ("Fashion-MNIST", "fashion", "identical", FASHION_MARGIN),
        ("MNIST", "mnist", "identical", MNIST_MARGIN),
        ("Adam on MNIST", "mnist", "adam", MNIST_MARGIN),
    )
    return [
        equality(
            "Are both libraries the same?",
            f"{where}: accuracy, Keras - NumPy",
            "-",
            [runs.sample(dataset, experiment, model, "test_accuracy") for model in ("keras", "numpy")],
            margin,
        )
        for where, dataset, experiment, margin in asked
    ]


def single_deviations(runs: PlannedRuns) -> list[Answer]:
    """Compare each deviation of the write-up with the network that has none."""
    return [
        deviation(
            "What does each deviation of the write-up do?",
            f"{words}: {measure}",
            "-",
            [runs.sample("fashion", experiment, "numpy", column) for experiment in (name, "identical")],
            margin,
        )
        for name, words in DEVIATIONS.items()
        for measure, (column, margin) in MEASURES.items()
    ]


def published_networks(runs: PlannedRuns) -> list[Answer]:
    """Compare the networks that were published, and the numbers with single runs."""
    networks_of = {"write-up": "the write-up's", "notebook": "the notebook's"}
    return [
        *(
            deviation(
                "Which is better, NumPy with 0.891 or Keras with 0.887?",
                f"{words} networks: accuracy, Keras - NumPy",
                "-0.004",
                [runs.sample("fashion", name, model, "test_accuracy") for model in ("keras", "numpy")],
            )
            for name, words in networks_of.items()
        ),
        *(
            single_runs(
                "Are these numbers what single runs give?",
                f"{words} {title} network",
                value,
                runs.sample("fashion", name, model, "test_accuracy"),
            )
            for name, words in networks_of.items()
            for (model, title), value in zip(MODELS.items(), (0.891, 0.887), strict=True)
        ),
        apart_by_chance(
            "What can 0.891 against 0.887, from one run each, say?",
            "two runs of one network that are as far apart",
            0.004,
            numpy_accuracy(runs, "identical"),
        ),
    ]


def other_networks(runs: PlannedRuns) -> list[Answer]:
    """Compare networks without convolutions, and with more of them, with the write-up's."""
    sides = {
        name: [numpy_accuracy(runs, name), numpy_accuracy(runs, "identical")]
        for name in ("dense-only", "deeper", "deeper-three")
    }
    stacks = {"deeper": "two stacks", "deeper-three": "three stacks"}
    outclassed, reached = "Are dense networks far outclassed?", "Does a deeper network of the same layers reach 0.97?"
    multiplications = {
        name: EXPERIMENTS[name].recipe.network(numpy_model).count_multiplications() for name in ["identical", *sides]
    }
    return [
        deviation(outclassed, "accuracy, without convolutions - with", "far", sides["dense-only"]),
        errors_against(outclassed, "errors", "far", sides["dense-only"], FAR),
        *(deviation(reached, f"{words} - one: accuracy", "better", sides[name]) for name, words in stacks.items()),
        *(
            single_runs(
                reached,
                f"{words}, {multiplications[name] / multiplications['identical']:.1f} times the multiplications: "
                f"macro-F1, {title}",
                0.97,
                runs.sample("fashion", name, model, "test_macro_f1"),
            )
            for name, words in stacks.items()
            for model, title in MODELS.items()
        ),
    ]


def fan_in(runs: PlannedRuns) -> list[Answer]:
    """Compare a normal draw divided by the fan-in with Xavier's."""
    question = "Is dividing by the fan-in like Xavier?"
    kernel = networks.simple_cnn(numpy_model).layers[-2].params["kernel"]
    own, xavier = 1 / kernel.shape[0], math.sqrt(2 / sum(kernel.shape))
    spreads = Answer(
        question,
        "spread of the hidden layer's first weights",
        f"{own:.5f}",
        f"Xavier's is {xavier:.5f}",
        "-",
        f"no, {xavier / own:.0f} times as small",
        "-",
    )
    samples = [runs.sample("fashion", name, "numpy", "train_loss", 1) for name in ("published-values", "identical")]
    return [spreads, shift(question, "training loss of the first epoch", "the same", samples)]


def adam(runs: PlannedRuns) -> list[Answer]:
    """Hold the accuracy that the Adam write-up published against single runs of each of its variants."""
    names = ("adam", "adam-raw-pixels", "adam-forgetful", "adam-as-published", "adam-published-code")
    return [single_runs("Where do 85.28 % come from?", name, 0.8528, numpy_accuracy(runs, name)) for name in names]
