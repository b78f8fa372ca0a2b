"""The published loops compute what the plain loops compute."""

from functools import partial

import numpy as np
import pytest

from harness.bench import published_loops
from harness.experiments.networks import simple_cnn
from harness.experiments.optimizers import sgd
from harness.training.numpy_trainer import NumpyTrainer
from numpy_model import naive


def trained(library, x, y, batch_size):
    """Return the weights of a small `simple_cnn` after one epoch in float64, and its probabilities."""
    network = partial(simple_cnn, input_shape=x.shape[1:], filters=3)
    trainer = NumpyTrainer(network, partial(sgd, learning_rate=0.1), dtype="float64", library=library)
    trainer.initial_weights(seed=1)
    trainer.train_epoch(x, y, batch_size)
    return [*trainer.get_weights(), trainer.predict(x)]


@pytest.mark.parametrize("batch_size", [1, 2])
@pytest.mark.parametrize("size", [(6, 8, 1), (5, 7, 2)])
def test_published_loops_train_to_the_weights_of_the_plain_loops(batch_size, size):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(3, *size)), rng.integers(0, 10, 3)  # with batch size 2 the last batch is short
    for one, other in zip(trained(published_loops, x, y, batch_size), trained(naive, x, y, batch_size), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-12)  # measured 8e-17


def test_a_maximum_that_occurs_twice_passes_its_gradient_to_the_first_pixel():
    layer = published_loops.layers.MaxPooling2D(2)
    layer.build((2, 2, 1))
    layer.forward(np.full((1, 2, 2, 1), 0.5, np.float32), training=True)
    assert layer.backward(np.ones((1, 1, 1, 1), np.float32)).ravel().tolist() == [1, 0, 0, 0]


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (published_loops.layers.Conv2D(2, 3), "padding='valid'"),
        (published_loops.layers.Conv2D(2, 3, strides=2, padding="same"), r"strides=\(2, 2\)"),
        (published_loops.layers.Conv2D(2, 2, padding="same"), r"kernel_size=\(2, 2\)"),
        (published_loops.layers.MaxPooling2D(2, strides=1), r"strides=\(1, 1\)"),
        (published_loops.layers.MaxPooling2D(2, padding="same"), "padding='same'"),
    ],
)
def test_what_the_write_ups_have_no_code_for_is_refused(layer, words):
    with pytest.raises(ValueError, match=words):
        layer.build((6, 6, 1))
