"""Two runs side by side, made up: what differs, which is worse, and what cannot be compared."""

import json
import math
import subprocess
import sys

import pytest

from harness.base.errors import UsageError
from harness.compare.__main__ import main
from harness.compare.metrics import rule_from
from harness.results import EpochRecord, RunFolder

CONFIG = {
    "format": 1,
    "dataset": "fashion",
    "experiment": "identical",
    "models": ["numpy", "keras"],
    "seeds": [0],
    "epochs": 2,
    "batch_size": 1,
    "learning_rate": 0.005,
    "limit": None,
    "threads": None,
    "sha256": {"x_train": "2e" * 32, "x_test": "c8" * 32},
    "n_train": 60000,
    "n_test": 10000,
    "class_names": ["Coat", "Bag"],
    "n_parameters": {"numpy": 119772, "keras": 119772},
}
ENVIRONMENT = {
    "cpu": "Some CPU",
    "cores": 2,
    "system": "Linux-6.1",
    "python": "3.11.7",
    "numpy": "2.4.6",
    "threads": {"OPENBLAS_NUM_THREADS": "1"},
    "commit": "6a77a68ac782fea49c2c8ee11f92164cd56f1e2f",
    "keras": {"keras": "3.15.1", "tensorflow": "2.21.0", "intra_op_threads": 0},
}
SCORES = {"train_loss": 0.3, "test_loss": 0.4, "test_accuracy": 0.88, "test_macro_f1": 0.87, "wall_seconds": 20.0}


@pytest.fixture
def make_run(tmp_path):
    """Return a function that writes a run and returns its folder."""

    def make(name, changes=None, finished=None, environment=None, **config):
        """Write a run.

        `changes` are scores of (model, seed), or of a model with every seed; `finished` how many epochs such a training
        has finished, if not all.
        """
        (tmp_path / name).mkdir()
        folder = RunFolder(tmp_path / name)
        config = CONFIG | config
        folder.write_json("config", config)
        folder.write_json("environment", ENVIRONMENT if environment is None else environment)
        folder.write_epochs([])
        changes, finished = changes or {}, finished or {}
        for training in [(model, seed) for model in config["models"] for seed in config["seeds"]]:
            scores = SCORES | changes.get(training[0], {}) | changes.get(training, {})
            for epoch in range(1, finished.get(training, config["epochs"]) + 1):
                folder.append_epoch(
                    EpochRecord(config["dataset"], config["experiment"], *training, epoch, train_accuracy=0.9,
                                eval_seconds=1.0, warm_up_seconds=0.1, waiting_seconds=0.0, **scores)
                )  # fmt: skip
        return folder.path

    return make


@pytest.fixture
def compare(capsys):
    """Return a function that calls the command, and returns its exit code and what it printed."""

    def call(*words):
        exit_code = main([str(word) for word in words])
        return exit_code, *capsys.readouterr()

    return call


def cells(text, *first):
    """Return the cells of the one table row that begins with these."""
    rows = [[cell.strip() for cell in line.split(" | ")] for line in text.splitlines() if line.startswith("| ")]
    rows = [[row[0].removeprefix("| "), *row[1:-1], row[-1].removesuffix(" |")] for row in rows]
    [row] = [row for row in rows if row[: len(first)] == list(first)]
    return [cell.strip() for cell in row]


def regressions(text):
    return [line for line in text.splitlines() if line.startswith("regression:")]


# What differs


def test_a_run_beside_itself_differs_in_nothing(make_run, compare):
    run = make_run("a")
    exit_code, out, err = compare(run, run, "--fail", "accuracy:0", "macro_f1:0", "loss:0", "seconds:0%")
    assert exit_code == 0 and err == ""
    assert "Different in configuration: nothing." in out and "Different in environment: nothing." in out
    assert cells(out, "numpy", "accuracy") == ["numpy", "accuracy", "0", "0.8800", "0.8800", "+0.0000"]
    assert out.splitlines()[-1] == "no regression: numpy, keras within accuracy:0, macro_f1:0, loss:0, seconds:0%"


def test_settings_that_differ_are_in_a_table_and_others_are_not(make_run, compare):
    changed = ENVIRONMENT | {"python": "3.12.1", "keras": {**ENVIRONMENT["keras"], "keras": "3.16.0"}}
    b = make_run("b", batch_size=32, n_parameters={"numpy": 119772, "keras": 5}, environment=changed)
    exit_code, out, _ = compare(make_run("a"), b)
    assert exit_code == 0
    assert cells(out, "batch size") == ["batch size", "1", "32"]
    assert cells(out, "parameters: keras") == ["parameters: keras", "119772", "5"]
    assert cells(out, "python") == ["python", "3.11.7", "3.12.1"]
    assert cells(out, "keras: keras") == ["keras: keras", "3.15.1", "3.16.0"]
    assert not any(words in out for words in ("learning rate", "parameters: numpy", "sha256", "cpu"))


def test_a_value_that_one_run_lacks_is_a_dash_and_one_that_is_null_is_none(make_run, compare):
    environment = {name: value for name, value in ENVIRONMENT.items() if name != "python"}
    _, out, _ = compare(make_run("a"), make_run("b", environment=environment, threads=2))
    assert cells(out, "python") == ["python", "3.11.7", "-"]
    assert cells(out, "threads") == ["threads", "none", "2"]


def test_long_hashes_are_cut_and_a_changed_checkout_still_shows(make_run, compare):
    b = make_run("b", environment=ENVIRONMENT | {"commit": ENVIRONMENT["commit"] + "+"})
    _, out, _ = compare(make_run("a"), b)
    assert cells(out, "commit") == ["commit", "6a77a68ac782…", "6a77a68ac782…+"]


def test_values_do_not_break_the_table(make_run, compare):
    b = make_run("b", environment=ENVIRONMENT | {"cpu": "Some|CPU\n2"}, models=["a|b", "keras"])
    _, out, _ = compare(b, make_run("a", models=["a|b", "keras"]))
    assert cells(out, "cpu") == ["cpu", r"Some\|CPU 2", "Some CPU"]
    assert cells(out, r"a\|b", "accuracy")[3:] == ["0.8800", "0.8800", "+0.0000"]


def test_the_number_of_the_format_and_published_values_are_not_settings(make_run, compare):
    b = make_run("b", published=[{"model": "numpy", "epoch": 3, "column": "test_accuracy", "value": 0.891}])
    config = json.loads((b / "config.json").read_text())
    del config["format"]  # a run of before there were numbers is of format 1
    (b / "config.json").write_text(json.dumps(config))
    assert "Different in configuration: nothing." in compare(make_run("a"), b)[1]


# Scores


def test_one_seed_has_differences_and_no_interval(make_run, compare):
    changes = {"numpy": {"test_accuracy": 0.89, "wall_seconds": 25.5, "train_loss": 0.25}}
    _, out, _ = compare(make_run("a"), make_run("b", changes))
    assert cells(out, "numpy", "accuracy")[3:] == ["0.8800", "0.8900", "+0.0100"]
    assert cells(out, "numpy", "training loss")[3:] == ["0.3000", "0.2500", "-0.0500"]
    assert cells(out, "numpy", "seconds per epoch")[3:] == ["20.000", "25.500", "+5.500"]
    assert cells(out, "keras", "test loss")[3:] == ["0.4000", "0.4000", "+0.0000"]
    assert "numpy, keras: one seed in common has no interval" in out
    assert "±" not in out and "95 %" not in out


def test_several_seeds_in_common_have_an_interval_and_p_of_the_paired_differences(make_run, compare):
    seeds = [0, 1, 2]
    in_a = {("numpy", seed): {"test_accuracy": value} for seed, value in zip(seeds, (0.80, 0.85, 0.90), strict=True)}
    in_b = {("numpy", seed): {"test_accuracy": value} for seed, value in zip(seeds, (0.81, 0.86, 0.93), strict=True)}
    _, out, _ = compare(make_run("a", in_a, seeds=seeds), make_run("b", in_b, seeds=seeds))
    row = cells(out, "numpy", "accuracy")
    assert row[2:6] == ["0 to 2", "0.8500 ± 0.0500", "0.8667 ± 0.0603", "+0.0167"]
    # Of the paired differences 0.01, 0.01 and 0.03, with t for two degrees of freedom: 0.0167 ± 4.303 * 0.0067.
    # All other differences are 0, so p is 1; 0.13 times 10 tests is 1 too. 2.920 in place of 4.303 gives the margin.
    assert row[6:] == ["-0.0120 to +0.0454", "0.13", "1", "±0.0362"]
    assert "Holm's correction is for the 10 tests of this table." in out and "numpy, keras: paired by seed." in out


def test_means_are_over_the_seeds_in_common_and_others_are_named(make_run, compare):
    a = make_run("a", {("numpy", 5): {"test_accuracy": 0.1}}, seeds=[0, 1, 5])
    b = make_run("b", {("keras", 7): {"test_accuracy": 0.1}}, seeds=[0, 1, 7])
    _, out, _ = compare(a, b)
    assert cells(out, "numpy", "accuracy")[2:6] == ["0, 1", "0.8800 ± 0.0000", "0.8800 ± 0.0000", "+0.0000"]
    assert "Finished in A only: numpy with seed 5." in out and "Finished in B only: keras with seed 7." in out


def test_without_a_seed_in_common_means_are_over_all_seeds_and_the_text_says_so(make_run, compare):
    a = make_run("a", seeds=[0, 1])
    b = make_run("b", {"numpy": {"test_accuracy": 0.80}}, seeds=[2, 3])
    exit_code, out, _ = compare(a, b, "--fail", "accuracy:0.01")
    assert cells(out, "numpy", "accuracy")[2:6] == ["all", "0.8800 ± 0.0000", "0.8000 ± 0.0000", "-0.0800"]
    assert "numpy, keras: not paired, as A and B have no seed in common: all complete seeds of A against all" in out
    assert exit_code == 1
    assert regressions(out) == [
        "regression: numpy, accuracy: A 0.88, B 0.8, B - A -0.08, tolerance 0.01, seeds all complete ones, not paired"
    ]


def test_runs_of_two_experiments_are_compared_over_all_seeds_of_each(make_run, compare):
    in_b = {("numpy", seed): {"test_accuracy": 0.8 + 0.01 * seed} for seed in range(5)}
    a = make_run("a", {("numpy", 1): {"test_accuracy": 0.90}}, seeds=[0, 1], experiment="pixel-bias")
    _, out, _ = compare(a, make_run("b", in_b, seeds=[0, 1, 2, 3, 4]))
    row = cells(out, "numpy", "accuracy")
    assert row[2:6] == ["all", "0.8900 ± 0.0141", "0.8200 ± 0.0158", "-0.0700"]
    # Sums of squares 0.0002 and 0.001 over 1 + 4 degrees of freedom, and t for 5 of them is 2.571: -0.07 ± 0.0333.
    assert row[6] == "-0.1033 to -0.0367"
    assert "numpy, keras: not paired, as their experiments differ" in out and "Complete in B alone" not in out


def test_models_of_one_run_alone_are_named_and_not_compared(make_run, compare):
    exit_code, out, _ = compare(make_run("a", models=["numpy", "torch"]), make_run("b"))
    assert exit_code == 0
    assert "In A only: torch." in out and "In B only: keras." in out
    assert "| torch" not in out and "| keras" not in out


def test_runs_without_a_model_in_common_still_show_their_settings(make_run, compare):
    exit_code, out, _ = compare(make_run("a", models=["numpy"]), make_run("b", models=["keras"]))
    assert exit_code == 0
    assert cells(out, "models") == ["models", "numpy", "keras"]
    assert "Both runs have finished no model in common." in out


def test_seconds_are_the_median_of_a_training_s_epochs(make_run, compare):
    a, b = make_run("a", epochs=3), make_run("b", epochs=3)
    lines = (b / "epochs.csv").read_text().splitlines()
    lines[2] = lines[2].replace(",20.0,", ",900.0,")  # one slow epoch of three
    (b / "epochs.csv").write_text("\n".join(lines) + "\n")
    assert cells(compare(a, b)[1], "numpy", "seconds per epoch")[3:] == ["20.000", "20.000", "+0.000"]


def test_a_partial_training_is_left_out_and_named(make_run, compare):
    b = make_run("b", {("numpy", 1): {"test_accuracy": 0.1}}, finished={("numpy", 1): 1}, seeds=[0, 1])
    exit_code, out, _ = compare(make_run("a", seeds=[0, 1]), b)
    assert exit_code == 0
    assert cells(out, "numpy", "accuracy")[2:6] == ["0", "0.8800", "0.8800", "+0.0000"]
    assert cells(out, "numpy", "accuracy")[6:] == ["needs two seeds", "-", "-", "-"]
    assert "Not finished in B, and left out: numpy with seed 1 finished 1 of 2 epochs." in out


def test_a_training_loss_that_is_not_told_is_no_number(make_run, compare):
    _, out, _ = compare(make_run("a"), make_run("b", {"numpy": {"train_loss": math.nan}}))
    assert cells(out, "numpy", "training loss")[3:] == ["0.3000", "not finite", "-"]


# The gate


@pytest.mark.parametrize(
    ("rule", "worse", "better"),
    [
        ("accuracy:0.005", {"test_accuracy": 0.874}, {"test_accuracy": 0.95}),
        ("macro_f1:0.005", {"test_macro_f1": 0.864}, {"test_macro_f1": 0.95}),
        ("loss:0.005", {"test_loss": 0.406}, {"test_loss": 0.1}),
        ("seconds:2", {"wall_seconds": 22.1}, {"wall_seconds": 1.0}),
        ("seconds:10%", {"wall_seconds": 22.1}, {"wall_seconds": 1.0}),
    ],
)
def test_worse_than_tolerated_fails_and_better_does_not(rule, worse, better, make_run, compare):
    a = make_run("a")
    exit_code, out, _ = compare(a, make_run("worse", {"keras": worse}), "--fail", rule)
    assert exit_code == 1 and len(regressions(out)) == 1 and regressions(out)[0].startswith("regression: keras, ")
    exit_code, out, _ = compare(a, make_run("better", {"keras": better}), "--fail", rule)
    assert exit_code == 0 and regressions(out) == [] and "no regression" in out


def test_without_fail_the_worse_run_is_no_failure(make_run, compare):
    exit_code, out, _ = compare(make_run("a"), make_run("b", {"numpy": {"test_accuracy": 0.1}}))
    assert exit_code == 0 and "regression" not in out


def test_exactly_the_tolerance_is_tolerated(make_run, compare):
    # In floating point 0.885 - 0.88 is above 0.005, and 22 - 20 is 10 % of 20.
    a = make_run("a", {"numpy": {"test_accuracy": 0.885}})
    b = make_run("b", {"numpy": {"test_accuracy": 0.88, "wall_seconds": 22.0}})
    assert compare(a, b, "--fail", "accuracy:0.005", "seconds:10%", "seconds:2")[0] == 0
    assert compare(a, b, "--fail", "accuracy:0.0049")[0] == 1


def test_a_regression_names_model_metric_both_values_difference_and_tolerance(make_run, compare):
    b = make_run("b", {"numpy": {"test_accuracy": 0.86, "wall_seconds": 30.0}})
    exit_code, out, _ = compare(make_run("a"), b, "--fail", "accuracy:0.005", "seconds:10%", "--fail", "loss:0")
    assert exit_code == 1
    assert regressions(out) == [
        "regression: numpy, accuracy: A 0.88, B 0.86, B - A -0.02, tolerance 0.005, seeds 0",
        "regression: numpy, seconds per epoch: A 20, B 30, B - A +10, tolerance 10%, seeds 0",
    ]
    assert "no regression" not in out


def test_the_gate_compares_means_over_the_seeds_in_common(make_run, compare):
    a = make_run("a", seeds=[0, 1, 2])
    changes = {("numpy", 0): {"test_accuracy": 0.86}, ("numpy", 1): {"test_accuracy": 0.90}}
    b = make_run("b", changes | {("numpy", 9): {"test_accuracy": 0.1}}, seeds=[0, 1, 9])
    assert compare(a, b, "--fail", "accuracy:0.001")[0] == 0


@pytest.mark.parametrize(
    ("column", "rule"),
    [("test_accuracy", "accuracy:1"), ("test_loss", "loss:100"), ("wall_seconds", "seconds:1000%")],
)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_value_of_b_that_is_not_finite_is_a_regression(column, rule, value, make_run, compare):
    b = make_run("b", {"numpy": {column: value}})
    exit_code, out, _ = compare(make_run("a"), b, "--fail", rule)
    assert exit_code == 1 and len(regressions(out)) == 1
    assert "B not finite, B - A not finite" in out
    exit_code, _, err = compare(b, make_run("c"), "--fail", rule)
    assert exit_code == 0  # of A alone it is none
    assert err.startswith("warning: A's ") and "of numpy is not finite: B cannot be worse" in err


def test_seconds_of_one_epoch_that_are_not_finite_are_a_regression(make_run, compare):
    b = make_run("b")
    lines = (b / "epochs.csv").read_text().splitlines()
    lines[1] = lines[1].replace(",20.0,", ",inf,")
    (b / "epochs.csv").write_text("\n".join(lines) + "\n")
    assert compare(make_run("a"), b, "--fail", "seconds:100%")[0] == 1


def test_a_value_that_is_not_finite_is_a_regression_with_a_seed_of_b_alone_too(make_run, compare):
    b = make_run("b", {("numpy", 1): {"test_loss": math.inf}}, seeds=[0, 1])
    assert compare(make_run("a"), b, "--fail", "loss:1")[0] == 1


def test_a_model_that_b_lacks_is_a_regression(make_run, compare):
    exit_code, out, _ = compare(make_run("a"), make_run("b", models=["numpy"]), "--fail", "accuracy:1")
    assert exit_code == 1
    assert regressions(out) == ["regression: keras is in A, and B lacks it"]


def test_a_model_of_b_alone_is_no_regression(make_run, compare):
    assert compare(make_run("a", models=["numpy"]), make_run("b"), "--fail", "accuracy:0")[0] == 0


@pytest.mark.parametrize("finished", [0, 1])
def test_a_model_that_b_has_not_finished_is_a_regression(finished, make_run, compare):
    b = make_run("b", finished={("keras", 0): finished})
    exit_code, out, _ = compare(make_run("a"), b, "--fail", "accuracy:1")
    assert exit_code == 1
    assert regressions(out) == ["regression: B has not finished keras with seed 0"]


@pytest.mark.parametrize("seeds_of_a", [[0], [0, 1]])
def test_a_seed_that_b_has_not_finished_is_a_regression_even_if_others_are_fine(seeds_of_a, make_run, compare):
    b = make_run("b", finished={("keras", 1): 1}, seeds=[0, 1])
    exit_code, out, _ = compare(make_run("a", seeds=seeds_of_a), b, "--fail", "accuracy:1")
    assert exit_code == 1
    assert regressions(out) == ["regression: B has not finished keras with seed 1"]


def test_a_partial_run_beside_itself_has_no_regression(make_run, compare):
    run = make_run("a", finished={("keras", 0): 1, ("keras", 1): 0, ("numpy", 1): 1}, seeds=[0, 1])
    assert compare(run, run, "--fail", "accuracy:0")[0] == 0


def test_nothing_finished_of_a_model_is_a_regression_although_a_left_the_same_seed(make_run, compare):
    a = make_run("a", finished={("numpy", 1): 1}, seeds=[0, 1], models=["numpy"])
    b = make_run("b", finished={("numpy", 1): 1}, seeds=[1], models=["numpy"])
    exit_code, out, _ = compare(a, b, "--fail", "accuracy:1")
    assert exit_code == 1 and regressions(out) == ["regression: B has not finished numpy with seed 1"]


def test_b_that_finished_nothing_is_a_regression_of_every_model(make_run, compare):
    b = make_run("b", finished={("numpy", 0): 1, ("keras", 0): 0})
    exit_code, out, _ = compare(make_run("a"), b, "--fail", "accuracy:1")
    assert exit_code == 1 and len(regressions(out)) == 2


# Warnings


@pytest.mark.parametrize("changed", [{"cpu": "Another"}, {"cores": 64}, {"system": "Windows-11"}])
def test_wall_times_of_different_machines_are_warned_of(changed, make_run, compare):
    exit_code, out, err = compare(make_run("a"), make_run("b", environment=ENVIRONMENT | changed))
    [(name, value)] = changed.items()
    assert exit_code == 0 and err.count("\n") == 1
    assert "warning: wall times are not comparable, because the machines differ" in err
    assert f"{name} is {ENVIRONMENT[name]} in A and {value} in B" in err
    assert "warning" not in out


@pytest.mark.parametrize(
    ("environment", "config", "words"),
    [
        ({}, {"threads": 2}, "threads differ: threads is none in A and 2 in B"),
        ({"threads": {"OPENBLAS_NUM_THREADS": "4"}}, {}, "OPENBLAS_NUM_THREADS is 1 in A and 4 in B"),
        ({"threads": {}}, {}, "OPENBLAS_NUM_THREADS is 1 in A and none in B"),
        ({"keras": {**ENVIRONMENT["keras"], "intra_op_threads": 1}}, {}, "intra_op_threads is 0 in A and 1 in B"),
        ({"keras": {**ENVIRONMENT["keras"], "tensorflow": "2.22.0"}}, {}, "tensorflow is 2.21.0 in A and 2.22.0 in B"),
        ({"keras": {**ENVIRONMENT["keras"], "keras": "3.16.0"}}, {}, "keras is 3.15.1 in A and 3.16.0 in B"),
        ({}, {"experiment": "adam"}, "different experiments: experiment is identical in A and adam in B"),
        ({}, {"learning_rate": 0.01}, "different training: learning_rate is 0.005 in A and 0.01 in B"),
        ({}, {"sha256": None}, "B has no sha256 of its data"),
    ],
)
def test_what_makes_a_comparison_less_than_fair_is_warned_of(environment, config, words, make_run, compare):
    b = make_run("b", environment=ENVIRONMENT | environment, **config)
    exit_code, _, err = compare(make_run("a"), b)
    assert exit_code == 0 and err.count("\n") == 1 and err.startswith("warning: ") and words in err


def test_what_only_one_run_needs_is_no_reason_to_warn(make_run, compare):
    without_keras = {name: value for name, value in ENVIRONMENT.items() if name != "keras"}
    a = make_run("a", environment=without_keras, models=["numpy"])
    assert compare(a, make_run("b"))[2] == ""


@pytest.mark.parametrize("damage", ["missing", "{", "[]"])
def test_an_environment_that_cannot_be_read_is_warned_of_once(damage, make_run, compare):
    b = make_run("b")
    (b / "environment.json").unlink() if damage == "missing" else (b / "environment.json").write_text(damage)
    exit_code, _, err = compare(make_run("a"), b)
    assert exit_code == 0
    assert err == "warning: B has no readable environment.json: its machine and versions are unknown\n"


# Wrong usage


def assert_refused(result, *words):
    exit_code, out, err = result
    assert exit_code == 2 and out == ""
    assert err.startswith("error: ") and err.count("\n") == 1
    assert [word for word in words if word not in err] == []


def test_runs_of_different_data_sets_are_refused(make_run, compare):
    result = compare(make_run("a"), make_run("b", dataset="mnist"), "--fail", "accuracy:0.1")
    assert_refused(result, "data sets differ", "fashion of A", "mnist of B", "allowed", "--dataset")


def test_runs_of_different_files_of_one_name_are_refused(make_run, compare):
    b = make_run("b", sha256=CONFIG["sha256"] | {"x_test": "ab" * 32})
    assert_refused(compare(make_run("a"), b), "sha256", "x_test c8c8c8c8c8c8… of A and abababababab… of B", "allowed")


def test_runs_of_different_limits_are_refused(make_run, compare):
    result = compare(make_run("a"), make_run("b", limit=500, n_test=500))
    assert_refused(result, "limits differ", "none of A", "500 of B", "allowed", "--limit")


def test_runs_of_different_numbers_of_test_images_are_refused(make_run, compare):
    result = compare(make_run("a", limit=5000, n_test=5000), make_run("b", limit=5000, n_test=4000))
    assert_refused(result, "numbers of test images differ", "5000 of A", "4000 of B", "allowed")


def test_a_folder_that_is_no_run_is_refused(make_run, compare, tmp_path):
    assert_refused(compare(make_run("a"), tmp_path), f"{tmp_path} is not a run's folder", "It holds")
    assert_refused(compare(tmp_path / "nowhere", make_run("b")), "nowhere is not a folder")


def test_a_run_of_an_unknown_format_is_refused(make_run, compare):
    assert_refused(compare(make_run("a"), make_run("b", format=99)), "format 99", "read them with the version")


def test_a_run_that_names_no_models_is_refused(make_run, compare):
    assert_refused(compare(make_run("a"), make_run("b", models=[])), "names no models")


@pytest.mark.parametrize("text", ["", "dataset,model\nfashion,numpy\n"])
def test_damaged_records_are_an_error_and_no_regression(text, make_run, compare):
    b = make_run("b")
    (b / "epochs.csv").write_text(text)
    assert_refused(compare(make_run("a"), b, "--fail", "accuracy:0.1"), "epochs.csv")


def test_runs_without_a_complete_training_are_refused(make_run, compare):
    nothing = {("numpy", 0): 1, ("keras", 0): 0}
    b = make_run("b", finished=nothing)
    words = (
        "B, ",
        "has finished no model",
        "numpy with seed 0 finished 1 of 2 epochs",
        "keras with seed 0 finished 0",
        "allowed",
    )
    assert_refused(compare(make_run("a"), b), *words)
    # Against nothing, no gate can be passed.
    a = make_run("c", finished=nothing)
    assert_refused(compare(a, make_run("d"), "--fail", "accuracy:0.1"), "error: A, ")
    assert_refused(compare(a, b, "--fail", "accuracy:0.1"), "error: A, ")


@pytest.mark.parametrize("name", ["f1", "train_loss", "", "Accuracy"])
def test_an_unknown_metric_is_refused(name, make_run, compare):
    run = make_run("a")
    result = compare(run, run, "--fail", f"{name}:0.1")
    assert_refused(result, f"unknown metric {name!r}", "allowed are accuracy, macro_f1, loss, seconds")


@pytest.mark.parametrize("tolerance", ["", "much", "-0.1", "nan", "inf", "1e999", "1%"])
def test_a_tolerance_that_is_no_number_negative_or_not_finite_is_refused(tolerance, make_run, compare):
    run = make_run("a")
    result = compare(run, run, "--fail", "accuracy:0.1", f"macro_f1:{tolerance}")
    assert_refused(result, f"tolerance of macro_f1 is {tolerance!r}", "allowed is a finite number", "macro_f1:0.005")


@pytest.mark.parametrize("tolerance", ["%", "-1%", "nan%", "10%%", "-1"])
def test_a_share_that_is_no_number_is_refused(tolerance):
    with pytest.raises(UsageError, match=r"write seconds:1\.5 or, in per cent of A's, seconds:10%"):
        rule_from(f"seconds:{tolerance}")


def test_a_metric_without_a_tolerance_is_refused(make_run, compare):
    run = make_run("a")
    assert_refused(compare(run, run, "--fail", "accuracy"), "'accuracy'", "METRIC:TOLERANCE", "accuracy:0.005")


def test_a_missing_folder_is_refused(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["only-one"])
    assert ended.value.code == 2
    assert "RUN_B" in capsys.readouterr().err


def test_debug_shows_the_traceback(make_run, compare, tmp_path):
    assert "Traceback" in compare(make_run("a"), tmp_path, "--debug")[2]


def test_help_imports_nothing_heavy():
    program = (
        "import sys; from harness.compare.__main__ import parse\n"
        "try: parse(['--help'])\n"
        "finally: print(sorted({'numpy', 'pandas', 'tensorflow', 'matplotlib'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert "--fail" in shown and shown.endswith("[]\n")
