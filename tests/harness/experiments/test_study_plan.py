"""A plan is read into studies, and a wrong one is told in a message that says where it is wrong."""

import pytest

from harness.base.errors import UsageError
from harness.experiments.study_plan import PlannedStudy, read_plan
from tests.pages import ROOT

STUDY = """
[[studies]]
name = "first"
experiments = ["identical", "adam"]
dataset = "fashion"
models = ["numpy", "keras"]
seeds = "0..2 7"
"""


def plan_of(tmp_path, text):
    """Write a plan and return its path."""
    path = tmp_path / "plan.toml"
    path.write_text(text)
    return path


def test_a_plan_is_read_in_its_order(tmp_path):
    second = STUDY.replace("first", "second") + "epochs = 1\nlimit = 100\nkeras_steps_per_execution = 10\n"
    first, second = read_plan(plan_of(tmp_path, STUDY + second))
    assert first == PlannedStudy("first", ("identical", "adam"), "fashion", ("numpy", "keras"), "0..2 7")
    assert first.seed_numbers == [0, 1, 2, 7]
    assert (second.name, second.epochs, second.limit, second.keras_steps_per_execution) == ("second", 1, 100, 10)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has nothing; allowed are tables"),
        ("studies = 3", "allowed are tables"),
        ("[[studies]", "cannot be read"),
        (STUDY + "\n[other]\n", "has studies, other"),
        (STUDY.replace('dataset = "fashion"', ""), "study 1 of .* has no dataset"),
        (STUDY + "epoch = 3\n", "unknown key in study 1 of .* 'epoch'"),
        (STUDY + 'epochs = "3"\n', "epochs of study 1 of .* is '3'; allowed is a whole number"),
        (STUDY + "epochs = true\n", "epochs of study 1 of .* is True; allowed is a whole number"),
        (STUDY + "epochs = 0\n", "study 1 of .*: epochs is 0"),
        (STUDY.replace('["identical", "adam"]', '"identical"'), "allowed is a list of names"),
        (STUDY.replace("adam", "eve"), "unknown experiment 'eve'"),
        (STUDY.replace('"identical"', '"adam"'), "name each once"),
        (STUDY.replace("0..2", "2..0"), "names 0 seeds"),
        (STUDY.replace("0..2 7", "0..2 1"), "name each once"),
        (STUDY + STUDY, "names of studies are first first"),
    ],
)
def test_a_wrong_plan_is_told(tmp_path, text, words):
    with pytest.raises(UsageError, match=words):
        read_plan(plan_of(tmp_path, text))


def test_a_plan_that_is_not_there_is_told(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        read_plan(tmp_path / "plan.toml")


def test_the_plan_of_the_reference_can_be_read():
    studies = read_plan(ROOT / "results" / "reference" / "plan.toml")
    (libraries,) = [study for study in studies if study.name == "the libraries on Fashion-MNIST"]
    assert libraries.experiments == ("identical",) and libraries.models == ("numpy", "keras")
