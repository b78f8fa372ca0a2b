"""The networks of the other libraries are NumPy's: the same parameters, the same steps, the same probabilities."""

import importlib
from functools import partial

import numpy as np
import pytest

from harness.bench.peers.networks import lenet, vgg
from harness.experiments.building import compiled_numpy_model
from harness.experiments.networks import simple_cnn, strided_cnn
from harness.experiments.optimizers import sgd

NETWORKS = {"simple_cnn": simple_cnn, "lenet": lenet, "vgg": vgg}
LEARNING_RATE = 0.05  # so large that each step changes the next loss by hundredths
WAYS = [
    ("torch", "eager"),
    ("torch", "channels_last"),
    pytest.param("torch", "torch.compile", marks=pytest.mark.slow),
    ("jax", "jit of a step"),
    ("jax", "lax.scan of an epoch"),
]


@pytest.fixture
def images():
    rng = np.random.default_rng(0)
    return rng.random((12, 28, 28, 1), dtype=np.float32) - np.float32(0.5), rng.integers(0, 10, 12)


def turns_of(library):
    """Return the module that trains with a library, or skip the test."""
    pytest.importorskip(library, reason=f"needs {library}, of the extra peers")
    return importlib.import_module(f"harness.bench.peers.{library}_turns")


def numpy_model_of(network):
    return compiled_numpy_model(network, partial(sgd, learning_rate=LEARNING_RATE))


@pytest.mark.parametrize(("network", "count"), [(lenet, 61_706), (vgg, 201_578)])
def test_networks_have_as_many_parameters_as_they_say(network, count):
    assert numpy_model_of(network).count_params() == count
    assert f"{count:,} parameters" in network.__doc__


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(("library", "way"), WAYS)
def test_three_steps_from_equal_weights_have_the_losses_of_numpy(library, way, name, images):
    turns = turns_of(library)
    x, y = images
    model = numpy_model_of(NETWORKS[name])
    network, call = turns.make_call(model, LEARNING_RATE, "train", way)
    call.use(x, y, batch_size=4)
    network.start(model.get_weights())
    loss, accuracy = call()
    history = model.fit(x, y, batch_size=4, shuffle=False, verbose=0).history
    assert loss == pytest.approx(history["loss"][0], abs=1e-4)
    assert accuracy == pytest.approx(history["accuracy"][0])
    for ours, theirs in zip(model.get_weights(), network.get_weights(), strict=True):
        np.testing.assert_allclose(theirs, ours, rtol=0, atol=1e-4)


@pytest.mark.parametrize(
    ("library", "way"), [("torch", "eager"), ("torch", "channels_last"), ("jax", "jit of a batch")]
)
def test_predictions_are_the_probabilities_of_numpy(library, way, images):
    turns = turns_of(library)
    model = numpy_model_of(simple_cnn)
    _, call = turns.make_call(model, LEARNING_RATE, "predict", way)
    call.use(*images, batch_size=5)  # the last batch is short
    np.testing.assert_allclose(call(), model.predict(images[0]), rtol=0, atol=1e-5)


@pytest.mark.parametrize(("library", "way"), [("torch", "eager"), ("jax", "jit of a step")])
def test_weights_go_there_and_back_in_keras_order(library, way):
    turns = turns_of(library)
    model = numpy_model_of(lenet)
    network, _ = turns.make_call(model, LEARNING_RATE, "train", way)
    weights = [weight + 1 for weight in model.get_weights()]
    network.start(weights)
    for there, back in zip(weights, network.get_weights(), strict=True):
        np.testing.assert_array_equal(back, there)


@pytest.mark.parametrize(("library", "way"), [("torch", "eager"), ("jax", "lax.scan of an epoch")])
def test_a_layer_that_is_not_written_in_a_library_is_refused(library, way, images):
    turns = turns_of(library)
    with pytest.raises(ValueError, match="layer conv2d is a Conv2D that is not written in"):
        turns.make_call(numpy_model_of(strided_cnn), LEARNING_RATE, "train", way)[1].use(*images, batch_size=4)


def test_a_translation_without_a_compiler_cannot_be_had(monkeypatch, images):
    turns = turns_of("torch")
    monkeypatch.setattr(
        turns.Training, "_step", lambda *_: (_ for _ in ()).throw(RuntimeError("no working C++\ncompiler"))
    )
    _, call = turns.make_call(numpy_model_of(simple_cnn), LEARNING_RATE, "train", "torch.compile")
    with pytest.raises(turns.UnavailableError, match=r"^no working C\+\+ compiler$"):
        call.use(*images, batch_size=4)
