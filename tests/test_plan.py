"""The plan of the reference runs: its power is what its code says, and both of its files name the same runs."""

import contextlib
import io
import re

from harness.experiments import EXPERIMENTS
from harness.experiments.study_plan import read_plan
from tests.pages import ROOT, page

PLAN = page("results/reference/PLAN.md")
STUDIES = read_plan(ROOT / "results" / "reference" / "plan.toml")


def test_the_power_in_the_plan_is_what_its_code_prints():
    (code,) = re.findall(r"```python\n(.*?)```", PLAN, re.DOTALL)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, {})
    (listed,) = re.findall(r"```\n\n((?:    .*\n)+)", PLAN)
    assert [line.strip() for line in listed.splitlines()] == printed.getvalue().splitlines()


def test_every_experiment_is_planned_with_its_own_data_set_and_no_seed_that_the_spreads_come_from():
    planned = {experiment for study in STUDIES for experiment in study.experiments}
    assert planned == EXPERIMENTS.keys()
    for study in STUDIES:
        assert min(study.seed_numbers) >= 20
        for name in study.experiments:
            assert name == "identical" or study.dataset == EXPERIMENTS[name].dataset
            assert f"`{name}`" in PLAN


def test_no_training_is_planned_twice():
    trainings = [
        (study.dataset, experiment, model, seed)
        for study in STUDIES
        for experiment in study.experiments
        for model in study.models
        for seed in study.seed_numbers
    ]
    assert len(set(trainings)) == len(trainings)
