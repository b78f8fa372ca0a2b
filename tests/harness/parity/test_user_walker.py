"""Users' models step by step: every layout and every way of telling, and mistakes found with their layer."""

import itertools
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest

import numpy_model
from harness.base.errors import UsageError
from harness.experiments.networks import NETWORKS
from harness.experiments.optimizers import sgd
from harness.parity import reference
from harness.parity.compare import TOLERANCES, compare, first_divergence
from harness.parity.numpy_walker import NumpyWalker
from harness.parity.pairs import computes_in_float32, params_after, traces_of
from harness.parity.reference import Reference
from harness.parity.report import verdict
from harness.parity.trace import trace
from harness.parity.user_walker import UserWalker, inferred_gradients, inferred_probabilities
from harness.parity.walk import Side, walk
from harness.user_models import template
from harness.user_models.loading import load_user_model
from tests.harness.parity.sides import keras_walker
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
def batches(n_steps, batch_size=1):
    """Return real images as batches."""
    x, y = fashion_excerpt(n_steps * batch_size)
    return list(zip(np.split(x, n_steps), np.split(y, n_steps), strict=True))


def started(model, dtype="float64", name="simple_cnn"):
    """Return the walker of a user's model, and weights with biases that it and others start from."""
    ours = UserWalker(model, network(name), OPTIMIZER, dtype)
    rng = np.random.default_rng(0)
    weights = [weight + rng.normal(0, 0.05, weight.shape).astype(np.float32) for weight in ours.initialize(0)]
    ours.start(weights)
    return ours, weights


def walk_with(model, n_steps=2, batch_size=1, dtype="float64", name="simple_cnn"):
    """Return the `Walk` of a user's model."""
    ours, weights = started(model, dtype, name)
    follower = Reference(keras_walker(name, "sgd", "float64", "beside" + dtype), ours.names, dtype, ours.step_rule)
    follower.start(weights)
    sides = {}
    for precision in ("float64", dtype):
        trained = keras_walker(name, "sgd", precision, "trained")
        trained.start(weights)
        sides[precision] = Side(None, None, partial(params_after, trained, ours.names))
    sides[dtype] = replace(sides[dtype], steps=partial(traces_of, ours), follow=follower.follow)
    return walk(sides, batches(n_steps, batch_size))[dtype]


def both_traces(model, x, y):
    """Return the traces of one step of a user's model and of the NumPy model, from equal weights."""
    ours, weights = started(model)
    theirs = NumpyWalker(network(), OPTIMIZER, "float64")
    theirs.start(weights)
    return [found for walker in (ours, theirs) for found in traces_of(walker, [(x.astype("float64"), y)])]


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


# The last two have what `simple_cnn` lacks: strides, and biases of pixels. Keras traces each of the others anew.
@pytest.mark.parametrize(
    ("kind", "name"),
    [
        *((kind, "simple_cnn") for kind in KINDS),
        *((HasLayerOutputs, name) for name in ("strided", "write_up")),
        *(
            pytest.param(HasLayerOutputs, name, marks=pytest.mark.slow)
            for name in NETWORKS
            if name not in ("simple_cnn", "strided", "write_up")
        ),
    ],
)
def test_a_right_model_is_the_same_whatever_it_tells(kind, name):
    found = walk_with(loaded(partial(kind, network=name)), name=name)
    assert found.divergences == []
    assert max(row.params for row in found.rows) < 1e-15


@pytest.mark.parametrize("kind", [HasLayerOutputs, HasBackward], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("flags", list(itertools.product((False, True), repeat=3)))
def test_a_right_model_is_the_same_in_every_layout(kind, flags):
    channels_first, out_in, one_image = flags
    # All flags with either value of the others, without all their combinations.
    options = {"column_biases": out_in, "one_hot": channels_first != out_in, "from_logits": channels_first != one_image}
    make = partial(kind, channels_first=channels_first, out_in=out_in, one_image=one_image, **options)
    found = walk_with(loaded(make))
    assert found.divergences == []
    kinds = {"output": 6 if kind is HasLayerOutputs else 1, "gradient": 8, "update": 8}
    assert {name: sum(difference.kind == name for difference in found.first) for name in kinds} == kinds


@pytest.mark.parametrize("kind", [HasLayerOutputs, HasBackward], ids=lambda kind: kind.__name__)
def test_a_right_model_with_a_bias_for_each_pixel_is_the_same_with_channels_first(kind):
    make = partial(kind, network="write_up", channels_first=True, column_biases=True)
    assert walk_with(loaded(make), name="write_up").divergences == []


@pytest.mark.processor
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_batches_are_compared_too(kind):
    assert walk_with(loaded(kind), batch_size=5).divergences == []


@pytest.mark.processor
@pytest.mark.parametrize("kind", [Silent, HasBackward], ids=lambda kind: kind.__name__)
def test_a_model_in_float32_is_compared_in_float32(kind):
    make = partial(kind, dtype="float32")
    walker = UserWalker(loaded(make), network(), OPTIMIZER, "float32")
    assert not walker.keeps_float64(walker.initialize(0))
    found = walk_with(loaded(make), dtype="float32", n_steps=20)
    assert found.divergences == []


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
    for x, y in batches(5):
        one, other = both_traces(loaded(Silent), x, y)
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
    for x, y in batches(3):
        one, other = both_traces(loaded(kind), x, y)
        assert list(one.outputs) == ["dense_1"]
        np.testing.assert_allclose(one.outputs["dense_1"], other.outputs["dense_1"], rtol=0, atol=1e-13)


def test_outputs_are_not_inferred_from_a_batch():
    one, _ = both_traces(loaded(Silent), *batches(1, 5)[0])
    assert one.outputs == {}


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


def test_what_is_inferred_from_a_very_small_step_has_room_for_its_rounding():
    ours = UserWalker(loaded(Silent), network(), partial(sgd, learning_rate=1e-9), "float64")
    theirs = NumpyWalker(network(), OPTIMIZER, "float64")
    weights = [weight + np.float32(0.1 * (weight.ndim == 1)) for weight in ours.initialize(0)]
    for walker in (ours, theirs):
        walker.start(weights)
    (one,), (other,) = (list(traces_of(walker, batches(1))) for walker in (ours, theirs))
    assert np.abs(one.outputs["dense_1"] - other.outputs["dense_1"]).max() > 1e-9  # measured 6e-9
    assert not first_divergence(compare(1, one, other, TOLERANCES["float64"]))


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
        "its backward pass; it is 2 times the right one",
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
        "the learning rate of its steps, or at the gradient of the loss; it is 2 times the right one, as are those of "
        "all layers: a learning rate of 0.01 in place of 0.005 does the same; if it is the model's own, write "
        "learning_rate = 0.01 and train_step(x, y) into it",
    ),
]


@pytest.mark.parametrize(("change", "what", "where"), [row[1:] for row in BACKWARD], ids=[row[0] for row in BACKWARD])
@pytest.mark.parametrize("tells", [True, False], ids=["tells outputs", "silent"])
def test_a_mistake_in_the_backward_pass_is_found_with_its_layer(change, what, where, tells, tmp_path):
    found = walk_with(file_with(tmp_path, change, tells=tells), n_steps=1)
    same, sentence = verdict({"float64": found})
    assert not same
    assert sentence.replace("output equal, ", "").startswith(f"different, in float64: step 1, {what} by"), sentence
    assert sentence.endswith(f"look at {where}")


@pytest.mark.parametrize("tells", [True, False], ids=["tells outputs", "silent"])
def test_a_mistake_in_the_forward_pass_is_not_blamed_on_the_backward_pass(tells, tmp_path):
    change = ("np.sum(self.kernel * patch,", "np.sum(self.kernel[:, :, ::-1] * patch,")
    found = walk_with(file_with(tmp_path, change, tells=tells), n_steps=1)
    assert "step 1, layer dense_1: output differs" in verdict({"float64": found})[1]
    assert (
        "or at that of conv2d, conv2d_1, max_pooling2d, flatten, dense, which is not reported"
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
    found = walk_with(file_with(tmp_path, *changes), n_steps=1)
    sentence = verdict({"float64": found})[1]
    assert "step 1, layer max_pooling2d: output differs" in sentence
    assert sentence.endswith("look at its forward pass")
    assert walk_with(file_with(tmp_path, changes[0]), n_steps=1).divergences == []


def test_an_accuracy_where_the_loss_belongs_is_found_as_that(tmp_path):
    accuracy, loss = "float(probabilities.argmax() == y)", "float(-np.log(probabilities[y]))"
    told = "        return probabilities\n"
    right = file_with(tmp_path, (told, f"        return {loss}, {accuracy}\n"))
    assert walk_with(right, n_steps=1).divergences == []
    wrong = file_with(tmp_path, (told, f"        return {accuracy}, {loss}\n"))
    sentence = verdict({"float64": walk_with(wrong, n_steps=1)})[1]
    assert sentence.endswith(
        "is a share of the batch, as an accuracy is: of what train_step returns, the loss comes first"
    )


def test_the_template_is_the_same_as_keras(tmp_path):
    for tells in (True, False):
        assert walk_with(file_with(tmp_path, tells=tells), n_steps=3).divergences == []


# Known causes


class InBatches(Silent):
    """A model whose step is taken from its own gradients, changed in some way."""

    def __init__(self, change=lambda grad, weight, n: grad, loss=None, **options):
        super().__init__(**options)
        self.change, self.loss = change, loss

    def train_step(self, x, y, learning_rate):
        before = self.model.get_weights()
        probabilities = self.outputs(x)
        self.model.train_on_batch(x, y)
        grads = [
            (old - new) / self.optimizer.learning_rate
            for old, new in zip(before, self.model.get_weights(), strict=True)
        ]
        grads = [self.change(grad, weight, len(x)) for grad, weight in zip(grads, before, strict=True)]
        self.model.set_weights([old - learning_rate * grad for old, grad in zip(before, grads, strict=True)])
        if self.loss:
            return self.loss(probabilities[np.arange(len(y)), y])


class Momentum(Silent):
    """A model that takes steps with momentum."""

    def __init__(self):
        super().__init__()
        self.optimizer = numpy_model.optimizers.SGD(momentum=0.9)
        self.model.compile(self.optimizer)


class Adaptive(Momentum):
    """A model that takes the steps of Adam."""

    def __init__(self):
        super().__init__()
        self.optimizer = numpy_model.optimizers.Adam()
        self.model.compile(self.optimizer)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (partial(InBatches, lambda grad, weight, n: n * grad), "it is 4 times the right one, which is the batch size"),
        (partial(InBatches, lambda grad, weight, n: grad / n), "the mean over the batch of 4 is taken twice"),
        (partial(InBatches, lambda grad, weight, n: 3 * grad), "it is 3 times the right one"),
        (
            partial(InBatches, lambda grad, weight, n: grad + 0.01 * weight * (weight.ndim > 1)),
            "it has 0.01 times the weights added to it: an L2 penalty",
        ),
        (Momentum, "it has 0.9 times the step before added to it: a step with momentum"),
        (Adaptive, "a step of Adam or RMSprop"),
    ],
)  # fmt: skip
def test_a_known_cause_is_named(make, words):
    same, sentence = verdict({"float64": walk_with(loaded(make), batch_size=4)})
    assert not same and words in sentence


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        (lambda p: -np.log(p + 1e-8).mean(), "the loss is -log(p + 1e-08)"),
        (lambda p: -np.log(np.clip(p, 0.1, 1 - 0.1)).mean(), "loss differs"),
    ],
)
def test_a_loss_that_keeps_probabilities_from_zero_is_named_and_no_mistake(loss, words):
    same, sentence = verdict({"float64": walk_with(loaded(partial(InBatches, loss=loss)), batch_size=4)})
    assert same == words.startswith("the loss is") and words in sentence


def test_a_loss_with_an_epsilon_does_not_hide_a_gradient_that_is_summed():
    make = partial(InBatches, lambda grad, weight, n: n * grad, lambda p: -np.log(p + 1e-8).mean())
    same, sentence = verdict({"float64": walk_with(loaded(make), batch_size=4)})
    assert not same
    assert "which is the batch size" in sentence and sentence.endswith("the loss is -log(p + 1e-08)")


class InFloat32(Silent):
    """A model that keeps float64, and computes in float32."""

    def __init__(self, **options):
        super().__init__(dtype="float32", **options)
        self.weights = super().get_weights()

    def get_weights(self):
        return self.weights

    def set_weights(self, weights):
        self.weights = [np.array(weight, "float64") for weight in weights]

    def train_step(self, x, y, learning_rate):
        super().set_weights([weight.astype("float32") for weight in self.weights])
        before = super().get_weights()
        self.model.train_on_batch(x.astype("float32"), y)
        grads = [(old - new) / np.float32(0.01) for old, new in zip(before, super().get_weights(), strict=True)]
        self.weights = [weight - learning_rate * grad for weight, grad in zip(self.weights, grads, strict=True)]


@pytest.mark.parametrize(("make", "is_rough"), [(InFloat32, True), (Silent, False), (Momentum, False)])
@pytest.mark.parametrize("batch_size", [1, 4])
def test_a_model_that_keeps_float64_and_computes_in_float32_is_found_out(make, is_rough, batch_size):
    ours, weights = started(loaded(make))
    follower, rough = (
        Reference(keras_walker("simple_cnn", "sgd", "float64", "beside" + dtype), ours.names, dtype, ours.step_rule)
        for dtype in ("float64", "float32")
    )
    note = computes_in_float32(ours, follower, rough, weights, batches(1, batch_size))
    assert bool(note) == is_rough


def test_models_that_share_their_weights_are_refused():
    shared = Silent()
    ours, other = (UserWalker(loaded(lambda: shared), network(), OPTIMIZER, "float64") for _ in range(2))
    weights = ours.initialize(0)
    ours.start(weights)
    other.start(weights)
    ours.step(*batches(1)[0])
    with pytest.raises(UsageError, match=r"my_model\.py: the weights changed between two steps"):
        other.step(*batches(1)[0])


# Decisions that are not reported


@pytest.mark.parametrize("n_changed", [1, 3])
@pytest.mark.parametrize("is_open", [True, False])
def test_decisions_that_may_go_either_way_are_found_from_the_gradients_and_no_others(n_changed, is_open, monkeypatch):
    ours, weights = started(loaded(Silent))
    walker = keras_walker("simple_cnn", "sgd", "float64", "besidefloat32")
    monkeypatch.setitem(reference.MARGINS, "float32", 1e-3)
    follower = Reference(walker, ours.names, "float32")
    follower.start(weights)
    ((x, y),) = batches(1, 4)
    x = x.astype("float64")
    outputs = walker.outputs(x)
    decisions = walker.decisions(x, outputs)
    relu = 1  # of the second convolution
    margins = walker.margins(x, outputs)[relu]
    effects = np.abs(walker.effects(x, y, decisions, walker.look(x, y, decisions)["grads"])[relu])
    effects[(margins <= 1e-3) != is_open] = 0
    places = np.argsort(effects, axis=None)[-n_changed:]
    decisions[relu].flat[places] = 1 - decisions[relu].flat[places]
    seen = walker.look(x, y, decisions)
    nothing = [None for _ in ours.names]
    parts = {"loss": None, "outputs": nothing, "grad_inputs": nothing, "params": walker.params()}
    found = trace(ours.names, grads=seen["grads"], **parts)
    differences = [other for other in follower.follow(1, found, x, y)[1] if other.kind == "gradient"]
    assert (first_divergence(differences) is None) == is_open
