"""The samples of a run: the same pixels in the same order for every model.

Letters: N images, H x W pixels, C channels.
"""

from __future__ import annotations

import math
import mmap
from typing import TYPE_CHECKING

import numpy as np

from harness import datasets
from harness.base.checks import check_data_memory

if TYPE_CHECKING:
    from harness.datasets.dataset import Dataset

# Images that are put in order and made pixels at a time, so that this takes no memory beside the pixels.
CHUNK_SIZE = 1024


# Memory that a fork has for itself once it writes to it. On Windows, where there is no fork, it always is.
PRIVATE = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_PRIVATE") else {}


class Samples:
    """Pixels and labels of one data set.

    Args:
        dataset: a `Dataset`.
        limit: train on the first `limit` images of each epoch's order, and score the first `limit` test images; `None`
            for all.
        raw_pixels: whether pixels are left from 0 to 255. By default they lie in [-0.5, 0.5].

    Attributes:
        y_test: (N,) labels of the test images that are scored.
        n_train, n_test: images trained on in an epoch, and scored.
        input_shape: (H, W, C).
        n_classes: number of classes.
        dataset_name: as it stands in records.
    """

    def __init__(self, dataset: Dataset, limit: int | None = None, raw_pixels: bool = False) -> None:
        # As floats images are four times as large, so these are made when they are needed, and not kept.
        self._images, self._labels = dataset.x_train, dataset.y_train
        self._test_images, self.y_test = dataset.x_test[:limit], dataset.y_test[:limit]
        self.n_train = len(self._images) if limit is None else min(limit, len(self._images))
        self.n_test = len(self.y_test)
        self.input_shape = dataset.image_shape
        self.n_classes = dataset.n_classes
        self.dataset_name = dataset.name
        self._to_pixels = datasets.to_raw_pixels if raw_pixels else datasets.to_pixels
        n_bytes = (self.n_train + self.n_test) * math.prod(self.input_shape) * np.dtype(np.float32).itemsize
        what = f"to train on {self.n_train:,} and score {self.n_test:,} images of shape {self.input_shape}"
        check_data_memory(n_bytes, what, "take fewer images, as with --limit, or smaller ones")

    def epoch(self, seed: int, epoch: int, n: int | None = None) -> tuple[np.ndarray, ...]:
        """Return the pixels (N, H, W, C), float32, and labels (N,) of one epoch.

        Their order follows from seed and epoch (from 1) alone; that of epoch 0 is the data set's. `n` is how many of
        them; default `n_train`.
        """
        n_images = len(self._images)
        order = np.random.default_rng([seed, epoch]).permutation(n_images) if epoch else np.arange(n_images)
        order = order[: n or self.n_train]
        return self._pixels(self._images, order), self._labels[order]

    def test_pixels(self) -> np.ndarray:
        """Return the pixels (N, H, W, C), float32, of the test images that are scored."""
        return self._pixels(self._test_images, np.arange(self.n_test))

    def _pixels(self, images: np.ndarray, order: np.ndarray) -> np.ndarray:
        """Return the pixels of images in an order, in memory that goes back to the system once they are dropped.

        malloc keeps a freed block of up to 32 MB for itself. So the memory of the test images was still taken when
        those of the next epoch were made.
        """
        shape = (len(order), *self.input_shape)
        size = math.prod(shape)
        try:
            memory = mmap.mmap(-1, size * np.dtype(np.float32).itemsize, **PRIVATE)
        except OSError as error:
            raise MemoryError(f"no memory for the pixels of {len(order):,} images") from error
        pixels = np.frombuffer(memory, np.float32, size).reshape(shape)
        for start in range(0, len(order), CHUNK_SIZE):
            chunk = slice(start, start + CHUNK_SIZE)
            pixels[chunk] = self._to_pixels(images[order[chunk]])
        return pixels


def examples_of_each_class(
    images: np.ndarray, labels: np.ndarray, n_classes: int, per_class: int = 4, most_classes: int = 20
) -> tuple[np.ndarray, ...]:
    """Return the first images of every class and their labels, for a picture of the data.

    Args:
        images: (N, H, W, C).
        labels: (N,).
        n_classes: number of classes.
        per_class: images of each. Default 4.
        most_classes: classes shown. Default 20.
    """
    chosen = [np.flatnonzero(labels == label)[:per_class] for label in range(min(n_classes, most_classes))]
    indices = np.concatenate(chosen)
    return images[indices], labels[indices]
