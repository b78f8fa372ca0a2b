"""Many steps of two models, judged in both precisions."""

import numpy as np
import pytest

from harness.parity.compare import TOLERANCES, compare, compare_updates
from harness.parity.report import first_rows, first_step_table, step_rows, steps_table, verdict
from harness.parity.trace import Trace
from harness.parity.walk import Side, walk

ONE = np.ones(1)


def trace_of(param=1.0, output=1.0, grad=1.0):
    """Return the trace of a model with one parameter."""
    outputs, grads = {"dense": ONE * output}, {"dense": {"kernel": ONE * grad}}
    return Trace(1.0, outputs, grads, {"dense": ONE}, {"dense": {"kernel": ONE * param}})


def side(changes, precision, note=None, drift=0.0):
    """Return the `Side` of a model that differs from Keras in these steps.

    Args:
        changes: arguments of `trace_of` by step.
        note: what Keras's side says of every step.
        drift: of the model that Keras trains alone.
    """

    def steps(batches):
        for step, _ in enumerate(batches, start=1):
            yield trace_of(**changes.get(step, {}))

    def follow(step, ours, x, y):
        arguments = step, ours, trace_of(), TOLERANCES[precision]
        return trace_of(), compare(*arguments) + compare_updates(*arguments), note, None

    return Side(steps, follow, lambda x, y: trace_of(1.0 + drift).params)


def take(changes, n_steps=5, precisions=("float64", "float32"), **options):
    """Walk with a model that differs from Keras in these steps."""
    sides = {precision: side(changes, precision, **options) for precision in ("float64", "float32")}
    if "float64" not in precisions:
        sides["float64"] = Side(None, None, sides["float64"].train)
    return walk(sides, [(np.zeros((1, 2), np.float32), np.zeros(1, int))] * n_steps)


def test_equal_models_are_the_same():
    walks = take({})
    assert verdict(walks) == (
        True,
        "same: after 5 steps no parameter differs by more than 0e+00 in float64, 0e+00 in float32",
    )
    assert [row.step for row in walks["float32"].rows] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("first", [1, 4])
def test_the_first_step_that_differs_is_named(first):
    same, words = verdict(take({step: {"param": 1 + 1e-6} for step in range(first, 6)}))
    assert not same
    assert words == (
        f"different, in float64: step {first}, layer dense: gradients equal, kernel after the update differs by 1e-06 "
        "(tolerance 1e-10): look at the optimizer"
    )


def test_how_far_models_drift_apart_is_shown_and_decides_nothing():
    walks = take({}, drift=0.5)
    assert verdict(walks)[0]
    assert walks["float32"].rows[-1].params == 0.5


def test_a_model_that_computes_in_float32_alone_is_judged_in_every_step():
    walks = take({3: {"grad": 1.01}}, precisions=("float32",))
    assert list(walks) == ["float32"]
    same, words = verdict(walks)
    assert not same and "in float32: step 3, layer dense: output equal, gradient of kernel differs by 1e-02" in words


@pytest.mark.parametrize(
    "changes", [{1: {"output": 1 + 1e-8}, 2: {"grad": 3.0}}, {1: {"output": 1 + 1e-8, "grad": 3.0}}]
)
def test_a_small_difference_never_hides_a_large_one(changes):
    same, words = verdict(take(changes))
    assert not same
    large, small = words.split(". Before it, a small difference: ")
    assert "gradient of kernel differs by 2e+00" in large and "output differs by 1e-08" in small


def test_what_may_be_an_effect_is_not_named():
    words = verdict(take({1: {"output": 1 + 1e-8, "grad": 1 + 5e-6}}))[1]
    assert "output differs by 1e-08" in words and "gradient" not in words


def test_a_loss_that_is_no_mistake_is_named_behind_the_verdict():
    same, words = verdict(take({}, note="the loss is -log(p + 1e-08)"))
    assert same and words.endswith("; the loss is -log(p + 1e-08)")


def test_tables_and_rows_hold_every_quantity_and_step():
    walks = take({1: {"param": 1 + 1e-6}}, drift=1e-6)
    table = first_step_table(walks)
    assert table.count("\n") == 2 + 4
    assert "kernel after the update" in table and "!" in table
    assert "1.0e-06" in steps_table(walks)
    assert len(step_rows(walks)) == 10 and len(first_rows(walks)) == 10
    assert step_rows(walks)[0]["precision"] == "float64"
