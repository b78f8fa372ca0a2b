"""Many steps of two models, judged in both precisions."""

import numpy as np
import pytest

from harness.parity.report import first_rows, first_step_table, step_rows, steps_table, verdict
from harness.parity.trace import Trace
from harness.parity.walk import walk


def model(gap=lambda step: 0.0, noise=0.0):
    """Return a function (x, y) that takes a step of a model with one parameter, which grows by one each step.

    Args:
        gap: of the step, what the parameter is off by.
        noise: what it is off by in float32 alone.
    """
    steps = {"float64": 0, "float32": 0}

    def step(x, y):
        precision = str(x.dtype)
        steps[precision] += 1
        param = np.array([steps[precision] + gap(steps[precision]) + noise * (precision == "float32")], x.dtype)
        one = np.ones(1, x.dtype)
        return Trace(1.0, {"dense": one}, {"dense": {"kernel": one}}, {"dense": one}, {"dense": {"kernel": param}})

    return step


def take(ours, theirs, n_steps=5, precisions=("float64", "float32")):
    pairs = {precision: (ours if precision in precisions else None, theirs) for precision in ("float64", "float32")}
    return walk(pairs, [(np.zeros((1, 2), np.float32), np.zeros(1, int))] * n_steps)


def test_equal_models_are_the_same():
    walks = take(model(), model())
    same, words = verdict(walks)
    assert same and words == "same: after 5 steps no parameter differs by more than 0e+00 in float64, 0e+00 in float32"
    assert [row.step for row in walks["float32"].rows] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("first", [1, 4])
def test_the_first_step_that_differs_is_named(first):
    walks = take(model(lambda step: 1e-6 * (step >= first)), model())
    same, words = verdict(walks)
    assert not same
    assert words.startswith(
        f"different, in float64: step {first}, layer dense: gradients equal, kernel after the update"
    )


def test_rounding_in_float32_is_no_difference_but_at_the_first_step():
    exact = model()

    def drifting(x, y):
        trace = exact(x, y)
        kernel = trace.params["dense"]["kernel"]
        if x.dtype == np.float32 and kernel[0] > 1:
            kernel += np.float32(0.01)
        return trace

    assert verdict(take(drifting, model()))[0]
    same, words = verdict(take(model(noise=0.01), model()))
    assert not same and words.startswith("different, in float32: step 1, layer dense")


def test_a_model_that_computes_in_float32_alone_is_held_to_the_rounding_of_the_reference():
    walks = take(model(lambda step: 0.01 * (step > 2)), model(), precisions=("float32",))
    assert list(walks) == ["float32"]
    same, words = verdict(walks)
    assert not same and "step 3, layer dense" in words


def test_tables_and_rows_hold_every_quantity_and_step():
    walks = take(model(lambda step: 1e-6), model())
    table = first_step_table(walks)
    assert table.count("\n") == 2 + 4
    assert "kernel after the update" in table and "!" in table
    assert "1.0e-06" in steps_table(walks)
    assert len(step_rows(walks)) == 10 and len(first_rows(walks)) == 10
    assert step_rows(walks)[0]["precision"] == "float64"
