"""A hundred training steps in both libraries, from equal weights, on real images in the same order.

In float32 rounding soon decides which of two pixels is the larger, and so where a gradient goes. So networks with ReLU
and maxima are compared in float64, and float32 in a network that has neither.
"""

import numpy as np
import pytest

import numpy_model
from harness.experiments.networks import notebook_cnn, simple_cnn, write_up_cnn
from harness.training.numpy_trainer import NumpyTrainer
from keras_model import KerasTrainer, keras
from tests.numpy_model.cases import draw, fashion_excerpt, largest_difference, tiny_data, tiny_network

pytestmark = pytest.mark.processor

OPTIMIZERS = {
    "sgd": lambda nn: nn.optimizers.SGD(learning_rate=0.005),
    "momentum": lambda nn: nn.optimizers.SGD(learning_rate=0.001, momentum=0.9),
    "nesterov": lambda nn: nn.optimizers.SGD(learning_rate=0.001, momentum=0.9, nesterov=True),
    "adam": lambda nn: nn.optimizers.Adam(learning_rate=0.001),
}


def make_twins(network, optimizer, dtype, seed=0):
    """Return a NumPy and a Keras trainer with equal weights."""
    twins = NumpyTrainer(network, optimizer, dtype), KerasTrainer(network, optimizer, dtype)
    twins[0].model.initialize(seed)
    weights = twins[0].get_weights()
    for trainer in twins:
        trainer.start(weights)
    return twins


def largest_weight_difference(twins):
    """Return the largest absolute difference of any two weights."""
    pairs = zip(*(trainer.get_weights() for trainer in twins), strict=True)
    return max(float(np.abs(ours - theirs).max()) for ours, theirs in pairs)


# One sample a step, and batches of 4 of which the last of an epoch has 2: 100 steps each.
SCHEDULES = {"single samples": (100, 1, 1), "batches with a short last one": (98, 4, 4)}


def smooth_cnn(nn):
    """`simple_cnn` without ReLU and maxima: whatever rounding does to a number, its gradient goes the same way."""
    return nn.Sequential(
        [
            nn.Input((28, 28, 1)),
            nn.layers.Conv2D(6, 5, padding="same"),
            nn.layers.Conv2D(6, 5, padding="same"),
            nn.layers.AveragePooling2D(2),
            nn.layers.Flatten(),
            nn.layers.Dense(100),
            nn.layers.Dense(10, activation="softmax"),
        ]
    )


# The largest difference of any weight, and of the mean loss of any epoch, measured under three kernels of BLAS.
BOUNDS = {
    ("sgd", "float64"): (1e-10, 1e-10),  # measured 1e-16, 9e-16
    ("momentum", "float64"): (1e-10, 1e-10),  # measured 3e-16, 1e-15
    ("nesterov", "float64"): (1e-10, 1e-10),  # measured 6e-16, 9e-16
    ("adam", "float64"): (1e-10, 1e-10),  # measured 6e-15, 7e-16
    ("sgd", "float32"): (1e-5, 1e-5),  # measured 1e-7, 2e-7
    ("nesterov", "float32"): (1e-5, 1e-5),  # measured 3e-7, 4e-7
    ("adam", "float32"): (1e-5, 1e-5),  # measured 9e-7, 2e-7
}


# Each optimizer in each type with one schedule, in turn; both with all of them are slow, as Keras traces each anew.
CASES = [
    pytest.param(*pair, schedule, marks=() if (place + other) % 2 else pytest.mark.slow)
    for place, pair in enumerate(BOUNDS)
    for other, schedule in enumerate(SCHEDULES)
]


@pytest.mark.parametrize(("name", "dtype", "schedule"), CASES)
def test_a_network_has_the_same_weights_after_a_hundred_steps(name, dtype, schedule):
    n, batch_size, n_epochs = SCHEDULES[schedule]
    x, y = fashion_excerpt(n, dtype)
    twins = make_twins({"float32": smooth_cnn, "float64": simple_cnn}[dtype], OPTIMIZERS[name], dtype)
    before = twins[0].get_weights()
    weight_bound, loss_bound = BOUNDS[name, dtype]
    for epoch in range(1, n_epochs + 1):
        ours, theirs = (trainer.train_epoch(x, y, batch_size, epoch) for trainer in twins)
        assert abs(ours[0] - theirs[0]) < loss_bound
        # An accuracy is a count. In float32 a sample between two classes may fall on either side.
        assert abs(ours[1] - theirs[1]) < (1e-6 if dtype == "float64" else 0.011)  # measured 0 and 3e-8
    assert [trainer.steps_done for trainer in twins] == [100, 100]
    assert largest_weight_difference(twins) < weight_bound
    moved = max(np.abs(old - new).max() for old, new in zip(before, twins[0].get_weights(), strict=True))
    assert moved > 1e-2, "nothing to compare"


@pytest.mark.parametrize(("n", "batch_size"), [(40, 1), (200, 7)])
@pytest.mark.parametrize("network", [write_up_cnn, notebook_cnn])
def test_the_published_networks_move_their_weights_by_the_same(network, n, batch_size):
    # Their small initial values let little of a gradient through: parameters of convolutions move by 1e-6 at first.
    x, y = fashion_excerpt(n, "float64")
    twins = make_twins(network, OPTIMIZERS["sgd"], "float64")
    before = twins[0].get_weights()
    ours, theirs = (trainer.train_epoch(x, y, batch_size) for trainer in twins)
    assert abs(ours[0] - theirs[0]) < 1e-10 and ours[1] == pytest.approx(theirs[1])  # measured 9e-16
    for first, ours, theirs in zip(before, *(trainer.get_weights() for trainer in twins), strict=True):
        moved = np.abs(ours - first).max()
        assert moved > 1e-7, "nothing to compare"  # measured 7e-7
        assert np.abs(ours - theirs).max() < 1e-10 * moved  # measured 3e-13


def test_predictions_agree_after_training():
    x, y = fashion_excerpt(60, "float64")
    twins = make_twins(simple_cnn, OPTIMIZERS["sgd"], "float64")
    for trainer in twins:
        trainer.train_epoch(x, y, 1)
    ours, theirs = (trainer.predict(x) for trainer in twins)
    assert ours.shape == theirs.shape == (60, 10)
    assert largest_difference(ours, theirs) < 1e-12  # measured 1e-16


def softmax_regression(nn):
    return nn.Sequential([nn.Input((4,)), nn.layers.Dense(3, activation="softmax")])


@pytest.mark.parametrize("scale", [1.0, 30.0, 1000.0, 1e5])
@pytest.mark.parametrize("n", [1, 20])
def test_the_gradient_of_the_loss_agrees_for_huge_logits(scale, n):
    # One step of descent with a learning rate of 1 takes the gradient off the weights.
    twins = make_twins(softmax_regression, lambda nn: nn.optimizers.SGD(learning_rate=1.0), "float64")
    weights = [draw((4, 3)), draw((3,), seed=1)]
    weights[0] *= scale
    x = draw((n, 4), seed=2)
    y = (x @ weights[0] + weights[1]).argmin(axis=1)  # all wrong: of certain and right samples the gradient is zero
    means = []
    for trainer in twins:
        trainer.start(weights)
        means.append(trainer.train_epoch(x, y, n))
    moved = np.abs(twins[1].get_weights()[0] - weights[0]).max()
    assert moved > 1e-4, "nothing to compare"
    assert largest_weight_difference(twins) < 1e-15 * scale + 1e-14  # measured 0.52
    (our_loss, our_accuracy), (their_loss, their_accuracy) = means
    assert our_loss == pytest.approx(their_loss, rel=1e-14)  # measured 2e-16
    assert our_accuracy == their_accuracy


def test_a_certain_mistake_is_trained_from_its_logits_and_not_from_clipped_probabilities():
    # The probability of the label is exp(-50). Keras, if it clipped probabilities, would report -log(1e-7) = 16.1.
    twins = make_twins(softmax_regression, lambda nn: nn.optimizers.SGD(learning_rate=1.0), "float64")
    x, y = np.array([[1.0, 0, 0, 0]]), np.array([1])
    kernel = np.zeros((4, 3))
    kernel[0, 0] = 50
    for trainer in twins:
        trainer.start([kernel, np.zeros(3)])
        loss, accuracy = trainer.train_epoch(x, y, 1)
        assert (loss, accuracy) == (pytest.approx(50, abs=1e-13), 0)  # measured 0
        expected = [[49, 1, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]]
        np.testing.assert_allclose(trainer.get_weights()[0], expected, rtol=0, atol=1e-13)  # measured 2e-22


def make_twin_models(optimizer, loss):
    """Return `tiny_network` of both libraries in float64, with equal weights, compiled by the same words."""
    for library in (numpy_model, keras):
        library.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    models = [tiny_network(library) for library in (numpy_model, keras)]
    for model in models:
        model.set_weights(models[0].get_weights())
        model.compile(optimizer, loss, metrics=["accuracy"])
    return models


def test_evaluation_and_validation_agree():
    models = make_twin_models("sgd", "sparse_categorical_crossentropy")
    x, y = tiny_data(23)
    scores = [model.evaluate(x, y, batch_size=5, verbose=0) for model in models]
    assert scores[0] == pytest.approx(scores[1], abs=1e-12)  # measured 2e-16
    arguments = {"batch_size": 4, "epochs": 2, "shuffle": False, "verbose": 0, "validation_data": (x[13:], y[13:])}
    ours, theirs = (model.fit(x[:13], y[:13], **arguments).history for model in models)
    assert set(ours) == set(theirs)
    for name, values in ours.items():
        assert values == pytest.approx(theirs[name], abs=1e-12), name  # measured 2e-16


def test_one_step_on_a_batch_returns_the_same_and_does_the_same():
    models = make_twin_models("adam", "categorical_crossentropy")
    targets = np.random.default_rng(0).dirichlet(np.ones(3), 6)
    ours, theirs = (model.train_on_batch(tiny_data(6)[0], targets) for model in models)
    assert ours == pytest.approx([float(value) for value in theirs], abs=1e-12)  # measured 0
    for our_weights, their_weights in zip(*(model.get_weights() for model in models), strict=True):
        assert largest_difference(our_weights, their_weights) < 1e-12  # measured 3e-17
