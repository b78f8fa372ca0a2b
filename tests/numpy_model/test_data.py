"""Data as users give them: what Keras's users are used to does the same, or is refused by its name."""

import numpy as np
import pandas
import pytest

import numpy_model
from tests.numpy_model.cases import largest_difference, make_tiny_model, tiny_data

X, Y = tiny_data(12)


def history(x=X, y=Y, **arguments):
    model = make_tiny_model()
    model.initialize(0)
    return model.fit(x, y, **({"shuffle": False, "verbose": 0} | arguments)).history


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


def memory_mapped(array, path):
    np.save(path, array)
    return np.load(path, mmap_mode="r")


@pytest.mark.parametrize(
    "form",
    [
        lambda array, path: array.tolist(),
        lambda array, path: list(array),
        lambda array, path: read_only(array),
        memory_mapped,
        lambda array, path: np.asfortranarray(array),
        lambda array, path: array.astype(array.dtype.newbyteorder(">")),
        lambda array, path: np.repeat(array, 2, axis=0)[::2],
        lambda array, path: array[::-1][::-1],
        lambda array, path: array.astype(object) if array.ndim > 1 else array[:, None],
        lambda array, path: np.ma.masked_array(array) if array.ndim > 1 else array,
    ],
    ids=[
        "lists",
        "arrays",
        "read-only",
        "mapped",
        "Fortran",
        "big-endian",
        "strided",
        "backwards",
        "object",
        "unmasked",
    ],
)
def test_arrays_of_any_form_train_as_plain_ones_do(form, tmp_path):
    assert history(form(X, tmp_path / "x.npy"), form(Y, tmp_path / "y.npy")) == history()


def test_a_table_of_pandas_is_taken_in_its_order_whatever_its_index():
    model = numpy_model.Sequential([numpy_model.Input((4,)), numpy_model.layers.Dense(3, activation="softmax")])
    model.compile()
    weights = model.get_weights()
    table = np.random.default_rng(0).random((12, 4))
    results = []
    for x, y in (
        (table, Y),
        (pandas.DataFrame(table, index=range(100, 112)), pandas.Series(Y, index=range(50, 62))),
        (pandas.DataFrame(table), pandas.Series(Y).astype("category")),
    ):
        model.set_weights(weights)
        results.append(model.fit(x, y, validation_split=0.25, shuffle=False, verbose=0).history)
    assert results[0] == results[1] == results[2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"x": X * 1j}, r"x is no array of numbers \(its type is complex"),
        ({"x": X.astype(str)}, r"x is no array of numbers \(its type is <U"),
        ({"x": np.ma.masked_array(X, X > 0)}, r"x is a masked array, and the mask would be lost; give x\.filled"),
        ({"x": {"input": X}}, "x is no array of numbers .*'dict'"),
        ({"x": (batch for batch in [(X, Y)]), "y": None}, "x is no array of numbers .*'generator'"),
        ({"x": [X]}, r"x has shape \(1, 12, "),
        ({"x": X[:0], "y": Y[:0]}, r"x has shape \(0, "),
        ({"validation_split": "0.2"}, "validation_split is '0.2'; allowed is a number from 0 to below 1"),
        ({"x": None, "validation_split": 0.2}, "x is a NoneType; allowed beside validation_split is an array"),
        ({"x": {"input": X}, "validation_split": 0.2}, "x is a dict; allowed beside validation_split is an array"),
        ({"x": {1, 2}, "validation_split": 0.2}, "x is a set; allowed beside validation_split is an array"),
        ({"y": Y[:9], "validation_split": 0.2}, r"as many labels and weights as samples, and received \[12, 9\]"),
        ({"class_weight": {"0": 2.0}}, "class_weight has a weight for '0'; allowed are numbers of classes"),
        ({"class_weight": {0: None}}, "class_weight is None for class 0; allowed is a finite number"),
        ({"class_weight": "balanced"}, "class_weight is 'balanced'; allowed is a dictionary"),
        ({"callbacks": [numpy_model.Sequential]}, r"callbacks has the class Sequential; give an object: S"),
        ({"seed": -1}, "seed is -1; allowed is a whole number of at least 0"),
    ],
)
def test_what_cannot_be_trained_on_is_refused_by_its_name(arguments, message):
    with pytest.raises(ValueError, match=message):
        history(**arguments)


def test_class_weights_may_lack_a_class_and_have_numbers_of_any_kind():
    expected = history(class_weight={0: 2.0, 1: 1.0, 2: 1.0})
    for class_weight in ({0: 2}, {np.int64(0): np.float32(2)}, {0.0: 2.0}):
        assert history(class_weight=class_weight) == expected


@pytest.mark.parametrize(
    ("shape", "given", "advice"),
    [
        ((5, 4, 1), lambda x: x[..., 0], "x[..., None]"),
        ((5, 4, 3), lambda x: x.transpose(0, 3, 1, 2), "x.transpose(0, 2, 3, 1)"),
        ((5, 4, 3), lambda x: x.reshape(len(x), -1), "x.reshape(-1, 5, 4, 3)"),
        ((60,), lambda x: x.reshape(len(x), 5, 4, 3), "x.reshape(-1, 60)"),
    ],
)
def test_samples_of_another_layout_are_refused_with_what_makes_them_right(shape, given, advice):
    model = numpy_model.Sequential([numpy_model.Input(shape), numpy_model.layers.Flatten()])
    samples = np.random.default_rng(0).random((2, *shape))
    with pytest.raises(ValueError, match="sequential takes one sample or more") as refusal:
        model.predict(given(samples))
    assert str(refusal.value).endswith(f"; give {advice}")
    np.testing.assert_array_equal(model.predict(eval(advice, {"x": given(samples)})), model.predict(samples))


def test_a_model_that_is_called_gives_its_outputs():
    model = make_tiny_model()
    assert largest_difference(model(X.tolist()), model.predict(X)) < 1e-13  # measured 1e-16
    with pytest.raises(ValueError, match="x is a single sample"):
        model(X[0])


def test_layers_cannot_be_frozen_and_that_is_said():
    model = make_tiny_model()
    model.trainable = model.layers[0].trainable = True
    for frozen in (model, model.layers[0]):
        with pytest.raises(ValueError, match="trainable is False; allowed is True"):
            frozen.trainable = False
