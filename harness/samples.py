"""The samples of a run: the same pixels in the same order for every model.

Letters: N images, H x W pixels, C channels.
"""

import numpy as np

from harness import datasets


class Samples:
    """Pixels in [-0.5, 0.5] and labels of one data set.

    Args:
        dataset: a `Dataset`.
        limit: train on the first `limit` images of each epoch's order, and score the first `limit` test images; `None`
            for all.

    Attributes:
        x_train, y_train: (N, H, W, C) float32, and (N,) labels, in the order of the data set.
        x_test, y_test: the same of the test images that are scored.
        n_train, n_test: images trained on in an epoch, and scored.
        input_shape: (H, W, C).
        n_classes: number of classes.
    """

    def __init__(self, dataset, limit=None):
        self.x_train, self.y_train = datasets.to_pixels(dataset.x_train), dataset.y_train
        self.x_test, self.y_test = datasets.to_pixels(dataset.x_test[:limit]), dataset.y_test[:limit]
        self.n_train = len(self.x_train) if limit is None else min(limit, len(self.x_train))
        self.n_test = len(self.x_test)
        self.input_shape = self.x_train.shape[1:]
        self.n_classes = len(dataset.class_names)

    def epoch(self, seed, epoch):
        """Return images and labels in the order of one epoch, which follows from seed and epoch (from 1) alone."""
        order = np.random.default_rng([seed, epoch]).permutation(len(self.x_train))[: self.n_train]
        return self.x_train[order], self.y_train[order]


def examples_of_each_class(images, labels, n_classes, per_class=4, most_classes=20):
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
