"""A tape runs what NumPy runs, whenever it is played, on the arrays as they are by then."""

from collections import Counter

import numpy as np
import pytest

from numpy_model.engine.tape import Tape
from tests.numpy_model.cases import draw

x1, x2 = draw((4, 3), seed=0), draw((4, 3), seed=1)


@pytest.mark.parametrize(
    ("operation", "inputs", "expected"),
    [
        ("matmul", (x1.T, x2), x1.T @ x2),
        ("add", (x1, x2), x1 + x2),
        ("subtract", (x1, x2), x1 - x2),
        ("multiply", (x1, x2), x1 * x2),
        ("divide", (x1, x2), x1 / x2),
        ("maximum", (x1, x2), np.maximum(x1, x2)),
        ("greater", (x1, x2), x1 > x2),
        ("exp", (x1,), np.exp(x1)),
        ("sum", (x1, 0), x1.sum(axis=0)),
        ("sum", (x1, (0, 1)), x1.sum()),
        ("max", (x1, 1), x1.max(axis=1)),
    ],
)
def test_an_operation_writes_what_numpy_returns(operation, inputs, expected):
    out, tape = np.empty_like(expected), Tape()
    getattr(tape, operation)(*inputs, out=out)
    tape.play()
    np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("source", [draw((3, 4)).T, 7])
def test_copyto_takes_arrays_and_numbers(source):
    destination, tape = np.empty((4, 3)), Tape()
    tape.copyto(destination, source)
    tape.play()
    np.testing.assert_array_equal(destination, np.broadcast_to(source, (4, 3)))


def test_nothing_is_computed_before_a_tape_is_played_and_then_in_order_on_the_arrays_as_they_are():
    values, total, seen, tape = np.array([1.0, 2.0]), np.zeros(2), [], Tape()
    tape.add(total, values, out=total)
    tape.multiply(total, total, out=total)
    tape.call(lambda: seen.append(total.tolist()))
    assert not seen
    tape.play()
    values[...] = 3
    tape.play()
    assert seen == [[1, 4], [16, 49]]


def test_the_time_of_each_section_is_added_up_and_all_is_computed():
    total, tape, seconds = np.zeros(1), Tape(), Counter()
    for section in ("first", "second"):
        tape.begin(section)
        tape.add(total, 1, out=total)
    tape.play_timed(seconds)
    once = dict(seconds)
    tape.play_timed(seconds)
    assert total == 4
    assert once.keys() == {"first", "second"}
    assert all(0 < once[section] < seconds[section] for section in once)
