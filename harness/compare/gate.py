"""Whether the second run is worse than the first by more than the rules of `--fail` tolerate."""

import math

from harness.base.numbers import seeds_text
from harness.compare.sides import common_seeds, is_paired, side_by_side


def verdict(a, b, rules):
    """Return the lines that say how the `Side` b does beside a, and the exit code: 1 with a regression, 0 without."""
    lines = regressions(a, b, rules)
    if lines:
        return lines, 1
    return [f"no regression: {', '.join(a.finished_models())} within {', '.join(rule.text for rule in rules)}"], 0


def regressions(a, b, rules):
    """Return a line for every model of A that B lacks or has not finished, and for every rule that a model breaks."""
    lines = []
    for model in a.finished_models():
        lines += unfinished(a, b, model)
        if model in b.finished_models():
            lines += [line for rule in rules for line in broken(a, b, model, rule)]
    return lines


def unfinished(a, b, model):
    """Return a line if B lacks a model, or has not finished a training of it that A has finished or has not begun."""
    if model not in b.models:
        return [f"regression: {model} is in A, and B lacks it"]
    left_by_a = {training[:2] for training in a.study.partial_trainings()} if model in b.finished_models() else set()
    left_by_b = [training[:2] for training in b.study.partial_trainings() if training[0] == model]
    seeds = [seed for _, seed in left_by_b if (model, seed) not in left_by_a]
    if seeds or model not in b.finished_models():
        return [f"regression: B has not finished {model} with seed {seeds_text(seeds)}"]
    return []


def broken(a, b, model, rule):
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


def number_text(value, sign=""):
    """Return a number with more digits than a table shows, so that it can be held against a tolerance."""
    return f"{value:{sign}.6g}" if math.isfinite(value) else "not finite"
