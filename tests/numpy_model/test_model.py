"""`Sequential`: building, training, prediction, weights."""

import copy
import math
import pickle
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import numpy_model
from harness.experiments.networks import simple_cnn
from numpy_model import Input, Sequential, layers, losses, optimizers
from tests.numpy_model.cases import (
    draw,
    fashion_excerpt,
    largest_difference,
    linear_network,
    make_tiny_model,
    tiny_data,
    tiny_network,
)


def parameters_of(model):
    return {name: param.copy() for name, param in model.params.items()}


def assert_same_weights(model, expected):
    for actual, weights in zip(model.get_weights(), expected, strict=True):
        np.testing.assert_array_equal(actual, weights)


# Building


def test_simple_cnn_has_119772_parameters_and_the_shapes_of_keras():
    model = simple_cnn(numpy_model)
    assert model.count_params() == 119_772
    assert {name: param.shape for name, param in model.params.items()} == {
        "conv2d/kernel": (5, 5, 1, 6),
        "conv2d/bias": (6,),
        "conv2d_1/kernel": (5, 5, 6, 6),
        "conv2d_1/bias": (6,),
        "dense/kernel": (1176, 100),
        "dense/bias": (100,),
        "dense_1/kernel": (100, 10),
        "dense_1/bias": (10,),
    }
    assert (model.input_shape, model.output_shape) == ((28, 28, 1), (10,))


def test_multiplications_are_counted_by_pixels_and_numbers_of_kernels():
    convolutions = 28 * 28 * (5 * 5 * 1 * 6 + 5 * 5 * 6 * 6)
    assert simple_cnn(numpy_model).count_multiplications() == convolutions + 14 * 14 * 6 * 100 + 100 * 10


def test_layers_of_one_class_are_numbered_and_given_names_are_kept():
    chain = [layers.Dense(2), layers.Dense(2), layers.Dense(2, name="last"), layers.Dense(2), layers.Flatten()]
    model = Sequential([Input((3,)), *chain])
    assert [layer.name for layer in model.layers] == ["dense", "dense_1", "last", "dense_2", "flatten"]


def test_a_given_name_that_a_numbered_one_would_take_loses_no_parameters():
    model = Sequential([Input((3,)), layers.Dense(2, name="dense_1"), layers.Dense(2), layers.Dense(2)])
    assert len(model.params) == 6
    assert sum(param.size for param in model.params.values()) == model.count_params()


def test_layers_with_the_same_given_name_lose_no_parameters():
    model = Sequential([Input((3,)), layers.Dense(2, name="twin"), layers.Dense(2, name="twin")])
    assert len(model.params) == 4


@pytest.mark.parametrize(
    "chain",
    [[layers.Dense(2), layers.Dense(2)], [Input((3,)), "dense"], [Input((3,)), layers.Dense]],
    ids=["no Input", "a name", "a class"],
)
def test_a_list_that_is_no_network_is_refused(chain):
    with pytest.raises(ValueError, match=r"needs an Input, such as Input\(\(28, 28, 1\)\), and then layers"):
        Sequential(chain)


def test_a_layer_that_does_not_fit_on_the_one_before_is_named():
    with pytest.raises(ValueError, match=r"layer dense_1 needs inputs of shape \(inputs,\).*given \(8, 8, 1\)"):
        Sequential([Input((8, 8, 1)), layers.Dense(2, name="dense_1")])


@pytest.mark.parametrize("shape", [(28, 0, 1), (28, 28.5, 1), (None, 28, 1), 8, "8", None, True, np.array([8])])
def test_an_impossible_input_shape_is_refused_by_its_name(shape):
    with pytest.raises(ValueError, match=r"^shape is .*; allowed (is a tuple|are positive whole numbers)"):
        Input(shape)


@pytest.mark.parametrize("batch_shape", [8, (32, 8), (8,), "None"])
def test_an_impossible_batch_shape_is_refused_by_its_name(batch_shape):
    with pytest.raises(ValueError, match=r"^batch_shape is .*; allowed is \(None, \*shape\)"):
        Input(batch_shape=batch_shape)


def test_the_summary_shows_layers_shapes_and_counts_as_keras_does():
    lines = []
    simple_cnn(numpy_model).summary(print_fn=lines.append)
    text = "\n".join(lines)
    rows = [line.split() for line in text.splitlines()]
    assert text.startswith('Model: "sequential"')
    assert ["conv2d", "(Conv2D)", "(None,", "28,", "28,", "6)", "156"] in rows
    assert ["conv2d_1", "(Conv2D)", "(None,", "28,", "28,", "6)", "906"] in rows
    assert ["max_pooling2d", "(MaxPooling2D)", "(None,", "14,", "14,", "6)", "0"] in rows
    assert ["flatten", "(Flatten)", "(None,", "1176)", "0"] in rows
    assert ["dense", "(Dense)", "(None,", "100)", "117,700"] in rows
    assert ["dense_1", "(Dense)", "(None,", "10)", "1,010"] in rows
    assert "Total params: 119,772 (467.86 KB)" in text


def test_the_summary_is_printed_by_default(capsys):
    tiny_network(numpy_model).summary()
    assert "Total params" in capsys.readouterr().out


# Weights


def test_get_weights_returns_copies():
    model = make_tiny_model()
    kept = parameters_of(model)
    for weights in model.get_weights():
        weights[...] = 7
    assert_same_weights(model, kept.values())


def test_set_weights_copies():
    model, other = make_tiny_model(seed=1), make_tiny_model(seed=2)
    weights = other.get_weights()
    model.set_weights(weights)
    weights[0][...] = 7
    assert_same_weights(model, other.get_weights())


def test_weights_of_another_number_or_shape_are_refused_and_none_is_set():
    model = make_tiny_model()
    kept = model.get_weights()
    weights = [weight + 1 for weight in kept]
    with pytest.raises(ValueError, match="has 8 parameter arrays, and received 7"):
        model.set_weights(weights[:-1])
    with pytest.raises(ValueError, match=r"parameter 7 of sequential has shape \(3,\), and received \(4,\)"):
        model.set_weights([*weights[:-1], np.zeros(4)])
    assert_same_weights(model, kept)


@pytest.mark.parametrize("bad", [["a", "b", "c"], [1, None, 2], [1, 2j, 3], [[1], [2, 3], [4]]])
def test_weights_that_are_no_real_numbers_are_refused_by_their_place_and_none_is_set(bad):
    model = make_tiny_model()
    kept = model.get_weights()
    with pytest.raises(ValueError, match=r"parameter 7 of sequential (holds|is no array).*; allowed are real numbers"):
        model.set_weights([*(weight + 1 for weight in kept[:-1]), bad])
    assert_same_weights(model, kept)


def test_weights_survive_the_way_to_disk_and_back(tmp_path):
    model, other = make_tiny_model(seed=1), make_tiny_model(seed=2)
    model.save_weights(tmp_path / "weights.npz")
    other.load_weights(tmp_path / "weights.npz")
    assert_same_weights(other, model.get_weights())
    with np.load(tmp_path / "weights.npz") as file:
        assert set(file) == set(model.params)


def test_a_file_of_another_network_is_refused_and_nothing_is_set(tmp_path):
    model = make_tiny_model()
    kept = model.get_weights()
    simple_cnn(numpy_model).save_weights(tmp_path / "weights.npz")
    with pytest.raises(ValueError, match=r"weights\.npz .* holds .*, and the model.* has"):
        model.load_weights(tmp_path / "weights.npz")
    assert_same_weights(model, kept)


def test_the_same_seed_initializes_the_same_weights():
    first, second = tiny_network(numpy_model), tiny_network(numpy_model)
    assert any((a != b).any() for a, b in zip(first.get_weights(), second.get_weights(), strict=True))
    first.initialize(5)
    second.initialize(5)
    assert_same_weights(first, second.get_weights())
    second.initialize(6)
    assert (first.get_weights()[0] != second.get_weights()[0]).all()
    kernels = [weights for weights in first.get_weights() if weights.ndim == 2]
    assert (kernels[0].flat[:3] != kernels[1].flat[:3]).all()


# Compiling


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"optimizer": "nadam"}, "optimizer is 'nadam'; allowed are sgd, adam"),
        ({"loss": "hinge"}, "loss is 'hinge'; allowed are sparse_categorical_crossentropy, categorical_crossentropy"),
        ({"loss": ["sparse_categorical_crossentropy"]}, r"loss is \['sparse_categorical_crossentropy'\]; allowed are"),
        ({"optimizer": {"name": "sgd"}}, r"optimizer is {'name': 'sgd'}; allowed are sgd, adam"),
        ({"metrics": ["f1"]}, r"metrics are \['f1'\]; allowed is \['accuracy'\]"),
        (
            {"loss": losses.CategoricalCrossentropy(from_logits=True)},
            r"the last layer, dense_1, has a softmax, .*from_logits",
        ),
    ],
)
def test_what_cannot_be_compiled_is_refused_with_what_is_allowed(arguments, message):
    with pytest.raises(ValueError, match=message):
        tiny_network(numpy_model).compile(**arguments)


def test_a_network_without_a_softmax_needs_a_loss_from_logits():
    model = Sequential([Input((3,)), layers.Dense(2, activation="relu")])
    with pytest.raises(ValueError, match=r"the last layer, dense, has no softmax, .*from_logits=True"):
        model.compile()
    model.compile(loss=losses.SparseCategoricalCrossentropy(from_logits=True))


def test_a_network_that_ends_in_an_image_cannot_be_compiled():
    model = Sequential([Input((4, 4, 1)), layers.Conv2D(2, 3, activation="softmax")])
    with pytest.raises(ValueError, match=r"conv2d, must give one row of outputs, not \(2, 2, 2\)"):
        model.compile()


@pytest.mark.parametrize("call", ["fit", "evaluate", "train_on_batch"])
def test_training_before_compiling_is_refused(call):
    with pytest.raises(RuntimeError, match="sequential is not compiled"):
        getattr(tiny_network(numpy_model), call)(*tiny_data(2))


def test_a_model_whose_compiling_failed_is_not_compiled():
    model = tiny_network(numpy_model)
    with pytest.raises(ValueError, match="has a softmax"):
        model.compile(loss=losses.SparseCategoricalCrossentropy(from_logits=True))
    with pytest.raises(RuntimeError, match="sequential is not compiled"):
        model.fit(*tiny_data(2))


def test_compiling_again_starts_the_optimizer_anew_and_keeps_the_weights():
    model = make_tiny_model(optimizers.SGD(0.1, momentum=0.9))
    kept = model.get_weights()
    first = model.fit(*tiny_data(10), shuffle=False, verbose=0).history
    model.compile(optimizers.SGD(0.1, momentum=0.9), metrics=["accuracy"])
    model.set_weights(kept)
    assert model.fit(*tiny_data(10), shuffle=False, verbose=0).history == first
    assert model.optimizer.iterations == 1


# One step


def mean_of_gradients_of_single_samples(model, x, y):
    """Return the gradient of each parameter, put together from samples that were alone in their batch."""
    totals = {name: np.zeros_like(param) for name, param in model.params.items()}
    for sample, label in zip(x, y, strict=True):
        outputs = model.forward(sample[None], training=True)
        # Cross-entropy without a softmax behind it: -1 / probability of the label.
        grad = np.zeros_like(outputs)
        grad[0, label] = -1 / outputs[0, label]
        for layer in reversed(model.layers):
            grad = layer.backward(grad)
        for layer in model.layers:
            for name, gradient in layer.grads.items():
                totals[f"{layer.name}/{name}"] += gradient / len(x)
    return totals


@pytest.mark.parametrize("n", [1, 2, 7, 8, 9, 16, 17, 20, 33, 100, 300])  # one block and several
def test_a_step_takes_off_the_mean_of_the_gradients_of_the_samples(n):
    model = make_tiny_model(optimizers.SGD(0.5))
    x, y = tiny_data(n)
    grads = mean_of_gradients_of_single_samples(model, x, y)
    before = parameters_of(model)
    model.train_on_batch(x, y)
    for name, param in model.params.items():
        assert largest_difference(param, before[name] - 0.5 * grads[name]) < 1e-13, name  # measured 4e-16


def test_batches_of_many_sizes_one_after_the_other_are_each_the_mean():
    model = make_tiny_model(optimizers.SGD(0.5))
    for step, n in enumerate([150, 20, 3, 150, 11, 1, 150]):
        x, y = tiny_data(n, seed=step)
        grads = mean_of_gradients_of_single_samples(model, x, y)
        before = parameters_of(model)
        model.train_on_batch(x, y)
        for name, param in model.params.items():
            assert largest_difference(param, before[name] - 0.5 * grads[name]) < 1e-13, name  # measured 5e-16


@pytest.mark.parametrize("n", [1, 5, 20])
def test_train_on_batch_returns_loss_and_accuracy_from_before_the_step(n):
    model = make_tiny_model()
    x, y = tiny_data(n)
    expected = model.evaluate(x, y)
    result = model.train_on_batch(x, y)
    assert result == pytest.approx(expected, abs=1e-14)  # measured 0
    assert model.evaluate(x, y) != expected


def test_without_metrics_only_the_loss_is_returned():
    model = make_tiny_model()
    model.compile()
    x, y = tiny_data(5)
    assert isinstance(model.evaluate(x, y), float)
    assert isinstance(model.train_on_batch(x, y), float)
    assert list(model.fit(x, y, verbose=0).history) == ["loss"]


# Training


def test_fit_returns_one_entry_an_epoch():
    model = make_tiny_model()
    x, y = tiny_data(20)
    result = model.fit(x, y, batch_size=6, epochs=3, verbose=0, validation_data=tiny_data(7, seed=9))
    assert result.epoch == [0, 1, 2]
    assert list(result.history) == ["loss", "accuracy", "val_loss", "val_accuracy"]
    assert all(len(values) == 3 and isinstance(values[0], float) for values in result.history.values())


def test_fit_reports_means_over_samples_while_the_weights_move():
    x, y = tiny_data(11)
    model, other = make_tiny_model(optimizers.SGD(0.1)), make_tiny_model(optimizers.SGD(0.1))
    history = model.fit(x, y, batch_size=4, shuffle=False, verbose=0).history
    batches = [slice(0, 4), slice(4, 8), slice(8, 11)]
    sums = sum(len(x[batch]) * np.array(other.train_on_batch(x[batch], y[batch])) for batch in batches)
    loss, accuracy = sums / 11
    assert history["loss"][0] == pytest.approx(loss, abs=1e-14)  # measured 0
    assert history["accuracy"][0] == pytest.approx(accuracy, abs=1e-14)  # measured 0
    assert_same_weights(model, other.get_weights())


def test_validation_is_evaluation_after_the_epoch():
    model = make_tiny_model()
    held_out = tiny_data(7, seed=9)
    history = model.fit(*tiny_data(20), verbose=0, validation_data=held_out).history
    assert [history["val_loss"][0], history["val_accuracy"][0]] == model.evaluate(*held_out)


@pytest.mark.parametrize(("n", "batch_size", "steps"), [(10, 3, 4), (9, 3, 3), (2, 5, 1), (11, 1, 11), (20, 32, 1)])
def test_a_short_last_batch_is_kept(n, batch_size, steps):
    model = make_tiny_model()
    model.fit(*tiny_data(n), batch_size=batch_size, epochs=2, verbose=0)
    assert model.optimizer.iterations == 2 * steps


def test_samples_come_in_the_order_given_without_shuffling():
    x, y = tiny_data(10)
    model, other = make_tiny_model(), make_tiny_model()
    model.fit(x, y, batch_size=1, epochs=2, shuffle=False, verbose=0)
    for _ in range(2):
        for n in range(10):
            other.train_on_batch(x[[n]], y[[n]])
    assert_same_weights(model, other.get_weights())


def weights_after_fit(**arguments):
    model = make_tiny_model(optimizers.SGD(0.1))
    model.fit(*tiny_data(30), batch_size=4, epochs=2, verbose=0, **arguments)
    return model.get_weights()


def test_a_seed_shuffles_the_same_again():
    for first, second in zip(weights_after_fit(seed=1), weights_after_fit(seed=1), strict=True):
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("arguments", [{"seed": 2}, {"shuffle": False}, {}, {"seed": np.random.default_rng(2)}])
def test_other_seeds_shuffle_differently(arguments):
    pairs = zip(weights_after_fit(seed=1), weights_after_fit(**arguments), strict=True)
    assert all((first != second).any() for first, second in pairs)


def test_every_epoch_has_an_order_of_its_own_in_which_every_sample_comes_once():
    # With one sample a step and no learning to speak of, the losses are those of the samples.
    x, y = tiny_data(12)
    model = make_tiny_model(optimizers.SGD(1e-30))
    orders = []
    for seed in range(2):
        rng = np.random.default_rng(seed)
        orders.append([tuple(rng.permutation(12)) for _ in range(2)])
        history = model.fit(x, y, epochs=2, seed=seed, verbose=0).history
        assert history["loss"] == pytest.approx([model.evaluate(x, y)[0]] * 2, abs=1e-14)  # measured 9e-16
    assert len({order for pair in orders for order in pair}) == 4


def test_labels_are_shuffled_with_their_samples():
    x, y = tiny_data(20)
    model = make_tiny_model(optimizers.SGD(1e-30))
    expected = model.evaluate(x, y)
    history = model.fit(x, y, batch_size=3, seed=1, verbose=0).history
    assert [history["loss"][0], history["accuracy"][0]] == pytest.approx(expected, abs=1e-14)  # measured 0


def test_fit_changes_neither_samples_nor_labels():
    x, y = tiny_data(20)
    kept = x.copy(), y.copy()
    make_tiny_model().fit(x, y, epochs=2, verbose=0)
    np.testing.assert_array_equal(x, kept[0])
    np.testing.assert_array_equal(y, kept[1])


@pytest.mark.processor
def test_training_can_go_on_from_a_later_epoch():
    x, y = tiny_data(20)
    whole, parts = make_tiny_model("adam"), make_tiny_model("adam")
    whole.fit(x, y, epochs=3, shuffle=False, verbose=0)
    parts.fit(x, y, epochs=1, shuffle=False, verbose=0)
    later = parts.fit(x, y, initial_epoch=1, epochs=3, shuffle=False, verbose=0)
    assert later.epoch == [1, 2]
    assert_same_weights(parts, whole.get_weights())


def test_a_line_is_printed_for_each_epoch_and_nothing_if_told_so(capsys):
    model = make_tiny_model()
    model.fit(*tiny_data(5), epochs=2, verbose=0)
    model.evaluate(*tiny_data(5))
    model.predict(tiny_data(5)[0])
    assert capsys.readouterr().out == ""
    history = model.fit(*tiny_data(5), epochs=2).history
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[1] == f"Epoch 2/2 - loss: {history['loss'][1]:.4f} - accuracy: {history['accuracy'][1]:.4f}"


@pytest.mark.processor
def test_simple_cnn_learns_real_images():
    model = simple_cnn(numpy_model)
    model.initialize(0)
    model.compile(optimizers.SGD(0.01), metrics=["accuracy"])
    x, y = fashion_excerpt(200)
    before, _ = model.evaluate(x, y)
    history = model.fit(x, y, batch_size=1, epochs=3, seed=0, verbose=0).history
    assert before > 2
    assert history["loss"][2] < 1.1  # measured 2.3
    assert history["accuracy"][2] > 0.55  # measured 0.91


def test_categorical_targets_train_as_sparse_labels_do():
    x, y = tiny_data(13)
    sparse, categorical = make_tiny_model(), make_tiny_model(loss="categorical_crossentropy")
    first = sparse.fit(x, y, batch_size=5, shuffle=False, verbose=0).history
    assert categorical.fit(x, np.eye(3)[y], batch_size=5, shuffle=False, verbose=0).history == first
    assert_same_weights(categorical, sparse.get_weights())


def test_a_softmax_in_the_loss_a_layer_or_an_activation_is_the_same():
    results = []
    numpy_model.config.set_floatx("float64")
    for last in ([layers.Dense(3, activation="softmax")], [layers.Dense(3), layers.Softmax()], [layers.Dense(3)]):
        model = Sequential([Input((4,)), layers.Dense(5, activation="relu"), *last])
        model.initialize(0)
        from_logits = len(last) == 1 and isinstance(last[0].activation, numpy_model.activations.Linear)
        model.compile(optimizers.SGD(0.5), losses.SparseCategoricalCrossentropy(from_logits))
        history = model.fit(draw((20, 4)), np.arange(20) % 3, batch_size=7, epochs=2, shuffle=False, verbose=0).history
        results.append((history["loss"], *model.get_weights()))
    for other in results[1:]:
        for actual, expected in zip(other, results[0], strict=True):
            assert largest_difference(actual, expected) < 1e-14  # measured 0


# Data that the model cannot take


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x, y: (x, np.where(y == 0, 3, y)), r"label 3 of sample \d+ is outside the classes 0 to 2"),
        (lambda x, y: (x, y - 1), r"label -1 of sample \d+ is outside the classes 0 to 2"),
        (lambda x, y: (x, y / 1), "needs whole-number labels"),
        (lambda x, y: (x, y[:-1]), "received 5 samples and 4 labels"),
        (
            lambda x, y: (x[..., 0], y),
            r"x has shape \(5, 6, 6\), and sequential takes one sample or more of shape \(6,",
        ),
        (
            lambda x, y: (x[:0], y[:0]),
            r"x has shape \(0, 6, 6, 1\), and sequential takes one sample or more",
        ),
    ],
)
@pytest.mark.parametrize("call", ["fit", "evaluate", "train_on_batch"])
def test_data_that_do_not_fit_are_refused_before_training(call, change, message):
    model = make_tiny_model()
    kept = model.get_weights()
    with pytest.raises(ValueError, match=message):
        getattr(model, call)(*change(*tiny_data(5)))
    assert_same_weights(model, kept)


@pytest.mark.parametrize("name", ["batch_size", "epochs"])
@pytest.mark.parametrize("value", [0, -1, 2.5, True, "3"])
def test_counts_that_are_none_are_refused(name, value):
    with pytest.raises(ValueError, match=f"{name} is {value!r}; allowed is a whole number of at least 1"):
        make_tiny_model().fit(*tiny_data(5), verbose=0, **{name: value})


# Divergence


@pytest.mark.parametrize(("batch_size", "place", "step"), [(1, 0, 1), (1, 17, 18), (4, 17, 5), (32, 17, 1), (7, 39, 6)])
def test_a_sample_that_is_not_a_number_is_named_by_its_step(batch_size, place, step):
    x, y = tiny_data(40)
    x[place] = np.nan
    message = rf"the loss is nan at epoch 3, step {step}; x holds nan in sample {place}"
    with pytest.raises(FloatingPointError, match=message):
        make_tiny_model().fit(x, y, batch_size=batch_size, initial_epoch=2, epochs=3, shuffle=False, verbose=0)


@pytest.mark.parametrize("n", [1023, 1024, 1025, 2100])  # around the places where losses are looked at
def test_the_step_is_exact_far_into_an_epoch(n):
    model = Sequential([Input((1,)), layers.Dense(2, activation="softmax")])
    model.compile()
    x = np.ones((n, 1))
    x[-1] = np.inf
    with pytest.raises(FloatingPointError, match=f"at epoch 1, step {n};"):
        model.fit(x, np.zeros(n, int), batch_size=1, shuffle=False, verbose=0)
    model.initialize(0)
    with pytest.raises(FloatingPointError, match=f"at epoch 1, step {math.ceil(n / 100)};"):
        model.fit(x, np.zeros(n, int), batch_size=100, shuffle=False, verbose=0)


def test_a_learning_rate_that_is_too_large_is_named_with_a_way_out():
    model = linear_network(numpy_model)
    model.initialize(0)
    model.compile(optimizers.SGD(1e6))
    with pytest.raises(
        FloatingPointError, match=r"the loss is (nan|inf) at epoch 1, step \d+; try a smaller learning_rate"
    ):
        model.fit(*tiny_data(200), batch_size=1, shuffle=False, verbose=0)


@pytest.mark.parametrize(("weights", "scale"), [(np.nan, 1), (1e10, 1e300)])
def test_a_loss_that_is_not_finite_before_any_step_is_not_laid_on_the_learning_rate(weights, scale):
    model = make_tiny_model()
    model.set_weights([np.full_like(weight, weights) for weight in model.get_weights()])
    x, y = tiny_data(20)
    with pytest.raises(FloatingPointError, match=r"step 1; no step .* weights are not finite, or x, which reaches"):
        model.fit(scale * x, y, verbose=0)


def test_after_divergence_the_model_trains_again_from_good_weights():
    model, other = make_tiny_model(), make_tiny_model()
    kept = model.get_weights()
    x, y = tiny_data(20)
    with pytest.raises(FloatingPointError):
        model.fit(np.full_like(x, np.nan), y, batch_size=9, shuffle=False, verbose=0)
    model.set_weights(kept)
    for each in (model, other):
        each.fit(x, y, batch_size=9, shuffle=False, verbose=0)
    assert_same_weights(model, other.get_weights())


# Prediction


@pytest.mark.processor
def test_prediction_is_a_chain_of_forward_steps():
    model = make_tiny_model()
    x, _ = tiny_data(3)
    expected = x
    for layer in model.layers:
        expected = layer.forward(expected).copy()
    assert largest_difference(model.predict(x), expected) < 1e-13  # measured 2e-16
    np.testing.assert_array_equal(model.forward(x), expected)


@pytest.mark.processor
@pytest.mark.parametrize("batch_size", [1, 2, 8, 9, 32, 1000])
def test_predictions_do_not_depend_on_the_batch_size(batch_size):
    model = make_tiny_model()
    x, _ = tiny_data(100)
    expected = np.concatenate([model.predict(x[[n]]) for n in range(100)])
    assert largest_difference(model.predict(x, batch_size=batch_size), expected) < 1e-14  # measured 2e-16


def test_predictions_are_probabilities_in_an_array_of_their_own():
    model = make_tiny_model()
    first = model.predict(tiny_data(5, seed=1)[0])
    kept = first.copy()
    model.predict(tiny_data(5, seed=2)[0])
    np.testing.assert_array_equal(first, kept)
    np.testing.assert_allclose(first.sum(axis=1), 1, rtol=0, atol=1e-15)  # measured 1e-16


def test_a_network_without_compiling_predicts():
    assert tiny_network(numpy_model).predict(tiny_data(4)[0]).shape == (4, 3)


@pytest.mark.parametrize("n", [1, 8, 9, 20])
def test_evaluation_is_the_mean_over_predictions(n):
    model = make_tiny_model()
    x, y = tiny_data(n)
    probabilities = model.predict(x)
    loss, accuracy = model.evaluate(x, y, batch_size=6)
    assert loss == pytest.approx(-np.log(probabilities[np.arange(n), y]).mean(), abs=1e-14)  # measured 9e-16
    assert accuracy == (probabilities.argmax(axis=1) == y).mean()


@pytest.mark.processor
def test_prediction_and_evaluation_change_nothing():
    model, other = make_tiny_model("adam"), make_tiny_model("adam")
    x, y = tiny_data(20)
    for each in (model, other):
        each.fit(x, y, batch_size=8, shuffle=False, verbose=0)
        if each is model:
            each.evaluate(x[:8], y[:8])
            each.predict(x[:8])
    for each in (model, other):
        each.fit(x, y, batch_size=8, shuffle=False, verbose=0)
    assert_same_weights(model, other.get_weights())


@pytest.mark.parametrize("batch_size", [0, 1.5])
def test_an_impossible_batch_size_is_refused(batch_size):
    model = make_tiny_model()
    with pytest.raises(ValueError, match="batch_size is"):
        model.predict(tiny_data(3)[0], batch_size=batch_size)


def test_samples_of_another_shape_are_refused_in_prediction():
    with pytest.raises(ValueError, match=r"x is a single sample .*; give x\[0\]\[None\] for x\[0\]"):
        make_tiny_model().predict(tiny_data(1)[0][0])


def small_model(*layers):
    return numpy_model.Sequential([numpy_model.Input((4,)), *layers, numpy_model.layers.Dense(3, activation="softmax")])


def test_a_layer_belongs_to_one_place_in_one_model():
    layer = numpy_model.layers.Dense(4)
    with pytest.raises(ValueError, match="layer dense is in a model already"):
        small_model(layer, layer)
    layer = numpy_model.layers.Dense(4)
    small_model(layer)
    with pytest.raises(ValueError, match="is in a model already"):
        small_model(layer)


def test_layers_of_two_types_are_refused():
    with pytest.raises(ValueError, match="computes in float64"):
        numpy_model.Sequential(
            [
                numpy_model.Input((4,)),
                numpy_model.layers.Dense(4),
                numpy_model.layers.Dense(3, dtype="float64", activation="softmax"),
            ]
        )


def test_an_optimizer_belongs_to_one_model():
    first, second = small_model(), small_model()
    optimizer = numpy_model.optimizers.SGD(0.1)
    first.compile(optimizer)
    with pytest.raises(ValueError, match="belongs to another model"):
        second.compile(optimizer)
    first.compile(optimizer)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_model_is_not_copied_by_halves(copied):
    with pytest.raises(TypeError, match="set_weights"):
        copied(small_model())


def test_the_defaults_of_keras_may_be_written_out():
    model = small_model()
    model.compile("sgd", metrics=None)
    history = model.fit(np.zeros((5, 4)), np.zeros(5, int), batch_size=None, verbose=0)
    assert set(history.history) == {"loss"}


def test_what_needs_compiling_says_so():
    with pytest.raises(RuntimeError, match="compile"):
        small_model().reset_optimizer()


def test_the_class_of_an_initializer_stands_for_its_default():
    layer = numpy_model.layers.Dense(4, kernel_initializer=numpy_model.initializers.Zeros)
    small_model(layer)
    assert not layer.params["kernel"].any()


# Looking on


def test_an_observer_sees_outputs_and_gradients_of_every_layer_and_pass():
    model, seen = make_tiny_model(), []
    x, y = tiny_data(6)

    def observer(plan):
        seen.append([[array.copy() for array in arrays] for arrays in (plan.outputs, plan.grad_inputs)])

    kept = model.get_weights()
    with model.observed(observer):
        model.fit(x, y, batch_size=3, shuffle=False, verbose=0)
    model.fit(x, y, batch_size=3, shuffle=False, verbose=0)
    assert len(seen) == 2
    model.set_weights(kept)
    outputs = x[:3]
    for layer, found in zip(model.layers, seen[0][0], strict=True):
        outputs = layer.forward(outputs)
        assert largest_difference(found, outputs) < 1e-13  # measured 2e-16
    assert [grad.shape for grad in seen[0][1]] == [(3, *layer.input_shape) for layer in model.layers]
    assert all(grad.any() for grad in seen[0][1])


def test_the_time_of_every_layer_is_added_up():
    model, seconds = make_tiny_model(), Counter()
    with model.timed(seconds):
        model.fit(*tiny_data(6), batch_size=3, verbose=0)
    assert {name for name, _ in seconds} == {layer.name for layer in model.layers} | {"loss"}
    once = dict(seconds)
    model.fit(*tiny_data(6), batch_size=3, verbose=0)
    assert seconds == once


@pytest.mark.parametrize(
    ("module", "name", "listed"),
    [
        ("layers", "LSTM", "Activation, AveragePooling2D, "),
        ("optimizers", "Lion", "Adagrad, Adam, AdamW"),
        ("losses", "Huber", "CategoricalCrossentropy"),
        ("initializers", "LecunOrthogonal", "GlorotUniform"),
        ("activations", "Mish", "linear, relu"),
    ],
)
def test_a_name_that_is_missing_is_an_error_that_lists_what_there_is(module, name, listed):
    with pytest.raises(AttributeError, match=rf"numpy_model\.{module} has no '{name}'; there are .*{listed}"):
        getattr(getattr(numpy_model, module), name)


# Layers that are added


def test_layers_that_are_added_make_the_same_model_as_a_list():
    chain = [layers.Dense(5, activation="relu"), layers.Dense(3, activation="softmax")]
    model, whole = Sequential(), small_model(layers.Dense(5, activation="relu"))
    model.add(Input((4,)))
    for layer in chain:
        model.add(layer)
    for each in (model, whole):
        each.initialize(0)
        each.compile()
        each.fit(draw((6, 4)), np.arange(6) % 3, shuffle=False, verbose=0)
    assert list(model.params) == list(whole.params)
    assert_same_weights(model, whole.get_weights())


def test_a_layer_is_popped_and_another_takes_its_place():
    model = small_model(layers.Dense(5))
    last = model.layers[-1]
    assert model.pop() is last
    assert model.output_shape == (5,)
    model.add(layers.Dense(2, activation="softmax"))
    model.compile()
    model.fit(np.ones((3, 4)), np.zeros(3, int), verbose=0)
    assert model.predict(np.ones((3, 4))).shape == (3, 2)


def test_a_layer_that_was_refused_leaves_the_model_as_it_was():
    model = small_model()
    with pytest.raises(ValueError, match="layer conv2d needs inputs"):
        model.add(layers.Conv2D(2, 3))
    assert model.predict(np.ones((1, 4))).shape == (1, 3)


def test_a_model_without_layers_says_so():
    with pytest.raises(RuntimeError, match="sequential has no layers; add an Input and layers first"):
        Sequential().compile()
    with pytest.raises(ValueError, match="no layer to pop"):
        Sequential().pop()


def test_layers_are_found_by_name_and_index():
    model = small_model(layers.Dense(5, name="hidden"))
    assert model.get_layer("hidden") is model.get_layer(index=0) is model.layers[0]
    for arguments in ({}, {"name": "hidden", "index": 0}):
        with pytest.raises(ValueError, match="takes a name or an index"):
            model.get_layer(**arguments)
    for arguments in ({"name": "lost"}, {"index": 2}):
        with pytest.raises(ValueError, match=r"has no layer of .*; there are hidden, dense"):
            model.get_layer(**arguments)


# Keras's further ways to call


def test_scores_come_by_name_where_asked_for():
    model = make_tiny_model()
    x, y = tiny_data(5)
    scores = model.evaluate(x, y, batch_size=None, return_dict=True)
    assert list(scores) == model.metrics_names == ["loss", "accuracy"]
    assert list(scores.values()) == model.evaluate(x, y) == model.test_on_batch(x, y)
    assert model.train_on_batch(x, y, return_dict=True) == pytest.approx(scores, abs=1e-14)  # measured 0
    np.testing.assert_array_equal(model.predict_on_batch(x), model.predict(x, batch_size=None))


def test_a_validation_split_holds_the_last_samples_out():
    x, y = tiny_data(10)
    model, other = make_tiny_model(), make_tiny_model()
    history = model.fit(x, y, validation_split=0.3, seed=0, verbose=0).history
    assert history == other.fit(x[:7], y[:7], validation_data=(x[7:], y[7:]), seed=0, verbose=0).history


@pytest.mark.parametrize("share", [-0.1, 0.9, 1, 1.5])
def test_an_impossible_validation_split_is_refused(share):
    with pytest.raises(ValueError, match="validation_split is"):
        make_tiny_model().fit(*tiny_data(5), validation_split=share, verbose=0)


@pytest.mark.parametrize("other_job", ["predict", "fit"])
def test_threads_take_turns_with_a_model(other_job):
    x, y = tiny_data(40)
    model = make_tiny_model(optimizers.SGD(1e-30))
    expected = model.predict(x)
    other = (lambda: model.fit(x, y, batch_size=1, verbose=0)) if other_job == "fit" else (lambda: model.predict(x[:7]))
    with ThreadPoolExecutor(2) as executor:
        jobs = [(executor.submit(model.predict, x), executor.submit(other)) for _ in range(20)]
    for job, other in jobs:
        other.result()
        assert largest_difference(job.result(), expected) < 1e-13  # measured 0


def test_threads_that_train_on_batches_in_turn_are_each_given_their_own_loss():
    model = make_tiny_model(optimizers.SGD(1e-30))
    samples = [tiny_data(1, seed=seed) for seed in range(2)]
    expected = [model.train_on_batch(*sample) for sample in samples]

    def losses_of(index):
        return [model.train_on_batch(*samples[index]) for _ in range(500)]

    with ThreadPoolExecutor(2) as executor:
        found = list(executor.map(losses_of, range(2)))
    for own, loss in zip(found, expected, strict=True):
        np.testing.assert_allclose(own, [loss] * 500)


def test_weights_are_not_read_while_another_thread_trains():
    x, y = tiny_data(40)
    model = make_tiny_model()
    model.fit(x, y, epochs=1, batch_size=1, shuffle=False, verbose=0)
    seen = []

    class Reader:
        def on_train_batch_end(self, batch, logs):
            if batch == 20:
                threads.append(executor.submit(lambda: seen.append(model.get_weights())))

    threads = []
    with ThreadPoolExecutor(1) as executor:
        model.fit(x, y, batch_size=1, shuffle=False, verbose=0, callbacks=Reader())
        threads[0].result()
    for weights, others in zip(seen[0], model.get_weights(), strict=True):
        np.testing.assert_array_equal(weights, others)


def test_the_summary_of_a_model_without_layers_counts_nothing(capsys):
    numpy_model.Sequential([numpy_model.Input((3,))]).summary()
    assert "Total params: 0" in capsys.readouterr().out


@pytest.mark.parametrize("call", ["fit", "train_on_batch"])
def test_weights_of_classes_without_labels_are_refused(call):
    x, _ = tiny_data(4)
    with pytest.raises(ValueError, match="y is None"):
        getattr(make_tiny_model(), call)(x, None, class_weight={0: 2.0})


def test_a_loss_that_overflows_in_one_step_is_returned_without_a_warning(recwarn):
    x, y = tiny_data(4)
    model = make_tiny_model(optimizers.SGD(1e300))
    for _ in range(3):
        model.train_on_batch(x, y)
    assert not recwarn.list
