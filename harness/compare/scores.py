"""What differs between two runs, in settings and in scores, and whether the second is worse."""

import math
from collections.abc import Iterable

import numpy as np
import pandas as pd

from harness.base.markdown import markdown
from harness.base.numbers import mean_text, seeds_text
from harness.compare.metrics import GATED, SECONDS, SHOWN, Metric, Rule
from harness.compare.sides import MISSING, Side, common_seeds, flatten, is_paired, partial_texts, side_by_side, text_of
from harness.results.waiting import waiting_note
from harness.summaries.differences import MEANING, TEST_HEADING, cells_of_tests, difference_of, family_note

TRAINING = ("epochs", "batch_size", "learning_rate")
MACHINE = ("cpu", "cores", "system")
THREADS_OF_KERAS = ("keras: intra_op_threads", "keras: inter_op_threads")
VERSIONS = ("keras: keras", "keras: tensorflow", "keras: backend")


def warnings_of(a: Side, b: Side) -> list[str]:
    """Return what makes a comparison less than fair, one line each."""
    lines = []
    for side in (a, b):
        if not side.environment:
            lines.append(f"{side.name} has no readable environment.json: its machine and versions are unknown")
        if not side.config.get("sha256"):
            lines.append(f"{side.name} has no sha256 of its data: its images may differ")
        if not side.is_timed:
            lines.append(f"{side.name} was trained beside other runs: seconds are left out")
    for model in a.finished_models():
        kept = [metric for metric in GATED.values() if metric is not SECONDS or a.is_timed]
        lost = [metric.title for metric in kept if a.values(model, metric).isna().any()]
        if lost:
            lines.append(f"A's {', '.join(lost)} of {model} is not finite: B cannot be worse")
    in_a, in_b = flatten(a.environment), flatten(b.environment)
    found = {
        "different experiments": different(a.config, b.config, ["experiment"]),
        "different training": different(a.config, b.config, TRAINING),
        "wall times are not comparable, because the machines differ": different(in_a, in_b, MACHINE),
        "wall times are not comparable, because the threads differ": [
            *different(a.config, b.config, ["threads"]),
            *different_variables(in_a, in_b),
            *different(in_a, in_b, THREADS_OF_KERAS),
        ],
        "different versions of Keras or TensorFlow": different(in_a, in_b, VERSIONS),
    }
    return lines + [f"{what}: {'; '.join(pairs)}" for what, pairs in found.items() if pairs]


def different(in_a: dict, in_b: dict, names: Iterable[str]) -> list[str]:
    """Return, in words, those of the named values that both have, and that differ."""
    return [
        f"{name.split(': ')[-1]} is {text_of(in_a[name])} in A and {text_of(in_b[name])} in B"
        for name in names
        if name in in_a and name in in_b and in_a[name] != in_b[name]
    ]


def different_variables(in_a: dict, in_b: dict) -> list[str]:
    """Return, in words, the variables for threads that differ, or that one environment lacks, if both are known."""
    names = [name for name in in_a | in_b if name.startswith("threads: ")] if in_a and in_b else []
    unset = dict.fromkeys(names)
    return different(unset | in_a, unset | in_b, names)


def settings_text(a: Side, b: Side) -> str:
    """Return what differs in the settings of two `Side`s, as tables or the word that nothing does."""
    parts = {"configuration": (a.config, b.config), "environment": (a.environment, b.environment)}
    return "\n\n".join(differences_text(what, differences(*both)) for what, both in parts.items())


def differences_text(what: str, differing: dict) -> str:
    """Return differences by name under a line that says of what they are."""
    if not differing:
        return f"Different in {what}: nothing."
    rows = [("what", "A", "B"), *((name, text_of(in_a), text_of(in_b)) for name, (in_a, in_b) in differing.items())]
    return "\n".join([f"Different in {what}:", "", *markdown(rows, n_names=3)])


def differences(in_a: dict, in_b: dict) -> dict:
    """Return the values that differ in two dictionaries, nested or not, as pairs by readable name."""
    flat_a, flat_b = flatten(in_a), flatten(in_b)
    pairs = {name: (flat_a.get(name, MISSING), flat_b.get(name, MISSING)) for name in flat_a | flat_b}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def scores_text(a: Side, b: Side) -> str:
    """Return a table of all metrics of two `Side`s, and below it what a reader of it must know."""
    finished = b.finished_models()
    models = [model for model in a.finished_models() if model in finished]
    lines = ["Models trained to the end, after the last epoch:", "", *scores_table(a, b, models)]
    if not models:
        lines = ["Both runs have finished no model in common."]
    return "\n".join([*lines, "", *left_out(a, b, models), *explanations(a, b, models)]).rstrip()


def scores_table(a: Side, b: Side, models: list[str]) -> list[str]:
    """Return the lines of the table; the columns for several seeds are there if a model has such."""
    shown = [metric for metric in SHOWN if metric is not SECONDS or (a.is_timed and b.is_timed)]
    compared = [(model, metric) for model in models for metric in shown]
    samples = [side_by_side(a, b, *item) for item in compared]
    found = [
        difference_of(in_b, in_a, is_paired(a, b, model))
        for (model, _), (in_a, in_b) in zip(compared, samples, strict=True)
    ]
    tests = cells_of_tests(found, [metric.digits for _, metric in compared])
    rows = [(*row_of(a, b, *item, *both), *cells) for item, both, cells in zip(compared, samples, tests, strict=True)]
    heading = ("model", "metric", "seeds", "A", "B", "B - A")
    if all(isinstance(item, str) for item in found):
        return markdown([heading, *(row[: len(heading)] for row in rows)], n_names=3)
    return [*markdown([(*heading, *TEST_HEADING), *rows], n_names=3), "", family_note(zip(found, strict=True)), MEANING]


def row_of(a: Side, b: Side, model: str, metric: Metric, in_a: pd.Series, in_b: pd.Series) -> tuple[str, ...]:
    """Return the cells of one metric of one model before its tests."""
    difference = in_b.mean(skipna=False) - in_a.mean(skipna=False)
    return (
        model,
        metric.title,
        seeds_text(common_seeds(a, b, model)) if is_paired(a, b, model) else "all",
        mean_text(in_a, metric.digits),
        mean_text(in_b, metric.digits),
        f"{difference:+.{metric.digits}f}" if np.isfinite(difference) else "-",
    )


def left_out(a: Side, b: Side, models: list[str]) -> list[str]:
    """Return a line for everything that is in one run alone or not complete."""
    lines = []
    for side, other in ((a, b), (b, a)):
        lines += [f"In {side.name} only: {model}." for model in side.models if model not in other.models]
        for model in models:
            seeds = set(side.seeds[model]) - set(other.seeds[model])
            if seeds and is_paired(a, b, model):
                lines.append(f"Finished in {side.name} only: {model} with seed {seeds_text(seeds)}.")
        lines += [f"Not finished in {side.name}, and left out: {line}." for line in partial_texts(side)]
    return lines


def explanations(a: Side, b: Side, models: list[str]) -> list[str]:
    """Return which seeds the rows of the table are means of."""
    lines = []
    unpaired = [model for model in models if not is_paired(a, b, model)]
    if unpaired:
        why = (
            "A and B have no seed in common"
            if a.config["experiment"] == b.config["experiment"]
            else "their experiments differ"
        )
        lines.append(f"{', '.join(unpaired)}: not paired, as {why}: all complete seeds of A against all of B.")
    if paired := [model for model in models if model not in unpaired]:
        lines.append(f"{', '.join(paired)}: paired by seed.")
    if single := [model for model in paired if len(common_seeds(a, b, model)) == 1]:
        lines.append(f"{', '.join(single)}: one seed in common has no interval; --seeds 0 1 2 gives one.")
    if a.is_timed and b.is_timed:
        lines.append("Seconds per epoch are the median over the epochs of each seed.")
        lines += [f"{side.name}: {note}" for side in (a, b) if (note := waiting_note(side.study.epochs))]
    return lines if models else []


def verdict(a: Side, b: Side, rules: list[Rule]) -> tuple[list[str], int]:
    """Return the lines that say how the `Side` b does beside a, and the exit code: 1 with a regression, 0 without."""
    lines = regressions(a, b, rules)
    if lines:
        return lines, 1
    return [f"no regression: {', '.join(a.finished_models())} within {', '.join(rule.text for rule in rules)}"], 0


def regressions(a: Side, b: Side, rules: list[Rule]) -> list[str]:
    """Return a line for every model of A that B lacks or has not finished, and for every rule that a model breaks."""
    lines = []
    for model in a.finished_models():
        lines += unfinished(a, b, model)
        if model in b.finished_models():
            lines += [line for rule in rules for line in broken(a, b, model, rule)]
    return lines


def unfinished(a: Side, b: Side, model: str) -> list[str]:
    """Return a line if B lacks a model, or has not finished a training of it that A has finished or has not begun."""
    if model not in b.models:
        return [f"regression: {model} is in A, and B lacks it"]
    left_by_a = {training[:2] for training in a.study.partial_trainings()} if model in b.finished_models() else set()
    left_by_b = [training[:2] for training in b.study.partial_trainings() if training[0] == model]
    seeds = [seed for _, seed in left_by_b if (model, seed) not in left_by_a]
    if seeds or model not in b.finished_models():
        return [f"regression: B has not finished {model} with seed {seeds_text(seeds)}"]
    return []


def broken(a: Side, b: Side, model: str, rule: Rule) -> list[str]:
    """Return a line if a model breaks a rule."""
    in_a, in_b = (float(values.mean(skipna=False)) for values in side_by_side(a, b, model, rule.metric))
    if b.values(model, rule.metric).isna().any():
        in_b = math.nan  # also if it is with a seed that A has not
    if not rule.breaks(in_a, in_b):
        return []
    seeds = seeds_text(common_seeds(a, b, model)) if is_paired(a, b, model) else "all complete ones, not paired"
    return [
        f"regression: {model}, {rule.metric.title}: A {number_text(in_a)}, B {number_text(in_b)}, "
        f"B - A {number_text(in_b - in_a, '+')}, tolerance {rule.tolerance:g}{'%' if rule.in_percent else ''}, "
        f"seeds {seeds}"
    ]


def number_text(value: float, sign: str = "") -> str:
    """Return a number with more digits than a table shows, so that it can be held against a tolerance."""
    return f"{value:{sign}.6g}" if math.isfinite(value) else "not finite"
