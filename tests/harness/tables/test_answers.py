"""The answer in a few lines under the table."""

import shlex
from dataclasses import replace

import pytest

from harness.experiments import RunConfig
from harness.results.proof import ModelProof
from harness.results.waiting import OLD
from harness.run import parse, settings_from
from harness.summaries.answers import lines_of, seeds_command
from harness.summaries.speed import speed_text, speed_verdict
from harness.tables import accuracy_table, proof_table

SAME = ModelProof("numpy", "keras", True, 20, "float64", 6.1e-17)


def test_a_run_of_one_seed_is_answered_in_three_lines_and_a_footnote(one_seed):
    study = replace(one_seed, epochs=one_seed.epochs.assign(waiting_seconds=0.0), proofs=(SAME,))
    network, scores, speed, footnote = lines_of(study)
    assert (
        network == "Same network: after 20 steps in float64 no parameter of numpy and keras differs by more than 7e-17."
    )
    assert scores == "Not tested: with one seed their accuracies are 0.0200 apart: keras 0.8800, numpy 0.9000."
    assert speed == (
        "numpy trains 9.0 times as fast: 13.50 s an epoch against 121.50 s of keras, 4,444 images a second against "
        "494. Both do the same arithmetic, for which 225 µs a step are enough; the rest of the 2,025 µs of keras is "
        "mostly what a call costs, whatever it computes, and larger batches share that."
    )
    assert footnote == (
        "One seed cannot rank them, as another may reverse this. This can: python -m harness.run --dataset fashion "
        "--epochs 2 --seeds 0..4"
    )
    assert "\n\n" + "\n".join(lines_of(study)) + "\n\n" in accuracy_table(study)


def test_several_seeds_are_compared_with_interval_and_margin(three_seeds):
    scores, _ = lines_of(three_seeds)
    assert scores == (
        "No difference found; equal within ±0.0491: keras 0.8867, numpy 0.9100, difference 0.0233, 95 % interval from "
        "-0.0146 to +0.0613, p = 0.118."
    )


@pytest.mark.parametrize(
    ("fast", "slow", "words"),
    [
        ("numpy", "naive", "plain loops of Python."),
        ("keras", "numpy", "TensorFlow's kernels, which are faster, make up for its calls."),
        ("numpy", "mine", "images a second against 1,000."),
    ],
)
def test_a_cause_is_named_where_it_is_known(fast, slow, words, one_seed):
    epochs = one_seed.epochs.assign(
        waiting_seconds=0.0,
        model=one_seed.epochs["model"].map({"numpy": fast, "keras": slow}),
        wall_seconds=one_seed.epochs["model"].map({"numpy": 12.0, "keras": 60.0}),
    )
    study = replace(one_seed, epochs=epochs, config=one_seed.config | {"models": [fast, slow]})
    assert speed_text(study).startswith(f"{fast} trains 5.0 times as fast: ") and speed_text(study).endswith(words)


def test_seconds_that_contain_waiting_are_called_so_and_make_no_model_faster(one_seed):
    assert speed_verdict(one_seed) == ""
    told = speed_text(one_seed)
    assert told.startswith("numpy takes 13.50 s an epoch against 121.50 s of keras, ") and told.endswith(OLD)


def test_models_of_equal_speed_are_called_so(one_seed):
    study = replace(one_seed, epochs=one_seed.epochs.assign(wall_seconds=12.0, waiting_seconds=0.0))
    assert speed_text(study).startswith("They train at the same speed: ")


@pytest.mark.parametrize(
    "settings",
    [
        {"dataset": "mnist"},
        {"dataset": "fashion", "experiment": "adam", "limit": 50},
        {
            "dataset": "my data.npz",
            "models": ("numpy", "naive"),
            "optimizer": "adam:learning_rate=0.01",
            "batch_size": 8,
        },
        {"dataset": "fashion", "network": "strided", "learning_rate": 0.1, "batch_size": 8},
    ],
)
def test_the_command_of_the_footnote_repeats_the_run_with_more_seeds(settings):
    config = RunConfig(**settings).filled()
    stored = vars(config) | {"experiment": config.name, "based_on": config.experiment}
    stored |= {
        "resume": {name: vars(config)[name] for name in ("dataset", "models", "experiment", "network", "optimizer")}
    }
    words = shlex.split(seeds_command(stored))
    assert words[:3] == ["python", "-m", "harness.run"]
    assert RunConfig(**settings_from(parse(words[3:]))).filled() == replace(config, seeds=(0, 1, 2, 3, 4))


def test_what_was_proved_has_rows_and_what_was_not_a_sentence(one_seed, cells):
    different = ModelProof("mine", "keras", False, 2, "float32", words="step 2, layer dense")
    table = proof_table(replace(one_seed, proofs=(SAME, different)))
    row = {"same network": "yes", "steps": "20", "precision": "float64", "largest difference": "7e-17"}
    assert cells(table, "numpy, keras") == {"proof": "numpy, keras"} | row
    assert cells(table, "mine, keras")["same network"] == "no"
    assert table.splitlines()[-1] == "Not the same network: mine and keras differ in float32: step 2, layer dense."
    assert proof_table(one_seed) == ""
