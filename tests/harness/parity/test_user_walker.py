"""Users' models step by step: every layout and every way of telling, and mistakes found with their layer."""

import itertools
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest

import keras_model
from harness.errors import UsageError
from harness.networks import NETWORKS
from harness.optimizers import sgd
from harness.parity.numpy_walker import NumpyWalker
from harness.parity.pairs import take_step
from harness.parity.report import verdict
from harness.parity.user_walker import UserWalker, inferred_gradients, inferred_probabilities
from harness.parity.walk import walk
from harness.user_models import template
from harness.user_models.loading import load_user_model
from tests.harness.user_models.wrapped import (
    KINDS,
    HasBackward,
    HasLayerOutputs,
    Silent,
    TellsLoss,
    loaded,
)
from tests.numpy_model.cases import fashion_excerpt

TEMPLATE = Path(template.__file__)
OPTIMIZER = partial(sgd, learning_rate=0.005)
SIZES = {"input_shape": (28, 28, 1), "n_classes": 10}


def network(name="simple_cnn"):
    """Return a network as a function of the library."""
    return partial(NETWORKS[name], **SIZES)


@cache
def keras_walker():
    """Return the Keras walker of `simple_cnn`, which takes a second to build and serves many tests."""
    return keras_model.KerasWalker(network(), OPTIMIZER, "float64")


@cache
def batches(n_steps, batch_size=1):
    """Return real images as batches."""
    x, y = fashion_excerpt(n_steps * batch_size)
    return list(zip(np.split(x, n_steps), np.split(y, n_steps), strict=True))


def pair_of(model, theirs, dtype="float64", name="simple_cnn"):
    """Return a user's model and a reference as functions that take a step, started from equal weights with biases."""
    ours = UserWalker(model, network(name), OPTIMIZER, dtype)
    rng = np.random.default_rng(0)
    weights = [weight + rng.normal(0, 0.05, weight.shape).astype(np.float32) for weight in ours.initialize(0)]
    for walker in (ours, theirs):
        walker.start(weights)
    return tuple(partial(take_step, walker, ours.names) for walker in (ours, theirs))


def walk_with(model, theirs, n_steps=2, batch_size=1, **options):
    """Return the `Walk` of a user's model."""
    dtype = options.get("dtype", "float64")
    pairs = {dtype: pair_of(model, theirs, **options)}
    return walk(pairs | {"float64": pairs.get("float64", (None, pairs[dtype][1]))}, batches(n_steps, batch_size))[dtype]


def numpy_walker(name="simple_cnn", dtype="float64"):
    """Return the NumPy walker of a network, which is faster to build than Keras's."""
    return NumpyWalker(network(name), OPTIMIZER, dtype)


def file_with(tmp_path, *changes, tells=True):
    """Write the template with these pieces of text replaced, without `forward` if it is to tell nothing; load it."""
    text = TEMPLATE.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    if not tells:
        text = text.replace("def forward(self, x)", "def outputs(self, x)").replace(
            "self.forward(x)", "self.outputs(x)"
        )
        text = text.replace("        return probabilities\n", "")
    path = tmp_path / "my_model.py"
    path.write_text(text)
    return load_user_model(str(path))


# Right models


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("name", NETWORKS)
def test_a_right_model_is_the_same_whatever_it_tells(kind, name):
    found = walk_with(loaded(partial(kind, network=name)), numpy_walker(name), name=name)
    assert found.divergence is None
    assert max(row.params for row in found.rows) < 1e-15


@pytest.mark.parametrize("kind", [HasLayerOutputs, HasBackward], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("flags", list(itertools.product((False, True), repeat=3)))
def test_a_right_model_is_the_same_in_every_layout(kind, flags):
    channels_first, out_in, one_image = flags
    # All flags with either value of the others, without all their combinations.
    options = {"column_biases": out_in, "one_hot": channels_first != out_in, "from_logits": channels_first != one_image}
    make = partial(kind, channels_first=channels_first, out_in=out_in, one_image=one_image, **options)
    found = walk_with(loaded(make), numpy_walker())
    assert found.divergence is None
    kinds = {"output": 6 if kind is HasLayerOutputs else 1, "gradient": 8, "update": 8}
    assert {name: sum(difference.kind == name for difference in found.first) for name in kinds} == kinds


@pytest.mark.parametrize("kind", [HasLayerOutputs, HasBackward], ids=lambda kind: kind.__name__)
def test_a_right_model_with_a_bias_for_each_pixel_is_the_same_with_channels_first(kind):
    make = partial(kind, network="write_up", channels_first=True, column_biases=True)
    assert walk_with(loaded(make), numpy_walker("write_up"), name="write_up").divergence is None


@pytest.mark.processor
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_batches_are_compared_too(kind):
    assert walk_with(loaded(kind), numpy_walker(), batch_size=5).divergence is None


@pytest.mark.processor
@pytest.mark.parametrize("kind", [Silent, HasBackward], ids=lambda kind: kind.__name__)
def test_a_model_in_float32_is_compared_in_float32(kind):
    make = partial(kind, dtype="float32")
    walker = UserWalker(loaded(make), network(), OPTIMIZER, "float32")
    assert not walker.keeps_float64(walker.initialize(0))
    found = walk_with(loaded(make), numpy_walker(dtype="float32"), dtype="float32", n_steps=20)
    assert found.divergence is None


def test_a_model_that_returns_float64_but_keeps_float32_is_seen_through():
    class Disguised(Silent):
        def get_weights(self):
            return [weight.astype("float64") for weight in super().get_weights()]

    walker = UserWalker(loaded(partial(Disguised, dtype="float32")), network(), OPTIMIZER, "float32")
    assert not walker.keeps_float64(walker.initialize(0))
    assert UserWalker(loaded(Silent), network(), OPTIMIZER, "float64").keeps_float64(walker.initialize(0))


# What is inferred


@pytest.mark.processor
def test_inferred_gradients_are_as_precise_as_they_are_said_to_be():
    ours, theirs = pair_of(loaded(Silent), numpy_walker())
    for x, y in batches(5):
        one, other = ours(x.astype("float64"), y), theirs(x.astype("float64"), y)
        for layer, grads in other.grads.items():
            for name, grad in grads.items():
                gap = np.abs(one.grads[layer][name] - grad).max()
                # What is said is about the inference; computing has its own rounding of some 1e-15.
                assert gap < one.rounding[layer][name] + 1e-14 * np.abs(grad).max()
                assert one.rounding[layer][name] < 1e-13  # measured 1e-14 = eps * 0.3 / 0.005


def test_a_gradient_is_inferred_from_a_step_and_its_rounding_grows_as_the_step_shrinks():
    before, grad = np.array([0.5, -2.0], np.float32), np.array([3.0, 1e-3])
    for learning_rate in (1e-1, 1e-3, 1e-5):
        after = (before - learning_rate * grad).astype(np.float32)
        (found,), (rounding,) = inferred_gradients([before], [after], learning_rate)
        assert np.abs(found - grad).max() < rounding
        assert rounding == pytest.approx(2**-23 * 2.0 / learning_rate, rel=0.1)


@pytest.mark.parametrize("kind", [Silent, TellsLoss], ids=lambda kind: kind.__name__)
def test_outputs_are_inferred_from_the_last_bias_at_batch_size_1(kind):
    ours, theirs = pair_of(loaded(kind), numpy_walker())
    for x, y in batches(3):
        one, other = ours(x.astype("float64"), y), theirs(x.astype("float64"), y)
        assert list(one.outputs) == ["dense_1"]
        np.testing.assert_allclose(one.outputs["dense_1"], other.outputs["dense_1"], rtol=0, atol=1e-13)


def test_outputs_are_not_inferred_from_a_batch():
    ours, _ = pair_of(loaded(Silent), numpy_walker())
    assert ours(*batches(1, 5)[0]).outputs == {}


@pytest.mark.parametrize(
    ("bias", "loss", "is_told"),
    [
        ([0.2, -0.7, 0.5], None, True),
        ([0.2, -0.7, 0.5], -np.log(0.3), True),
        ([0.2, -0.7, 0.5], 0.5, False),  # another loss
        ([0.4, -1.4, 1.0], None, False),  # a step twice as long: -0.4 is no probability
        ([0.2, -0.7, 0.4], None, False),
        ([np.nan, -0.7, 0.5], None, False),
    ],
)
def test_what_is_no_probability_is_not_told_as_output(bias, loss, is_told):
    grads = [{}, {"kernel": np.zeros((4, 3)), "bias": np.array(bias)}, {}]
    outputs = inferred_probabilities(grads, np.array([1]), loss)
    assert (outputs is not None) == is_told
    if is_told:
        np.testing.assert_allclose(outputs, [[0.2, 0.3, 0.5]])


@pytest.mark.processor
def test_what_is_inferred_from_a_very_small_step_is_no_alarm():
    optimizer = partial(sgd, learning_rate=1e-9)
    ours = UserWalker(loaded(Silent), network(), optimizer, "float64")
    theirs = NumpyWalker(network(), optimizer, "float64")
    weights = [weight + np.float32(0.1 * (weight.ndim == 1)) for weight in ours.initialize(0)]
    for walker in (ours, theirs):
        walker.start(weights)
    one, other = (walker.step(*batches(1)[0])["outputs"][-1] for walker in (ours, theirs))
    assert np.abs(one - other).max() > 1e-9  # measured 6e-9: without room for rounding it would be too much
    pair = tuple(partial(take_step, walker, ours.names) for walker in (ours, theirs))
    assert walk({"float64": pair}, batches(5))["float64"].divergence is None


# Mistakes

BACKWARD = [
    (
        "kernel that is not rotated",
        ("here * self.kernel,", "here * self.kernel[:, :, ::-1, ::-1],"),
        "layer conv2d: gradient of kernel differs",
        "its backward pass, or at the gradient that comes from conv2d_1",
    ),
    (
        "gradient of a kernel that is too long",
        ("self.kernel -= learning_rate * np.outer", "self.kernel -= learning_rate * 2 * np.outer"),
        "layer dense_1: gradient of kernel differs",
        "its backward pass",
    ),
    (
        "bias that is not trained",
        ("        self.bias -= learning_rate * gradient.sum(axis=(1, 2))\n", ""),
        "layer conv2d_1: gradient of bias differs",
        "its backward pass",
    ),
    (
        "ReLU without a derivative",
        ("return gradient * self.is_positive", "return gradient"),
        "layer dense: gradient of kernel differs",
        "its backward pass, or at the gradient that comes from dense_1",
    ),
    (
        "pooling that forgets the row",
        ("image_gradient[c, 2 * i + row,", "image_gradient[c, 2 * i,"),
        "layer conv2d_1: gradient of kernel differs",
        "its backward pass, or at the gradient that comes from dense, flatten, max_pooling2d",
    ),
    (
        "step of double length",
        ("layer.backward(gradient, learning_rate)", "layer.backward(gradient, 2 * learning_rate)"),
        "layer dense_1: gradient of kernel differs",
        "its backward pass, or at the gradient of the loss",
    ),
]


@pytest.mark.parametrize(("change", "what", "where"), [row[1:] for row in BACKWARD], ids=[row[0] for row in BACKWARD])
@pytest.mark.parametrize("tells", [True, False], ids=["tells outputs", "silent"])
def test_a_mistake_in_the_backward_pass_is_found_with_its_layer(change, what, where, tells, tmp_path):
    found = walk_with(file_with(tmp_path, change, tells=tells), keras_walker(), n_steps=1)
    same, sentence = verdict({"float64": found})
    assert not same
    assert sentence.replace("output equal, ", "").startswith(f"different, in float64: step 1, {what} by"), sentence
    assert sentence.endswith(f"look at {where}")


@pytest.mark.parametrize("tells", [True, False], ids=["tells outputs", "silent"])
def test_a_mistake_in_the_forward_pass_is_not_blamed_on_the_backward_pass(tells, tmp_path):
    change = ("np.sum(self.kernel * patch,", "np.sum(self.kernel[:, :, ::-1] * patch,")
    found = walk_with(file_with(tmp_path, change, tells=tells), keras_walker(), n_steps=1)
    assert "step 1, layer dense_1: output differs" in verdict({"float64": found})[1]
    assert (
        "or at that of conv2d, conv2d_1, max_pooling2d, flatten, dense, which is not told"
        in verdict({"float64": found})[1]
    )


def test_with_the_outputs_of_all_layers_a_mistake_in_the_forward_pass_is_found_with_its_layer(tmp_path):
    layer_outputs = """
    def layer_outputs(self, x):
        outputs = []
        for layer in self.layers:
            x = layer.forward(x)
            outputs.append(x)
        convolution, second_convolution, pooling, dense = (outputs[index] for index in (1, 3, 4, 6))
        return [convolution, second_convolution, pooling, pooling.flatten(), dense, None]


def make_model"""
    changes = [("\n\ndef make_model", layer_outputs), ("2 * j : 2 * j + 2].max()", "2 * j : 2 * j + 2].mean()")]
    found = walk_with(file_with(tmp_path, *changes), keras_walker(), n_steps=1)
    sentence = verdict({"float64": found})[1]
    assert "step 1, layer max_pooling2d: output differs" in sentence
    assert sentence.endswith("look at its forward pass")
    assert walk_with(file_with(tmp_path, changes[0]), keras_walker(), n_steps=1).divergence is None


def test_the_template_is_the_same_as_keras(tmp_path):
    for tells in (True, False):
        assert walk_with(file_with(tmp_path, tells=tells), keras_walker(), n_steps=3).divergence is None


def test_models_that_share_their_weights_are_refused():
    shared = Silent()
    ours, other = (UserWalker(loaded(lambda: shared), network(), OPTIMIZER, "float64") for _ in range(2))
    weights = ours.initialize(0)
    ours.start(weights)
    other.start(weights)
    ours.step(*batches(1)[0])
    with pytest.raises(UsageError, match=r"my_model\.py: the weights changed between two steps"):
        other.step(*batches(1)[0])
