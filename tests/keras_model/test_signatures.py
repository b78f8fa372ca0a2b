"""Every argument of Keras's `Sequential` does the same here, or is refused by its name.

The arguments are those that Keras itself shows. So one that is new in Keras fails until it has a row in `ARGUMENTS`.
"""

import inspect
import re

import numpy as np
import pytest

import numpy_model
from keras_model import keras
from tests.numpy_model.cases import tiny_data, tiny_network

N = 12
X, Y = tiny_data(N)
WEIGHTS = np.linspace(0.5, 2, N)
HELD_OUT = tiny_data(5, seed=9)
DATA = {"x": X, "y": Y}


class Stop:
    """Ends the training after the first epoch."""

    def __new__(cls, library):
        class Callback(library.callbacks.Callback if library is keras else object):
            def set_model(self, model):
                super().set_model(model) if library is keras else setattr(self, "model", model)

            def on_epoch_end(self, epoch, logs=None):
                self.model.stop_training = True

        return Callback()


def moved(model, result):
    """Return a result, and the parameters after it."""
    return [result, model.get_weights()]


def history_of(model, **arguments):
    return moved(model, model.fit(**({"shuffle": False, "verbose": 0} | DATA | arguments)).history)


def scores_of(model, **arguments):
    scores = model.evaluate(**({"verbose": 0} | DATA | arguments))
    return scores if isinstance(scores, dict) else [float(score) for score in scores]


def batch_scores_of(method):
    def use(model, **arguments):
        scores = getattr(model, method)(**(DATA | arguments))
        return moved(model, scores if isinstance(scores, dict) else [float(score) for score in scores])

    return use


def predictions_of(model, **arguments):
    return model.predict(**({"x": X, "verbose": 0} | arguments))


def trained_after_compiling(model, **arguments):
    model.compile(**({"optimizer": "sgd", "loss": "sparse_categorical_crossentropy"} | arguments))
    return moved(model, [float(score) for score in np.atleast_1d(model.train_on_batch(X, Y))])


def layers_of(method):
    def use(model, **arguments):
        if method == "add":
            library = numpy_model if isinstance(model, numpy_model.Sequential) else keras
            layer = library.layers.Dense(2, name="last")
            arguments |= {"layer": layer if arguments.get("layer", "dense") == "dense" else arguments["layer"]}
        result = getattr(model, method)(**arguments)
        return [getattr(result, "name", ""), [layer.name for layer in model.layers]]

    return use


def saved(model, **arguments):
    path = arguments.pop("filepath")
    model.save_weights(path, **arguments)
    return path.exists()


# For each method: how to use it, so that what it returns can be compared; and for each argument the values that do the
# same in both libraries (with others beside them, where the argument means nothing alone), and those that are refused.
ARGUMENTS = {
    "fit": (
        history_of,
        {
            "x": ([{"x": X}], [{"x": None}, {"x": X[0]}, {"x": "abc"}, {"x": X[:, :2]}]),
            "y": ([{"y": Y}], [{"y": None}]),
            "batch_size": ([{"batch_size": 5}, {"batch_size": None}], [{"batch_size": 0}, {"batch_size": 1.5}]),
            "epochs": ([{"epochs": 2}], [{"epochs": 0}, {"epochs": "2"}]),
            "verbose": ([{"verbose": 2}], [{"verbose": 5}, {"verbose": "loud"}]),
            "callbacks": ([{"callbacks": Stop, "epochs": 3}, {"callbacks": []}], [{"callbacks": [3]}]),
            "validation_split": ([{"validation_split": 0.25}], [{"validation_split": 1.5}]),
            "validation_data": (
                [{"validation_data": HELD_OUT}, {"validation_data": (*HELD_OUT, np.arange(5.0))}],
                [{"validation_data": 3}, {"validation_data": (X,)}],
            ),
            "shuffle": ([{"shuffle": True, "batch_size": N}], [{"shuffle": "batch"}]),
            "class_weight": ([{"class_weight": {0: 2.0}}], [{"class_weight": [1, 2]}]),
            "sample_weight": ([{"sample_weight": WEIGHTS}], [{"sample_weight": WEIGHTS[:3]}, {"sample_weight": "a"}]),
            "initial_epoch": ([{"initial_epoch": 1, "epochs": 3}], [{"initial_epoch": -1}, {"initial_epoch": "1"}]),
            "steps_per_epoch": ([{"steps_per_epoch": None}], [{"steps_per_epoch": 1}]),
            "validation_steps": ([{"validation_steps": None}], [{"validation_steps": 1}]),
            "validation_batch_size": (
                [{"validation_batch_size": 2, "validation_data": HELD_OUT}],
                [{"validation_batch_size": 0, "validation_data": HELD_OUT}],
            ),
            "validation_freq": (
                [{"validation_freq": 2, "validation_data": HELD_OUT, "epochs": 3}],
                [{"validation_freq": 0}, {"validation_freq": [1]}],
            ),
        },
    ),
    "evaluate": (
        scores_of,
        {
            "x": ([{"x": X}], [{"x": None}]),
            "y": ([{"y": Y}], [{"y": None}]),
            "batch_size": ([{"batch_size": 5}], [{"batch_size": 0}]),
            "verbose": ([{"verbose": 2}], [{"verbose": "loud"}]),
            "sample_weight": ([{"sample_weight": WEIGHTS}], [{"sample_weight": WEIGHTS[:3]}]),
            "steps": ([{"steps": None}], [{"steps": 1}]),
            "callbacks": ([{"callbacks": None}], [{"callbacks": [3]}]),
            "return_dict": ([{"return_dict": True}], [{"return_dict": "loss"}]),
        },
    ),
    "predict": (
        predictions_of,
        {
            "x": ([{"x": X}], [{"x": None}, {"x": X[0]}]),
            "batch_size": ([{"batch_size": 5}], [{"batch_size": 0}]),
            "verbose": ([{"verbose": 2}], [{"verbose": "loud"}]),
            "steps": ([{"steps": None}], [{"steps": 1}]),
            "callbacks": ([{"callbacks": None}], [{"callbacks": [3]}]),
        },
    ),
    "predict_on_batch": (
        lambda model, **arguments: model.predict_on_batch(**arguments),
        {"x": ([{"x": X}], [{"x": None}])},
    ),
    "train_on_batch": (
        batch_scores_of("train_on_batch"),
        {
            "x": ([{"x": X}], [{"x": None}]),
            "y": ([{"y": Y}], [{"y": None}]),
            "sample_weight": ([{"sample_weight": WEIGHTS}], [{"sample_weight": WEIGHTS[:3]}]),
            "class_weight": ([{"class_weight": {0: 2.0}}], [{"class_weight": 2.0}]),
            "return_dict": ([{"return_dict": True}], [{"return_dict": "loss"}]),
        },
    ),
    "test_on_batch": (
        batch_scores_of("test_on_batch"),
        {
            "x": ([{"x": X}], [{"x": None}]),
            "y": ([{"y": Y}], [{"y": None}]),
            "sample_weight": ([{"sample_weight": WEIGHTS}], [{"sample_weight": WEIGHTS[:3]}]),
            "return_dict": ([{"return_dict": True}], [{"return_dict": "loss"}]),
        },
    ),
    "compile": (
        trained_after_compiling,
        {
            "optimizer": ([{"optimizer": "adam"}], [{"optimizer": ["sgd"]}, {"optimizer": "no such one"}]),
            "loss": ([], [{"loss": ["sparse_categorical_crossentropy"]}, {"loss": "no such one"}]),
            "loss_weights": ([{"loss_weights": None}], [{"loss_weights": [2.0]}]),
            "metrics": ([{"metrics": ["accuracy"]}, {"metrics": None}], [{"metrics": ["no such one"]}]),
            "weighted_metrics": ([{"weighted_metrics": None}], [{"weighted_metrics": ["accuracy"]}]),
            "run_eagerly": ([{"run_eagerly": False}], [{"run_eagerly": True}]),
            "steps_per_execution": ([{"steps_per_execution": 1}], [{"steps_per_execution": 2}]),
            "jit_compile": ([{"jit_compile": False}], [{"jit_compile": True}]),
            "auto_scale_loss": ([{"auto_scale_loss": False}], [{"auto_scale_loss": "yes"}]),
        },
    ),
    "add": (
        layers_of("add"),
        {"layer": ([{"layer": "dense"}], [{"layer": 3}]), "rebuild": ([{"rebuild": True}], [{"rebuild": False}])},
    ),
    "pop": (layers_of("pop"), {"rebuild": ([{"rebuild": True}], [{"rebuild": False}])}),
    "get_layer": (
        layers_of("get_layer"),
        {
            "name": ([{"name": "flatten"}], [{"name": "no such one"}, {"name": "flatten", "index": 0}]),
            "index": ([{"index": 1}], [{"index": 100}, {"index": "1"}]),
        },
    ),
    "set_weights": (
        lambda model, weights: moved(model, model.set_weights(weights(model) if callable(weights) else weights)),
        {"weights": ([{"weights": lambda model: [2 * w for w in model.get_weights()]}], [{"weights": None}])},
    ),
    "summary": (
        lambda model, **arguments: model.summary(**({"print_fn": lambda text, **_: None} | arguments)),
        {
            "line_length": ([{"line_length": None}], [{"line_length": 80}]),
            "positions": ([{"positions": None}], [{"positions": [0.5, 1.0]}]),
            "print_fn": ([{"print_fn": None}], [{"print_fn": "print"}]),
            "expand_nested": ([{"expand_nested": True}], [{"expand_nested": "all"}]),
            "show_trainable": ([{"show_trainable": False}], [{"show_trainable": True}]),
            "layer_range": ([{"layer_range": None}], [{"layer_range": ["flatten", "flatten"]}]),
        },
    ),
    "save_weights": (
        saved,
        {
            "filepath": ([{"filepath": "new"}], [{"filepath": "new.txt"}]),
            "overwrite": ([{"overwrite": True, "filepath": "new"}], [{"overwrite": False, "filepath": "old"}]),
            "max_shard_size": ([{"max_shard_size": None, "filepath": "new"}], [{"max_shard_size": 1.0}]),
        },
    ),
    "load_weights": (
        lambda model, **arguments: moved(model, model.load_weights(**arguments)),
        {
            "filepath": ([{"filepath": "keras"}], [{"filepath": 3}]),
            "skip_mismatch": ([{"skip_mismatch": False, "filepath": "keras"}], [{"skip_mismatch": True}]),
        },
    ),
    "get_weights": (lambda model: model.get_weights(), {}),
    "count_params": (lambda model: model.count_params(), {}),
}
ROWS = [(method, argument) for method, (_, arguments) in ARGUMENTS.items() for argument in arguments]


def arguments_of(function):
    """Return the arguments that a place or a name may give, without `self`."""
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD,)
    return [name for name, one in inspect.signature(function).parameters.items() if one.kind in kinds][1:]


@pytest.mark.parametrize("method", ARGUMENTS)
def test_the_arguments_stand_in_the_order_of_keras_and_all_have_a_row(method):
    theirs = arguments_of(getattr(keras.Sequential, method))
    assert arguments_of(getattr(numpy_model.Sequential, method)) == theirs
    assert list(ARGUMENTS[method][1]) == theirs


@pytest.fixture(autouse=True)
def double_precision():
    """Make layers, weights and metrics of both libraries float64."""
    for library in (numpy_model, keras):
        library.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")


@pytest.fixture(scope="module")
def twins():
    """Return a model of each library, compiled the first time that a test needs them."""
    return {}


def model_of(library, twins, is_new):
    """Return a compiled model, with first weights; for what cannot be undone another one, not compiled."""
    if not is_new and library in twins:
        model = twins[library]
    else:
        if library is keras:
            keras.backend.clear_session()  # Keras numbers names on and on
        model = tiny_network(library)
        if not is_new:
            model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
            twins[library] = model
    rng = np.random.default_rng(0)
    model.set_weights([rng.uniform(-0.5, 0.5, weight.shape) for weight in model.get_weights()])
    return model


def result_of(library, method, arguments, twins, folder):
    """Return what a use of the method comes to. Callbacks and files are made here, as each library has its own."""
    arguments = dict(arguments)
    if arguments.get("callbacks") is Stop:
        arguments["callbacks"] = [Stop(library)]
    if method in ("save_weights", "load_weights"):
        arguments["filepath"] = path_of(library, arguments.get("filepath", "new"), twins, folder)
    return ARGUMENTS[method][0](model_of(library, twins, method in ("compile", "add", "pop")), **arguments)


def path_of(library, name, twins, folder):
    """Return the path that a row of the table means: a new file, one that is there, or one of Keras's weights."""
    if not isinstance(name, str):
        return name
    ending = ".npz" if library is numpy_model and name != "keras" else ".weights.h5"
    path = folder / (name if "." in name else name + ending)
    if name == "old":
        path.touch()
    if name == "keras":
        model_of(keras, twins, False).save_weights(path)
    return path


def assert_equal(ours, theirs):
    if isinstance(theirs, dict):
        assert set(ours) == set(theirs)
        ours, theirs = [ours[name] for name in theirs], list(theirs.values())
    if isinstance(theirs, list | tuple):
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs, strict=True):
            assert_equal(one, other)
    elif theirs is None or isinstance(theirs, str):
        assert ours == theirs
    else:
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12)  # measured 4e-16


# Keras traces a model anew for every argument of `compile`; how a compiled model trains is compared elsewhere.
IN_KERAS = [pytest.param(*row, marks=pytest.mark.slow) if row[0] == "compile" else pytest.param(*row) for row in ROWS]


@pytest.mark.parametrize(("method", "argument"), IN_KERAS)
def test_an_argument_does_what_it_does_in_keras(method, argument, twins, tmp_path):
    for arguments in ARGUMENTS[method][1][argument][0]:
        ours, theirs = (result_of(one, method, arguments, twins, tmp_path) for one in (numpy_model, keras))
        assert_equal(ours, theirs)


@pytest.mark.parametrize(("method", "argument"), ROWS)
def test_a_value_that_is_not_allowed_is_refused_by_name(method, argument, twins, tmp_path):
    for arguments in ARGUMENTS[method][1][argument][1]:
        with pytest.raises((ValueError, TypeError), match=r"allowed|there are|takes|needs|end it") as refusal:
            result_of(numpy_model, method, arguments, twins, tmp_path)
        assert re.search(rf"\b{argument}\b", str(refusal.value)), refusal.value
