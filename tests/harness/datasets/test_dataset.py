import numpy as np
import pytest

from harness.base.errors import DataError
from harness.datasets import to_pixels, to_raw_pixels


def test_bytes_become_pixels_from_minus_a_half_to_a_half():
    pixels = to_pixels(np.array([[0, 51, 255]], np.uint8))
    assert pixels.dtype == np.float32
    np.testing.assert_array_equal(pixels, np.array([[0, 51, 255]], np.float32) / np.float32(255) - np.float32(0.5))
    assert (pixels.min(), pixels.max()) == (-0.5, 0.5)


def test_fractions_become_pixels_from_minus_a_half_to_a_half():
    np.testing.assert_array_equal(to_pixels(np.array([0.0, 0.25, 1.0], np.float32)), [-0.5, -0.25, 0.5])


def test_pixels_have_the_type_asked_for():
    pixels = to_pixels(np.array([51], np.uint8), dtype="float64")
    assert pixels.dtype == np.float64
    assert pixels[0] == 51 / 255 - 0.5


def test_the_images_given_stay_as_they_are():
    images = np.array([0.0, 1.0], np.float32)
    to_pixels(images)
    assert images.tolist() == [0.0, 1.0]


@pytest.mark.parametrize("dtype", ["int64", "int8", "bool"])
def test_another_type_is_refused(dtype):
    with pytest.raises(DataError, match=f"type {dtype}; allowed are uint8"):
        to_pixels(np.zeros(3, dtype))


@pytest.mark.parametrize("images", [np.array([0, 51, 255], np.uint8), np.array([0, 0.2, 1], np.float32)])
def test_raw_pixels_lie_between_0_and_255_whatever_the_images_are(images):
    pixels = to_raw_pixels(images)
    np.testing.assert_allclose(pixels, [0, 51, 255])
    assert pixels.dtype == np.float32


def test_images_that_are_held_back_take_the_place_of_the_test_images(excerpt):
    held = excerpt.hold_back(50)
    np.testing.assert_array_equal(held.x_test, excerpt.x_train[-50:])
    np.testing.assert_array_equal(held.y_train, excerpt.y_train[:-50])
    assert held.name == "fashion_excerpt-held-back"


@pytest.mark.parametrize("n", [0, -1, 200])
def test_all_images_and_none_cannot_be_held_back(excerpt, n):
    with pytest.raises(DataError, match=f"{n} images cannot be held back of 200; allowed is 1 to all but one"):
        excerpt.hold_back(n)
