"""The plan of the reference runs: its power is what its code says, and every experiment has planned runs."""

import contextlib
import io
import re

from harness.experiments import EXPERIMENTS
from harness.experiments.study_plan import read_plan
from tests.pages import ROOT, page

PLAN = page("results/reference/PLAN.md")
REFERENCE = ROOT / "results" / "reference"
FILES = sorted(REFERENCE.glob("plan*.toml"))
STUDIES = [study for file in FILES for study in read_plan(file)]


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


def test_the_first_plan_and_its_page_name_the_same_experiments():
    names = {experiment for study in read_plan(REFERENCE / "plan.toml") for experiment in study.experiments}
    assert all(f"`{name}`" in PLAN for name in names)


def test_no_training_is_planned_twice():
    trainings = [
        (study.dataset, experiment, model, seed)
        for study in STUDIES
        for experiment in study.experiments
        for model in study.models
        for seed in study.seed_numbers
    ]
    assert len(set(trainings)) == len(trainings)
