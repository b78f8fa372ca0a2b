"""Where windows lie, what they see, and the way back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numpy_model.windows import Windows
from tests.numpy_model.cases import draw, property_settings, windows_on_images


def square_windows(size, window, stride, padding):
    """Return the windows of a square image, window and stride."""
    return Windows("test", (size, size), (window, window), (stride, stride), padding)


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
    place = square_windows(size, window, stride, padding)
    assert place.output_size == (output, output)
    assert place.before == (before, before)


def test_rows_and_columns_are_placed_apart():
    place = Windows("test", (5, 28), (2, 5), (2, 1), "same")
    assert place.output_size == (3, 28)
    assert place.before == (0, 2)


@property_settings(200)
@given(windows_on_images(largest_image=9))
def test_the_padded_image_has_room_for_every_window(arguments):
    image, window, strides, _ = arguments
    place = Windows("test", *arguments)
    for axis in range(2):
        reach = (place.output_size[axis] - 1) * strides[axis] + window[axis]
        assert place.padded_size[axis] >= max(reach, place.before[axis] + image[axis])


@property_settings(200)
@given(windows_on_images(largest_image=9))
def test_zeros_are_as_few_as_can_be_and_the_odd_one_is_at_the_end(arguments):
    image, window, strides, padding = arguments
    place = Windows("test", *arguments)
    for axis in range(2):
        reach = (place.output_size[axis] - 1) * strides[axis] + window[axis]
        zeros = place.before[axis] + place.after[axis]
        assert zeros == (0 if padding == "valid" else max(reach - image[axis], 0))
        assert place.after[axis] - place.before[axis] in (0, 1)


@property_settings(100)
@given(windows_on_images(largest_image=9), st.integers(1, 3))
def test_a_patch_is_what_its_window_sees(arguments, channels):
    _, window, strides, _ = arguments
    windows = Windows("test", *arguments)
    images = draw((2, *windows.image_size, channels))
    patches = windows.patches(images, padding_value=7)
    assert patches.shape == (2, *windows.output_size, *window, channels)
    for y, x, k, l in np.ndindex(*windows.output_size, *window):
        row, column = y * strides[0] + k - windows.before[0], x * strides[1] + l - windows.before[1]
        inside = 0 <= row < windows.image_size[0] and 0 <= column < windows.image_size[1]
        np.testing.assert_array_equal(patches[:, y, x, k, l], images[:, row, column] if inside else 7)


@property_settings(100)
@given(windows_on_images(largest_image=9), st.integers(1, 3))
def test_adding_patches_up_is_the_adjoint_of_taking_them(arguments, channels):
    windows = Windows("test", *arguments)
    images = draw((2, *windows.image_size, channels), seed=1)
    patches = windows.patches(images)
    grad_patches = draw(patches.shape, seed=2)
    left, right = (patches * grad_patches).sum(), (images * windows.add_up(grad_patches)).sum()
    assert abs(left - right) / max(1, abs(left)) < 1e-12  # measured 2e-14


def test_an_unknown_padding_is_refused():
    with pytest.raises(ValueError, match="layer test: padding is 'full'; allowed are 'valid' and 'same'"):
        square_windows(5, 3, 1, "full")
