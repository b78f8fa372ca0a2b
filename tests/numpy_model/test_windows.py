"""Where windows lie, and that every move of memory has its adjoint."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numpy_model.geometry import Geometry
from numpy_model.windows import Patches, choose_groups
from tests.numpy_model.cases import draw, property_settings, windows_on_images


def geometry(size, window, stride, padding):
    """Return the geometry of a square image, window and stride."""
    return Geometry("test", (size, size), (window, window), (stride, stride), padding)


# TensorFlow's rules: valid gives ceil((size - window + 1) / stride); same gives ceil(size / stride), and adds
# (output - 1) * stride + window - size zeros, half of them, rounded down, before the image.
@pytest.mark.parametrize(
    ("size", "window", "stride", "padding", "output", "before"),
    [
        (28, 5, 1, "valid", 24, 0),
        (28, 5, 1, "same", 28, 2),
        (28, 3, 2, "same", 14, 0),  # 1 zero, at the end
        (27, 3, 2, "same", 14, 1),  # 2 zeros
        (28, 4, 1, "same", 28, 1),  # 3 zeros, 1 before and 2 behind
        (28, 5, 2, "same", 14, 1),  # 3 zeros
        (5, 4, 3, "same", 2, 1),  # 2 zeros
        (6, 5, 3, "same", 2, 1),  # 2 zeros
        (7, 6, 2, "same", 4, 2),  # 5 zeros, 2 before and 3 behind
        (5, 2, 3, "same", 2, 0),  # no zeros
        (4, 1, 3, "same", 2, 0),  # gaps between windows, no zeros
        (2, 5, 1, "same", 2, 2),  # a window larger than the image
        (1, 4, 2, "same", 1, 1),  # 3 zeros
        (7, 3, 2, "valid", 3, 0),
        (8, 3, 2, "valid", 3, 0),  # the last column is seen by no window
        (9, 2, 4, "valid", 2, 0),
        (5, 5, 3, "valid", 1, 0),
    ],
)
def test_windows_lie_where_tensorflow_puts_them(size, window, stride, padding, output, before):
    place = geometry(size, window, stride, padding)
    assert place.output_size == (output, output)
    assert place.before == (before, before)


def test_rows_and_columns_are_placed_apart():
    place = Geometry("test", (5, 28), (2, 5), (2, 1), "same")
    assert place.output_size == (3, 28)
    assert place.before == (0, 2)


@property_settings(200)
@given(windows_on_images(largest_image=9))
def test_the_padded_image_has_room_for_every_window(arguments):
    image, window, strides, _ = arguments
    place = Geometry("test", *arguments)
    for axis in range(2):
        reach = (place.output_size[axis] - 1) * strides[axis] + window[axis]
        assert place.padded_size[axis] >= max(reach, place.before[axis] + image[axis])


@property_settings(200)
@given(windows_on_images(largest_image=9))
def test_zeros_are_as_few_as_can_be_and_the_odd_one_is_at_the_end(arguments):
    image, window, strides, padding = arguments
    place = Geometry("test", *arguments)
    for axis in range(2):
        reach = (place.output_size[axis] - 1) * strides[axis] + window[axis]
        zeros = place.before[axis] + place.after[axis]
        assert zeros == (0 if padding == "valid" else max(reach - image[axis], 0))
        assert place.after[axis] - place.before[axis] in (0, 1)


@property_settings(100)
@given(windows_on_images(largest_image=9))
def test_taps_hold_what_the_windows_see(arguments):
    _, window, strides, _ = arguments
    place = Geometry("test", *arguments)
    planes = draw((2, *place.padded_size))
    taps = place.taps(planes)
    assert taps.shape == (*window[::-1], 2, *place.output_size)
    for k, l, y, x in np.ndindex(*window, *place.output_size):
        np.testing.assert_array_equal(taps[l, k, :, y, x], planes[:, y * strides[0] + k, x * strides[1] + l])


@pytest.mark.parametrize(("window", "stride", "overlaps"), [(3, 2, True), (2, 2, False), (2, 3, False)])
def test_windows_overlap_where_they_are_larger_than_the_stride(window, stride, overlaps):
    assert geometry(9, window, stride, "valid").overlaps == overlaps


def test_an_unknown_padding_is_refused():
    with pytest.raises(ValueError, match="layer test: padding is 'full'; allowed are 'valid' and 'same'"):
        geometry(5, 3, 1, "full")


@st.composite
def patches(draw_value):
    """Return `Patches` of a random geometry, in whole windows or, where that is allowed, in rows."""
    place = Geometry("test", *draw_value(windows_on_images(largest_image=8)))
    allowed = [1, place.window_size[0]] if place.strides[0] == 1 else [1]
    n, channels, filters = (draw_value(st.integers(1, most)) for most in (5, 3, 3))
    return Patches(place, n, channels, filters, draw_value(st.sampled_from(allowed)), "float64")


def assert_adjoint(left, right):
    """Assert that two inner products of some hundred numbers are the same."""
    difference = abs(left - right) / max(1, abs(left))
    assert difference < 1e-12  # measured 7e-15


@property_settings(150)
@given(patches())
def test_unstack_is_the_adjoint_of_stack(moves):
    inputs, grad_outputs = draw(moves.inputs.shape, seed=1), draw(moves.grad_outputs.shape, seed=2)
    for _ in range(2):  # the second time in used arrays
        moves.inputs[...] = inputs
        moves.grad_outputs[...] = grad_outputs
        left = 0.0
        for chunk in moves.chunks:
            grad_products = chunk.spread()
            kernel = draw((chunk.patches.shape[1], grad_products.shape[1]), seed=3)
            # Made as a convolution makes it: zero in the cells that nobody reads.
            grad_patches = kernel @ grad_products
            left += (chunk.stack() * grad_patches).sum()
            chunk.grad_patches[...] = grad_patches
            chunk.unstack()
        assert_adjoint(left, (inputs * moves.grad_inputs).sum())


@property_settings(150)
@given(patches())
def test_spread_is_the_adjoint_of_combine(moves):
    grad_outputs = draw(moves.grad_outputs.shape, seed=2)
    for _ in range(2):
        moves.grad_outputs[...] = grad_outputs
        for chunk in moves.chunks:
            products = draw(chunk.products.shape, seed=1)
            chunk.products[...] = products
            chunk.combine()
            left = (moves.outputs[chunk.images] * grad_outputs[chunk.images]).sum()
            assert_adjoint(left, (products * chunk.spread()).sum())


@property_settings(150)
@given(windows_on_images(largest_image=8), st.integers(1, 3), st.integers(1, 3))
def test_whole_windows_and_rows_give_the_same_convolution(arguments, channels, filters):
    image, window, _, padding = arguments
    place = Geometry("test", image, window, (1, 2), padding)
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
        chunk.products[...] = by_patch.T @ chunk.stack()
        chunk.combine()
    return moves.outputs.copy()


def test_patches_of_rows_are_chosen_where_they_move_less():
    assert choose_groups(geometry(28, 5, 1, "same"), channels=1, filters=6) == 1
    assert choose_groups(geometry(28, 5, 1, "same"), channels=6, filters=6) == 5
    assert choose_groups(geometry(28, 5, 2, "same"), channels=6, filters=6) == 1
