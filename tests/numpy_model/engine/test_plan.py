"""A plan that is played is the layers one after the other, whatever changes between two passes."""

from collections import Counter

import numpy as np
import pytest

import numpy_model as nn
from numpy_model import layers
from numpy_model.activations import Relu, Softmax
from numpy_model.engine.network import BLOCK_SIZE, MOST_PLANS, Network
from numpy_model.engine.plan import Plan
from tests.numpy_model.cases import TINY_NETWORKS, draw, largest_difference, make_tiny_model, randomize, tiny_data

pytestmark = pytest.mark.processor


class CountedReLU(layers.ReLU):
    """A ReLU without a kernel, as its class is another."""

    calls = 0

    def forward(self, inputs, training=False):
        CountedReLU.calls += 1
        return super().forward(inputs, training)


def network_with(activation):
    """Return a small model with a layer of this class in the middle."""
    nn.config.set_floatx("float64")
    steps = [nn.layers.Flatten(), nn.layers.Dense(5), activation(), nn.layers.Dense(3, activation="softmax")]
    model = nn.Sequential([nn.Input((6, 6, 1)), *steps])
    randomize(model.params.values())
    model.compile(nn.optimizers.SGD(0.1))
    return model


class OwnConvolution(layers.Conv2D):
    """A convolution without a kernel, as its class is another."""


class OwnPooling(layers.MaxPooling2D):
    """A pooling without a kernel."""


@pytest.mark.parametrize(
    ("convolution", "pooling", "moves"),
    [
        (layers.Conv2D(2, 3, activation="relu"), layers.MaxPooling2D(2), True),
        (layers.Conv2D(2, 3, activation="relu", dilation_rate=2), layers.MaxPooling2D(2), True),
        (layers.Conv2D(2, 3, activation="relu"), layers.MaxPooling2D(3, strides=1, padding="same"), True),
        (layers.Conv2D(32, 5, activation="relu", padding="same"), layers.MaxPooling2D(2), True),  # by frequencies
        (layers.Conv2D(2, 3, activation="relu"), layers.AveragePooling2D(2), False),
        (layers.Conv2D(2, 3, activation="relu"), OwnPooling(2), False),
        (OwnConvolution(2, 3, activation="relu"), layers.MaxPooling2D(2), False),
        (layers.Conv2D(2, 3, activation="tanh"), layers.MaxPooling2D(2), False),
    ],
    ids=lambda item: getattr(item, "name", None),
)
def test_a_relu_behind_the_pooling_gives_the_same_gradients_as_the_relu_before_it(convolution, pooling, moves):
    model = nn.Sequential(
        [nn.Input((8, 8, 16)), convolution, pooling, layers.Flatten(), layers.Dense(3, activation="softmax")]
    )
    randomize(model.params.values())
    model.compile()
    x, targets = draw((9, 8, 8, 16)).astype("float32"), np.eye(3)[np.arange(9) % 3]
    x[:, :4] = 0  # where all of a window is below zero, or equal
    results = []
    for is_watched in (True, False):
        plan = Plan(model.layers, 9, model.loss, batch_size=9, is_watched=is_watched)
        plan.play(x, targets)
        results.append([plan.logits.copy(), *(grad.copy() for layer in model.layers for grad in layer.grads.values())])
        is_moved = type(convolution.activation) is Relu and (plan.outputs[0] < 0).any()
        assert is_moved == (moves and not is_watched)
    for watched, unwatched in zip(*results, strict=True):
        assert largest_difference(watched, unwatched) < 1e-6  # measured 1e-7, and 0 but for the dilated one


@pytest.mark.parametrize("n", [1, 16])  # by patches and by frequencies
def test_a_convolution_whose_bias_is_switched_off_adds_none(n):
    nn.config.set_floatx("float64")
    model = nn.Sequential([nn.Input((14, 14, 16)), layers.Conv2D(16, 5), layers.Flatten()])
    before = model.predict(x := draw((n, 14, 14, 16)))
    model.layers[0].params["bias"][...] = 1
    model.layers[0].use_bias = False
    assert largest_difference(model.predict(x), before) < 1e-13  # measured 0


@pytest.mark.parametrize("network", TINY_NETWORKS)
def test_outputs_and_gradients_of_every_layer_can_be_read(network):
    model = make_tiny_model(network=network)
    x, y = tiny_data(5)
    targets = model.loss.encode(y, 3, "float64")
    plan = Plan(model.layers, 5, model.loss, batch_size=5, is_watched=True)
    plan.play(x, targets)
    outputs = x
    for layer, found in zip(model.layers, plan.outputs, strict=True):
        outputs = layer.forward(outputs, training=True)
        assert largest_difference(found, outputs) < 1e-13  # measured 2e-16
    np.testing.assert_allclose(Softmax().forward(plan.logits), outputs, rtol=0, atol=1e-13)  # measured 1e-15
    grads = {id(grad): grad.copy() for layer in model.layers for grad in layer.grads.values()}
    # The last layer gives back the gradient of its logits, which the softmax was handed; the others their inputs'.
    model.layers[-1].activation = nn.activations.get(None)
    grad = (outputs - targets) / 5
    for layer, found in zip(reversed(model.layers), reversed(plan.grad_inputs), strict=True):
        grad = layer.backward(grad)
        assert largest_difference(found, grad) < 1e-13  # measured 2e-16
        for own in layer.grads.values():
            assert largest_difference(grads[id(own)], own) < 1e-13  # measured 3e-16


def test_the_time_of_every_layer_can_be_measured():
    model, seconds = make_tiny_model(), Counter()
    x, y = tiny_data(5)
    Plan(model.layers, 5, model.loss, batch_size=5).play(x, model.loss.encode(y, 3, "float64"), seconds)
    names = {layer.name for layer in model.layers}
    assert seconds.keys() == {(name, way) for name in names for way in ("forward", "backward")} | {("loss", "backward")}
    assert all(value >= 0 for value in seconds.values())


def test_a_layer_without_a_kernel_is_called_once_in_each_pass():
    CountedReLU.calls = 0
    network_with(CountedReLU).fit(*tiny_data(12), batch_size=4, epochs=2, shuffle=False, verbose=0)
    assert CountedReLU.calls == 6


@pytest.mark.parametrize("batch_size", [1, 5, 40])
def test_a_model_is_the_same_with_and_without_kernels(batch_size):
    x, y = tiny_data(101)
    played, direct = network_with(layers.ReLU), network_with(CountedReLU)
    for model in (played, direct):
        model.fit(x, y, batch_size=batch_size, epochs=2, shuffle=False, verbose=0)
    for one, other in zip(played.get_weights(), direct.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(played.predict(x), direct.predict(x))


def test_batches_of_many_sizes_take_turns():
    x, y = tiny_data(2 * MOST_PLANS + 1)
    played, direct = network_with(layers.ReLU), network_with(CountedReLU)
    for _ in range(2):
        for n in range(1, len(x) + 1):
            for model in (played, direct):
                model.train_on_batch(x[:n], y[:n])
            np.testing.assert_array_equal(played.predict(x[:n]), direct.predict(x[:n]))


def test_a_block_of_one_size_can_be_part_of_batches_of_several():
    nn.config.set_threads(1)
    x, y = tiny_data(2 * BLOCK_SIZE)
    played, direct = network_with(layers.ReLU), network_with(CountedReLU)
    for n in (2 * BLOCK_SIZE, BLOCK_SIZE, 2 * BLOCK_SIZE):
        for model in (played, direct):
            model.train_on_batch(x[:n], y[:n])
        for one, other in zip(played.get_weights(), direct.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("index", "attribute", "value"),
    [
        (1, "activation", nn.activations.get("softmax")),
        (1, "use_bias", False),
        (2, "activation", nn.activations.get("softmax")),  # without a kernel, if the layer is a `CountedReLU`
    ],
)
@pytest.mark.parametrize("activation", [layers.ReLU, CountedReLU])
def test_what_is_changed_in_a_layer_takes_effect_at_the_next_pass(index, attribute, value, activation):
    x, y = tiny_data(12)
    changed, fresh = network_with(activation), network_with(activation)
    before = changed.predict(x)
    changed.evaluate(x, y)
    for model in (changed, fresh):
        setattr(model.layers[index], attribute, value)
    np.testing.assert_array_equal(changed.predict(x), fresh.predict(x))
    assert np.abs(changed.predict(x) - before).max() > 1e-3
    for model in (changed, fresh):
        model.fit(x, y, batch_size=5, shuffle=False, verbose=0)
        model.train_on_batch(x[:4], y[:4])
    for one, other in zip(changed.get_weights(), fresh.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_change_is_seen_also_where_the_new_object_has_the_place_in_memory_of_the_old_one():
    layer = layers.Dense(3, activation="relu")
    layer.build((2,))
    network = Network([layer])  # without a plan, which would keep the activation
    place = id(layer.activation)
    for _ in range(100):
        layer.activation = nn.activations.get("relu")
        layer.activation = nn.activations.get("softmax")
        if id(layer.activation) == place:
            break
    assert network.refresh()


def test_a_bias_that_is_no_longer_used_is_no_longer_trained():
    model = network_with(layers.ReLU)
    model.train_on_batch(*tiny_data(4))
    before = model.layers[1].params["bias"].copy()
    model.layers[1].use_bias = False
    model.train_on_batch(*tiny_data(4))
    np.testing.assert_array_equal(model.layers[1].params["bias"], before)


def test_a_softmax_that_is_taken_away_after_compiling_is_refused():
    model = network_with(layers.ReLU)
    model.layers[-1].activation = nn.activations.get(None)
    with pytest.raises(ValueError, match="has no softmax, and the loss expects otherwise"):
        model.train_on_batch(*tiny_data(4))


class OwnScale(layers.Layer):
    """A factor for each feature, as a user may write it."""

    def build(self, input_shape):
        self.add_param("scale", tuple(input_shape), nn.initializers.get("ones"))
        return super().build(input_shape)

    def forward(self, inputs, training=False):
        self.remember(training, inputs, outputs := inputs * self.params["scale"])
        return outputs

    def backward(self, grad_outputs):
        inputs, _ = self.recall(grad_outputs)
        self.grads["scale"][...] = (grad_outputs * inputs).sum(axis=0)
        return grad_outputs * self.params["scale"]


class ReplacingScale(OwnScale):
    """The same, but each gradient is a new array."""

    def backward(self, grad_outputs):
        inputs, _ = self.recall(grad_outputs)
        self.grads["scale"] = (grad_outputs * inputs).sum(axis=0)
        return grad_outputs * self.params["scale"]


class KeepingScale(OwnScale):
    """The same, but the parameter is kept as an attribute too."""

    def build(self, input_shape):
        output_shape = super().build(input_shape)
        self.scale = self.params["scale"]
        return output_shape


@pytest.mark.parametrize("batch_size", [1, 4])
def test_a_layer_may_put_a_new_gradient_in_the_place_of_the_old(batch_size):
    x, y = tiny_data(12)
    model, other = network_with(ReplacingScale), network_with(OwnScale)
    for one in (model, other):
        one.fit(x, y, batch_size=batch_size, shuffle=False, verbose=0)
        one.train_on_batch(x[:4], y[:4])
    assert np.abs(model.layers[2].params["scale"] - network_with(OwnScale).layers[2].params["scale"]).max() > 1e-4
    for weights, others in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(weights, others)


def test_a_layer_that_keeps_a_parameter_as_an_attribute_is_refused_and_the_advice_helps():
    text = r"keeps params\['scale'\] as its attribute scale too; .* write self.params\['scale'\]"
    with pytest.raises(ValueError, match=text):
        network_with(KeepingScale)
    network_with(OwnScale)


def test_a_parameter_that_is_replaced_with_another_array_is_taken_up():
    x, y = tiny_data(4)
    model, other = network_with(layers.ReLU), network_with(layers.ReLU)
    kernel = model.layers[1].params["kernel"] * 2
    model.layers[1].params["kernel"] = kernel
    other.layers[1].params["kernel"][...] = kernel
    for one in (model, other):
        one.fit(x, y, batch_size=2, shuffle=False, verbose=0)
    for weights, others in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(weights, others)
    model.layers[1].params["kernel"] = kernel[:-1]
    with pytest.raises(ValueError, match="kernel has shape"):
        model.predict(x)


def test_layers_that_are_given_one_activation_object_compute_with_one_each():
    x, y = tiny_data(4)
    shared, own = (network_with(lambda: layers.Activation("relu")) for _ in range(2))
    for index in (1, 2):
        shared.layers[index].activation = nn.activations.silu
        own.layers[index].activation = nn.activations.get("silu")
    for model in (shared, own):
        model.train_on_batch(x, y)
    for weights, others in zip(shared.get_weights(), own.get_weights(), strict=True):
        np.testing.assert_array_equal(weights, others)


def test_no_activation_is_a_linear_one():
    x, _ = tiny_data(4)
    model, other = network_with(layers.ReLU), network_with(layers.ReLU)
    model.layers[1].activation, other.layers[1].activation = None, nn.activations.get("linear")
    np.testing.assert_array_equal(model.predict(x), other.predict(x))


def test_an_activation_that_keeps_what_it_computed_is_no_change():
    model = network_with(layers.ReLU)
    model.layers[1].activation = nn.activations.silu
    model.train_on_batch(*tiny_data(4))
    assert not model._network.refresh()


def test_a_penalty_that_is_added_after_compiling_counts():
    x, y = tiny_data(4)
    model = network_with(layers.ReLU)
    model.layers[1].regularizers["kernel"] = nn.regularizers.L2(1.0)
    expected = model.evaluate(x, y)
    assert model.train_on_batch(x, y) == pytest.approx(expected, rel=1e-12)
