"""Samples: the same pixels in the same order for every model."""

import errno
import mmap

import numpy as np
import pytest

from harness.base.errors import DataError
from harness.datasets import Dataset, to_pixels
from harness.training.samples import Samples, examples_of_each_class


def test_pixels_lie_between_minus_a_half_and_a_half(excerpt):
    samples = Samples(excerpt)
    for pixels in (samples.epoch(0, 1)[0], samples.test_pixels()):
        assert pixels.dtype == np.float32
        assert (pixels.min(), pixels.max()) == (-0.5, 0.5)


def test_raw_pixels_lie_between_0_and_255(excerpt):
    samples, scaled = Samples(excerpt, raw_pixels=True), Samples(excerpt)
    np.testing.assert_allclose(samples.epoch(0, 1)[0] / 255 - 0.5, scaled.epoch(0, 1)[0], atol=1e-7)
    assert (samples.test_pixels().min(), samples.test_pixels().max()) == (0, 255)
    assert samples.test_pixels().dtype == np.float32


def test_the_order_follows_from_seed_and_epoch_alone(excerpt):
    x, y = Samples(excerpt).epoch(seed=3, epoch=2)
    again_x, again_y = Samples(excerpt).epoch(seed=3, epoch=2)
    np.testing.assert_array_equal(x, again_x)
    np.testing.assert_array_equal(y, again_y)


def test_every_epoch_and_every_seed_has_an_order_of_its_own(excerpt):
    samples = Samples(excerpt)
    orders = [samples.epoch(seed, epoch)[1].tolist() for seed in (0, 1) for epoch in (1, 2)]
    assert len({tuple(order) for order in orders}) == 4
    assert all(sorted(order) == sorted(excerpt.y_train.tolist()) for order in orders)


def test_a_limit_takes_the_first_images_of_the_order_and_the_first_test_images(excerpt):
    whole, limited = Samples(excerpt), Samples(excerpt, limit=30)
    np.testing.assert_array_equal(limited.epoch(0, 1)[0], whole.epoch(0, 1)[0][:30])
    np.testing.assert_array_equal(limited.test_pixels(), whole.test_pixels()[:30])
    assert (limited.n_train, limited.n_test) == (30, 30)


def test_the_first_few_of_an_epoch_are_its_beginning(excerpt):
    samples = Samples(excerpt)
    np.testing.assert_array_equal(samples.epoch(0, 1, 7)[0], samples.epoch(0, 1)[0][:7])


def test_a_limit_beyond_the_data_takes_all(excerpt):
    samples = Samples(excerpt, limit=10**6)
    assert (samples.n_train, samples.n_test) == (200, 100)


def test_images_and_labels_stay_together(excerpt):
    x, y = Samples(excerpt).epoch(0, 1)
    for image, label in zip(x[:20], y[:20], strict=True):
        (index,) = np.flatnonzero((to_pixels(excerpt.x_train) == image).all(axis=(1, 2, 3)))
        assert excerpt.y_train[index] == label


def test_examples_show_each_class_in_turn(excerpt):
    images, labels = examples_of_each_class(excerpt.x_train, excerpt.y_train, n_classes=10, per_class=2)
    np.testing.assert_array_equal(labels, np.repeat(np.arange(10), 2))
    assert images.shape == (20, 28, 28, 1)


def test_pixels_for_which_there_is_no_memory_are_refused_with_what_is_needed(monkeypatch):
    monkeypatch.setattr("numpy_model.config.available_memory", lambda: 10**8)
    images = np.broadcast_to(np.uint8(0), (3000, 100, 100, 1))
    labels = np.zeros(3000, int)
    dataset = Dataset("large", images, labels, images[:3], labels[:3], ("0",), "nowhere", {})
    with pytest.raises(DataError, match=r"3,000 and score 3 images .* needs 0.12 GB of memory, and 0.10 GB are"):
        Samples(dataset)
    assert Samples(dataset, limit=10).n_train == 10


def test_pixels_that_the_system_has_no_memory_for_are_an_error_that_says_so(excerpt, monkeypatch):
    def no_memory(*arguments, **options):
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    monkeypatch.setattr(mmap, "mmap", no_memory)
    with pytest.raises(MemoryError, match="pixels of 3 images"):
        Samples(excerpt, limit=3).test_pixels()
