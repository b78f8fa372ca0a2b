"""Configurations: what is accepted, filled in and refused."""

from dataclasses import asdict

import pytest

from harness.base.errors import UsageError
from harness.experiments import EXPERIMENTS, MODELS, RunConfig, published_of
from harness.results import COLUMNS


def test_the_experiment_fills_in_what_the_run_leaves_open():
    config = RunConfig(epochs=1).filled()
    assert (config.dataset, config.epochs, config.batch_size, config.learning_rate) == ("fashion", 1, 1, 0.005)


def test_the_adam_experiment_is_the_published_one():
    config = RunConfig(experiment="adam").filled()
    assert (config.dataset, config.epochs, config.batch_size, config.learning_rate) == ("mnist", 2, 32, 0.005)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_published_value_is_one_that_a_run_of_the_experiment_writes(name):
    experiment = EXPERIMENTS[name]
    for published in experiment.published:
        assert published.column in COLUMNS
        assert 1 <= published.epoch <= experiment.epochs
        assert published.model in MODELS


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_variant_is_one_of_an_experiment_with_the_same_settings(name):
    experiment = EXPERIMENTS[name]
    if experiment.variant_of:
        base = EXPERIMENTS[experiment.variant_of]
        for setting in ("dataset", "learning_rate", "batch_size", "epochs"):
            assert getattr(experiment, setting) == getattr(base, setting)


def test_published_values_belong_to_runs_that_change_nothing():
    config = asdict(RunConfig(experiment="notebook").filled())
    assert len(published_of(config)) == 10
    assert [item.value for item in published_of(config | {"models": ["keras"]})] == [0.887]
    assert published_of(config | {"models": ["naive"]}) == ()
    for change in ({"dataset": "mnist"}, {"limit": 100}, {"epochs": 2}, {"batch_size": 8}, {"learning_rate": 0.01}):
        assert published_of(config | change) == ()
    assert published_of(config | {"experiment": "of another version"}) == ()


def test_models_are_paired_where_they_have_one_recipe():
    assert EXPERIMENTS["identical"].pairs("numpy", "keras")
    assert EXPERIMENTS["write-up"].pairs("numpy", "naive") and not EXPERIMENTS["write-up"].pairs("numpy", "keras")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"experiment": "identicle"}, ["experiment", "identicle", "identical"]),
        ({"models": ("numpy", "torch")}, ["model", "torch", "numpy, keras, keras-jax, keras-torch, naive"]),
        ({"models": ("numpy", "numpy")}, ["models", "once"]),
        ({"models": ()}, ["models", "at least one"]),
        ({"seeds": (1, 1)}, ["seeds", "once"]),
        ({"seeds": (-1,)}, ["seed", "-1", "at least 0"]),
        ({"epochs": 0}, ["epochs", "0", "at least 1"]),
        ({"batch_size": -3}, ["batch size", "-3", "at least 1"]),
        ({"limit": 0}, ["limit", "at least 1"]),
        ({"limit": 2.5}, ["limit", "2.5", "whole number"]),
        ({"threads": 0}, ["threads", "at least 1"]),
        ({"threads": 1025}, ["threads is 1025", "from 1 to 1024"]),
        ({"learning_rate": 0.0}, ["learning rate", "above 0"]),
        ({"learning_rate": float("nan")}, ["learning rate", "nan", "finite"]),
        ({"learning_rate": float("inf")}, ["learning rate", "inf", "finite"]),
    ],
)
def test_a_value_out_of_range_is_refused_with_name_value_and_range(values, words):
    with pytest.raises(UsageError) as caught:
        RunConfig(**values)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_the_most_threads_that_are_allowed_are_taken():
    assert RunConfig(threads=1024).threads == 1024
