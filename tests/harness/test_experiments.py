"""Configurations: what is accepted, filled in and refused."""

import pytest

from harness.errors import UsageError
from harness.experiments import RunConfig


def test_the_experiment_fills_in_what_the_run_leaves_open():
    config = RunConfig(epochs=1).filled()
    assert (config.epochs, config.batch_size, config.learning_rate) == (1, 1, 0.005)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"experiment": "identicle"}, ["experiment", "identicle", "identical"]),
        ({"models": ("numpy", "torch")}, ["model", "torch", "numpy, keras, naive"]),
        ({"models": ("numpy", "numpy")}, ["models", "once"]),
        ({"models": ()}, ["models", "at least one"]),
        ({"seeds": (1, 1)}, ["seeds", "once"]),
        ({"seeds": (-1,)}, ["seed", "-1", "at least 0"]),
        ({"epochs": 0}, ["epochs", "0", "at least 1"]),
        ({"batch_size": -3}, ["batch size", "-3", "at least 1"]),
        ({"limit": 0}, ["limit", "at least 1"]),
        ({"limit": 2.5}, ["limit", "2.5", "whole number"]),
        ({"threads": 0}, ["threads", "at least 1"]),
        ({"learning_rate": 0.0}, ["learning rate", "above 0"]),
        ({"learning_rate": float("nan")}, ["learning rate", "nan", "finite"]),
        ({"learning_rate": float("inf")}, ["learning rate", "inf", "finite"]),
    ],
)
def test_a_value_out_of_range_is_refused_with_name_value_and_range(values, words):
    with pytest.raises(UsageError) as caught:
        RunConfig(**values)
    assert all(word in str(caught.value) for word in words), str(caught.value)
