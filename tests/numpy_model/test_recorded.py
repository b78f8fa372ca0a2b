"""A pass that is played is the pass that was recorded, with other numbers."""

import numpy as np
import pytest

import numpy_model as nn
from numpy_model import layers, ops
from numpy_model.recorded import RecordedPass
from numpy_model.training import BLOCK_SIZE, MOST_PASSES
from tests.numpy_model.cases import CASES, draw, make_tiny_model, randomize, tiny_data

pytestmark = pytest.mark.processor


def forward_and_backward(layer):
    """Return a function of inputs and gradient of the outputs, and a function that copies all that it computes."""
    results = {}

    def run(inputs, grad_outputs):
        outputs = layer.forward(inputs, training=True)
        ops.run(lambda: results.update(outputs=outputs.copy()))
        results["grad_inputs"] = layer.backward(grad_outputs)
        return outputs

    return run, lambda: {name: array.copy() for name, array in (results | layer.grads).items()}


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("n", [1, 9])  # one chunk of images, and three
def test_every_layer_computes_the_same_from_a_tape(case, n):
    played, direct = case.build(), case.build()
    run_played, results_played = forward_and_backward(played)
    run_direct, results_direct = forward_and_backward(direct)
    shape = (n, *played.output_shape)
    recorded = RecordedPass(run_played, case.draw_inputs(n, seed=1), draw(shape, seed=2))
    for seed in (3, 4):
        inputs, grad_outputs = case.draw_inputs(n, seed=seed), draw(shape, seed=10 * seed)
        for layer in (played, direct):
            randomize(layer.params.values(), seed)
        outputs = recorded.play(inputs, grad_outputs)
        run_direct(inputs, grad_outputs)
        expected = results_direct()
        np.testing.assert_array_equal(outputs, expected["outputs"])
        assert results_played().keys() == expected.keys()
        for name, array in results_played().items():
            np.testing.assert_array_equal(array, expected[name])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_layer_predicts_the_same_from_a_tape(case):
    layer = case.build()
    recorded = RecordedPass(layer.forward, case.draw_inputs(9, seed=1))
    inputs = case.draw_inputs(9, seed=2)
    played = recorded.play(inputs).copy()
    np.testing.assert_array_equal(played, case.build().forward(inputs))


class CountedReLU(layers.ReLU):
    """A ReLU that does something else, too, than operations on arrays."""

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


def test_a_layer_that_says_nothing_of_tapes_is_run_each_time():
    CountedReLU.calls = 0
    network_with(CountedReLU).fit(*tiny_data(12), batch_size=4, epochs=2, shuffle=False, verbose=0)
    assert CountedReLU.calls == 6


@pytest.mark.parametrize("batch_size", [1, 5, 40])
def test_a_model_is_the_same_with_and_without_tapes(batch_size):
    x, y = tiny_data(101)
    played, direct = network_with(layers.ReLU), network_with(CountedReLU)
    for model in (played, direct):
        model.fit(x, y, batch_size=batch_size, epochs=2, shuffle=False, verbose=0)
    for one, other in zip(played.get_weights(), direct.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(played.predict(x), direct.predict(x))


def test_batches_of_many_sizes_take_turns():
    x, y = tiny_data(2 * MOST_PASSES + 1)
    played, direct = network_with(layers.ReLU), network_with(CountedReLU)
    for _ in range(2):
        for n in range(1, len(x) + 1):
            for model in (played, direct):
                model.train_on_batch(x[:n], y[:n])
            np.testing.assert_array_equal(played.predict(x[:n]), direct.predict(x[:n]))
    assert len(played._network._passes) <= MOST_PASSES


@pytest.mark.parametrize(
    "pass_through", [lambda model, x: model.predict(x), lambda model, x: model.train_on_batch(x, tiny_data(4)[1])]
)
def test_a_pass_from_a_tape_takes_the_inputs_of_a_training_forward_away(pass_through):
    model = make_tiny_model()
    x, _ = tiny_data(4)
    pass_through(model, x)
    model.forward(x, training=True)
    pass_through(model, x)
    for layer in model.layers:
        with pytest.raises(RuntimeError, match=f"layer {layer.name}.*training=True"):
            layer.backward(draw((4, *layer.output_shape)))


def test_the_first_pass_runs_once():
    model, calls = network_with(layers.ReLU), []
    forward = model.layers[0].forward

    def counted(*arguments):
        ops.run(calls.append, 1)
        return forward(*arguments)

    model.layers[0].forward = counted
    for n_passes in (1, 2, 3):
        model.train_on_batch(*tiny_data(4))
        assert len(calls) == n_passes


def test_a_first_pass_that_fails_is_recorded_anew():
    model, whole = network_with(layers.ReLU), network_with(CountedReLU)
    last, x = model.layers[-1], tiny_data(4)
    backward_logits = last.backward_logits

    def interrupted(grad_logits):
        raise KeyboardInterrupt

    last.backward_logits = interrupted
    with pytest.raises(KeyboardInterrupt):
        model.train_on_batch(*x)
    last.backward_logits = backward_logits
    for each in (model, whole):
        for _ in range(2):
            each.train_on_batch(*x)
    for one, other in zip(model.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_block_of_one_size_can_be_part_of_batches_of_several():
    nn.config.set_threads(1)
    x, y = tiny_data(2 * BLOCK_SIZE)
    played, direct = network_with(layers.ReLU), network_with(CountedReLU)
    for n in (2 * BLOCK_SIZE, BLOCK_SIZE, 2 * BLOCK_SIZE):
        for model in (played, direct):
            model.train_on_batch(x[:n], y[:n])
        for one, other in zip(played.get_weights(), direct.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", sorted(set(layers.__all__) - {"Layer"}))
def test_every_layer_can_be_recorded(name):
    assert vars(getattr(layers, name))["recordable"]
