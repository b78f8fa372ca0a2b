"""Operations write what NumPy's return, and a tape repeats them on the arrays as they are by then."""

import threading

import numpy as np
import pytest

from numpy_model import ops
from tests.numpy_model.cases import draw

x1, x2 = draw((4, 3), seed=0), draw((4, 3), seed=1)


@pytest.mark.parametrize(
    ("operation", "inputs", "expected"),
    [
        (ops.matmul, (x1.T, x2), x1.T @ x2),
        (ops.add, (x1, x2), x1 + x2),
        (ops.subtract, (x1, x2), x1 - x2),
        (ops.multiply, (x1, x2), x1 * x2),
        (ops.divide, (x1, x2), x1 / x2),
        (ops.maximum, (x1, x2), np.maximum(x1, x2)),
        (ops.greater, (x1, x2), x1 > x2),
        (ops.exp, (x1,), np.exp(x1)),
        (ops.sum, (x1, 0), x1.sum(axis=0)),
        (ops.sum, (x1, (0, 1)), x1.sum()),
        (ops.max, (x1, 1), x1.max(axis=1)),
    ],
)
def test_an_operation_writes_what_numpy_returns(operation, inputs, expected):
    out = np.empty_like(expected)
    operation(*inputs, out=out)
    np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("operation", [ops.sum, ops.max])
def test_a_reduction_can_keep_its_axis(operation):
    kept, dropped = np.empty((4, 1)), np.empty(4)
    operation(x1, axis=-1, out=kept, keepdims=True)
    operation(x1, axis=-1, out=dropped)
    np.testing.assert_array_equal(kept[:, 0], dropped)


@pytest.mark.parametrize("source", [draw((3, 4)).T, 7])
def test_copyto_takes_arrays_and_numbers(source):
    destination = np.empty((4, 3))
    ops.copyto(destination, source)
    np.testing.assert_array_equal(destination, np.broadcast_to(source, (4, 3)))


def test_a_tape_repeats_operations_in_their_order_on_the_arrays_as_they_are():
    values, total = np.array([1.0, 2.0]), np.zeros(2)
    with ops.recorded() as tape:
        ops.add(total, values, out=total)
        ops.multiply(total, total, out=total)
    np.testing.assert_array_equal(total, [1, 4])
    values[...] = 3
    tape.play()
    np.testing.assert_array_equal(total, [16, 49])


def test_operations_after_the_recording_are_not_on_the_tape():
    total = np.zeros(1)
    with ops.recorded() as tape:
        ops.add(total, 1, out=total)
    ops.add(total, 10, out=total)
    tape.play()
    assert total == 12


def test_a_recording_that_fails_ends():
    total = np.zeros(1)
    with pytest.raises(ValueError, match="shape"), ops.recorded() as tape:
        ops.add(total, np.zeros(2), out=total)
    ops.add(total, 1, out=total)
    tape.play()
    assert total == 1


def test_another_thread_is_not_recorded():
    total = np.zeros(1)
    with ops.recorded() as tape:
        other = threading.Thread(target=ops.add, args=(total, 1), kwargs={"out": total})
        other.start()
        other.join()
    tape.play()
    assert total == 1


def test_a_function_on_the_tape_is_called_with_the_operations():
    total, seen = np.zeros(1), []
    with ops.recorded() as tape:
        ops.add(total, 1, out=total)
        ops.run(lambda: seen.append(total[0]))
    tape.play()
    assert seen == [1, 2]
