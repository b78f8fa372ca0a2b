"""Models of a comparison, made once for many: to compile Keras's takes longer than to take their steps."""

import functools
from functools import partial

import numpy as np

import keras_model
import numpy_model
from harness.experiments.networks import NETWORKS
from harness.experiments.optimizers import optimizer_of
from harness.parity.numpy_walker import NumpyWalker
from harness.parity.pairs import PRECISIONS, params_after, traces_of
from harness.parity.reference import Reference
from harness.parity.walk import Side, walk
from numpy_model.activations import get
from tests.numpy_model.cases import fashion_excerpt

LEARNING_RATE = 0.005


def three_blocks(nn, input_shape=(28, 28, 1), n_classes=10):
    """Three blocks of a convolution and a pooling: the more decisions, the more of them rounding can turn round."""
    return nn.Sequential(
        [
            nn.Input(input_shape),
            nn.layers.Conv2D(8, 3, padding="same", activation="relu"),
            nn.layers.MaxPooling2D(2),
            nn.layers.Conv2D(8, 3, padding="same", activation="relu"),
            nn.layers.MaxPooling2D(2),
            nn.layers.Conv2D(16, 3, padding="same", activation="relu"),
            nn.layers.MaxPooling2D(2),
            nn.layers.Flatten(),
            nn.layers.Dense(n_classes, activation="softmax"),
        ]
    )


class RoughConv2D(numpy_model.layers.Conv2D):
    """A right convolution that rounds more roughly than any kernel of BLAS, and so breaks ties on every processor."""

    def build(self, input_shape):
        self._rng = np.random.default_rng(0)
        return super().build(input_shape)

    def forward(self, inputs, training=False):
        self.activation, relu = get("linear"), self.activation
        logits = super().forward(inputs, training)
        self.activation = relu
        largest = 8 * np.finfo(logits.dtype).eps * np.abs(logits).max()
        logits += self._rng.uniform(-largest, largest, logits.shape).astype(logits.dtype)
        outputs = relu.forward(logits)
        self.remember(training, *self.recall(outputs)[:-1], outputs)
        return outputs


ALL_NETWORKS = NETWORKS | {"three_blocks": three_blocks}


def optimizer_named(name):
    """Return an optimizer as a function of the library."""
    return partial(optimizer_of(name), learning_rate=LEARNING_RATE)


@functools.cache
def keras_walker(network, optimizer, precision, use):
    """Return the one Keras walker for a use: `"trained"` or `"beside"`."""
    return keras_model.KerasWalker(ALL_NETWORKS[network], optimizer_named(optimizer), precision)


@functools.cache
def numpy_walker(network, optimizer="sgd", precision="float64"):
    """Return the one NumPy walker of a network."""
    return NumpyWalker(ALL_NETWORKS[network], optimizer_named(optimizer), precision)


@functools.cache
def weights_of(network, seed):
    """Return parameters drawn from a seed in float32, as a comparison draws them."""
    return numpy_walker(network, precision="float32").initialize(seed)


def batches_of(batch_size, seed=0, n_steps=3):
    """Return the batches of a few steps, of real images."""
    x, y = fashion_excerpt(200)
    order = np.random.default_rng(seed).permutation(len(x))[: n_steps * batch_size]
    return [(x[batch], y[batch]) for batch in np.split(order, n_steps)]


def walk_with(network, batches, weights, optimizer="sgd", precisions=PRECISIONS, library=numpy_model):
    """Return the `Walk`s of a NumPy model made with a library, in these precisions."""
    sides = {}
    for precision in PRECISIONS:
        trained = keras_walker(network, optimizer, precision, "trained")
        trained.start(weights)
        ours = follow = None
        if precision in precisions:
            if library is numpy_model:
                ours = numpy_walker(network, optimizer, precision)
            else:
                ours = NumpyWalker(ALL_NETWORKS[network], optimizer_named(optimizer), precision, library)
            ours.start(weights)
            reference = Reference(
                keras_walker(network, optimizer, "float64", "beside" + precision), ours.names, precision
            )
            reference.start(weights)
            follow = reference.follow
        names = numpy_walker(network).names
        sides[precision] = Side(ours and partial(traces_of, ours), follow, partial(params_after, trained, names))
    return walk(sides, batches)


def walk_with_bug(bug, precisions=PRECISIONS, network="simple_cnn", n_steps=2):
    """Return the `Walk`s of the NumPy model with a mistake, with the settings of the mistake."""
    weights = bug.scaled(weights_of(network, 0))
    # The first update with large logits makes parameters of 1e9, and what comes after it is not finite.
    batches = batches_of(bug.batch_size, n_steps=n_steps if bug.logits_scale == 1 else 1)
    return walk_with(network, batches, weights, bug.optimizer, precisions, bug.library)
