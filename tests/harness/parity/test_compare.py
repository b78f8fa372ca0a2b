"""Differences of two traces, and the first of them."""

import numpy as np
import pytest

from harness.parity.compare import Tolerance, compare, compare_updates, distance, first_divergence, sentence
from harness.parity.trace import Trace, trace

TOLERANCE = Tolerance(relative=1e-9, absolute=1e-10)


def make_trace(change=None, amount=1e-3):
    """Return the trace of a network of two layers, `conv` and `dense`, with one number of it changed.

    Args:
        change: path of the array, such as `("grads", "conv", "kernel")`; `None` changes nothing.
        amount: that is added.
    """
    parts = {
        "outputs": {"conv": np.ones(4), "dense": np.full(2, 0.5)},
        "grads": {"conv": {"kernel": np.ones(3), "bias": np.ones(1)}, "dense": {"kernel": np.ones(3)}},
        "grad_inputs": {"conv": np.ones(5), "dense": np.ones(4)},
        "params": {"conv": {"kernel": np.ones(3), "bias": np.zeros(1)}, "dense": {"kernel": np.ones(3)}},
    }
    loss = 2.0
    if change == ("loss",):
        loss += amount
    elif change:
        *path, last = change
        arrays = parts
        for name in path:
            arrays = arrays[name]
        arrays[last][0] += amount
    return Trace(loss, **parts)


def all_differences(step, *traces):
    """Return the differences of a whole step."""
    return compare(step, *traces, TOLERANCE) + compare_updates(step, *traces, TOLERANCE)


def test_equal_traces_have_no_divergence():
    differences = all_differences(1, make_trace(), make_trace())
    assert len(differences) == 11
    assert first_divergence(differences) is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            ("outputs", "conv"),
            "step 3, layer conv: output differs by 1e-03 (tolerance 1e-09): look at its forward pass",
        ),
        (("loss",), "step 3, outputs equal, loss differs by 5e-04 (tolerance 1e-09): look at the loss"),
        (
            ("grads", "dense", "kernel"),
            "step 3, layer dense: output equal, gradient of kernel differs by 1e-03 (tolerance 1e-09): "
            "look at its backward pass, or at the gradient of the loss",
        ),
        (
            ("grad_inputs", "dense"),
            "step 3, layer dense: output equal, gradient of its inputs differs by 1e-03 (tolerance 1e-09): "
            "look at its backward pass",
        ),
        (
            ("grads", "conv", "bias"),
            "step 3, layer conv: output equal, gradient of bias differs by 1e-03 (tolerance 1e-09): "
            "look at its backward pass",
        ),
        (
            ("params", "conv", "bias"),
            "step 3, layer conv: gradients equal, bias after the update differs by 1e-03 (tolerance 1e-10): "
            "look at the optimizer",
        ),
    ],
)
def test_the_sentence_names_step_layer_quantity_and_where_to_look(change, words):
    differences = all_differences(3, make_trace(change), make_trace())
    assert sum(difference.is_too_large for difference in differences) == 1
    assert sentence(first_divergence(differences), differences) == words


def test_causes_come_before_their_effects():
    order = [(difference.layer, difference.quantity) for difference in all_differences(1, make_trace(), make_trace())]
    assert order == [
        ("conv", "output"),
        ("dense", "output"),
        ("", "loss"),
        ("dense", "gradient of kernel"),
        ("dense", "gradient of its inputs"),
        ("conv", "gradient of kernel"),
        ("conv", "gradient of bias"),
        ("conv", "gradient of its inputs"),
        ("conv", "kernel"),
        ("conv", "bias"),
        ("dense", "kernel"),
    ]


def test_what_a_model_does_not_report_is_not_compared():
    names = ("conv", "dense")
    silent = trace(names, None, [None, None], [None, None], [None, None], list(make_trace().params.values()))
    differences = all_differences(1, silent, make_trace())
    assert [difference.kind for difference in differences] == ["update"] * 3


def test_a_difference_is_relative_to_the_largest_number_and_of_a_small_parameter_absolute():
    ours, theirs = make_trace(("params", "dense", "kernel"), amount=5e-11), make_trace()
    assert first_divergence(all_differences(1, ours, theirs)) is None
    theirs.grads["dense"]["kernel"][:] = ours.grads["dense"]["kernel"][:] = 1e6
    ours.grads["dense"]["kernel"][0] += 5e-4  # half a tolerance of a million
    assert first_divergence(all_differences(1, ours, theirs)) is None


def test_large_parameters_may_differ_by_more():
    ours, theirs = make_trace(), make_trace()
    theirs.params["conv"]["kernel"][:] = ours.params["conv"]["kernel"][:] = 1e6
    ours.params["conv"]["kernel"][0] += 5e-5
    assert first_divergence(all_differences(1, ours, theirs)) is None
    ours.params["conv"]["kernel"][0] += 1e-3
    assert first_divergence(all_differences(1, ours, theirs)).layer == "conv"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ([1.0, 2.0], [1.0, 4.0], (2.0, 0.5)),
        ([0.0, 1e-3], [0.0, 0.0], (1e-3, 1e-3)),  # nothing to be relative to
        ([np.nan, 1.0], [1.0, 1.0], (np.inf, np.inf)),
        ([np.inf], [1.0], (np.inf, np.inf)),
        ([np.nan, np.inf], [np.nan, np.inf], (0.0, 0.0)),
        ([], [], (0.0, 0.0)),
        ([1.0, 2.0], [1.0], (np.inf, np.inf)),
    ],
)
def test_distances(one, other, expected):
    assert distance(np.array(one), np.array(other)) == expected
