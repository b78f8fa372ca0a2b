"""Every move of memory around the product of a convolution has its adjoint."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numpy_model.engine.kernels.layout import choose_groups
from numpy_model.engine.kernels.patches import CHUNK_BYTES, Patches
from numpy_model.engine.tape import Tape
from numpy_model.windows import Windows
from tests.numpy_model.cases import draw, property_settings, windows_on_images


def play(write, *arguments):
    """Play at once what a function writes to a tape."""
    tape = Tape()
    write(tape, *arguments)
    tape.play()


@st.composite
def patches(draw_value):
    """Return `Patches` of a random geometry and chunks of any size, in whole windows or, where allowed, in rows."""
    place = Windows("test", *draw_value(windows_on_images(largest_image=8)))
    allowed = [1, place.window_size[0]] if place.strides[0] == 1 else [1]
    n, channels, filters = (draw_value(st.integers(1, most)) for most in (5, 3, 3))
    n_groups, chunk_bytes = (draw_value(st.sampled_from(choices)) for choices in (allowed, [1, 4000, CHUNK_BYTES]))
    return Patches(place, n, channels, filters, n_groups, "float64", chunk_bytes)


def assert_adjoint(left, right):
    """Assert that two inner products of some hundred numbers are the same."""
    difference = abs(left - right) / max(1, abs(left))
    assert difference < 1e-12  # measured 7e-15


def assert_unstack_is_the_adjoint_of_stack(moves):
    """Assert it for all chunks together, twice: the second time in used arrays."""
    inputs, grad_outputs = draw(moves.inputs.shape, seed=1), draw(moves.grad_outputs.shape, seed=2)
    for _ in range(2):
        moves.inputs[...] = inputs
        moves.grad_outputs[...] = grad_outputs
        left = 0.0
        for chunk in moves.chunks:
            play(chunk.spread)
            kernel = draw((moves.depth, chunk.grad_products.shape[1]), seed=3)
            # Made as a convolution makes it: zero in the cells that nobody reads.
            grad_patches = kernel @ chunk.grad_products
            play(chunk.stack)
            left += (chunk.patches[:, : moves.depth] * grad_patches).sum()
            chunk.grad_patches[...] = grad_patches
            play(chunk.unstack)
        assert_adjoint(left, (inputs * moves.grad_inputs).sum())


@property_settings(150)
@given(patches())
def test_unstack_is_the_adjoint_of_stack(moves):
    assert_unstack_is_the_adjoint_of_stack(moves)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("n_groups", [1, 3])
def test_the_ones_below_a_patch_stay_out_of_the_next_image(n_groups, padding):
    # With 15 or 27 rows of numbers a patch is full with its ones, and the next begins where they end.
    place = Windows("test", (6, 7), (3, 3), (1, 1), padding)
    moves = Patches(place, n=2, channels=5 if n_groups > 1 else 3, filters=2, n_groups=n_groups, dtype="float64")
    assert_unstack_is_the_adjoint_of_stack(moves)


@property_settings(150)
@given(patches())
def test_spread_is_the_adjoint_of_combine(moves):
    grad_outputs = draw(moves.grad_outputs.shape, seed=2)
    for _ in range(2):
        moves.grad_outputs[...] = grad_outputs
        for chunk in moves.chunks:
            products = draw(chunk.products.shape, seed=1)
            chunk.products[...] = products
            play(chunk.combine)
            left = (moves.outputs[chunk.images] * grad_outputs[chunk.images]).sum()
            play(chunk.spread)
            assert_adjoint(left, (products * chunk.grad_products).sum())


@property_settings(150)
@given(windows_on_images(largest_image=8), st.integers(1, 3), st.integers(1, 3))
def test_whole_windows_and_rows_give_the_same_convolution(arguments, channels, filters):
    image, window, _, padding = arguments
    place = Windows("test", image, window, (1, 2), padding)
    kernel, inputs = draw((*window, channels, filters), seed=1), draw((3, channels, *image), seed=2)
    outputs = [convolve(place, kernel, inputs, n_groups) for n_groups in {1, window[0]}]
    np.testing.assert_allclose(outputs[0], outputs[-1], rtol=0, atol=1e-12)  # measured 4e-15


def convolve(place, kernel, inputs, n_groups):
    """Return the convolution by way of `Patches` in groups of kernel rows, (N, F, *output_size)."""
    rows, columns, channels, filters = kernel.shape
    moves = Patches(place, len(inputs), channels, filters, n_groups, "float64")
    grouped = kernel.reshape(n_groups, rows // n_groups, columns, channels, filters)
    by_patch = grouped.transpose(1, 2, 3, 0, 4).reshape(-1, n_groups * filters)
    moves.inputs[...] = inputs
    for chunk in moves.chunks:
        play(chunk.stack)
        chunk.products[...] = by_patch.T @ chunk.patches[:, : moves.depth]
        play(chunk.combine)
    return moves.outputs.copy()


@property_settings(50)
@given(patches())
def test_below_its_numbers_a_patch_has_ones_then_zeros_and_stays_so(moves):
    for chunk in moves.chunks:
        moves.inputs[...] = 3
        moves.grad_outputs[...] = 2
        for write in (chunk.stack, chunk.combine, chunk.spread, chunk.unstack):
            play(write)
        ones, *zeros = np.moveaxis(chunk.patches[:, moves.depth :], 1, 0)
        rows = ones.reshape(len(ones), -1, moves.cells.shape[3])
        assert (rows[:, :, : moves.outputs.shape[3]] == 1).all()
        assert not rows[:, :, moves.outputs.shape[3] :].any()
        assert not np.any(zeros)
        assert not chunk.filled_grad_products[:, chunk.grad_products.shape[1] :].any()


def test_patches_of_rows_are_chosen_where_they_take_less_time():
    same, strided = (Windows("test", (28, 28), (5, 5), (stride, stride), "same") for stride in (1, 2))
    assert choose_groups(same, channels=1, filters=6) == 1
    assert choose_groups(same, channels=6, filters=6) == 5
    assert choose_groups(strided, channels=6, filters=6) == 1
    small = Windows("test", (28, 28), (3, 3), (1, 1), "same")
    assert choose_groups(small, channels=32, filters=32) == 3
    assert choose_groups(small, channels=32, filters=64) == 1
    few_outputs = Windows("test", (7, 7), (5, 5), (1, 1), "valid")
    assert choose_groups(few_outputs, channels=64, filters=64) == 1
