"""The layers against plain loops."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import numpy_model
from numpy_model import naive
from tests.numpy_model.cases import (
    ALL_CASES,
    TINY_NETWORKS,
    Case,
    convolutions,
    dense_layers,
    draw,
    draw_tied_inputs,
    largest_difference,
    largest_difference_by_name,
    pixel_biases,
    poolings,
    property_settings,
    randomize,
    run,
    tiny_data,
)

pytestmark = pytest.mark.processor

batches = st.integers(1, 3)


def difference_from_loops(case, inputs):
    """Return the largest difference of outputs and all gradients."""
    plain, loops = case.build("plain"), case.build("naive")
    grad_outputs = draw((len(inputs), *plain.output_shape), seed=8)
    return largest_difference_by_name(run(plain, inputs, grad_outputs), run(loops, inputs, grad_outputs))


@pytest.mark.parametrize("case", ALL_CASES, ids=str)
def test_layers_agree(case):
    assert difference_from_loops(case, case.draw_inputs(3)) < 1e-13  # measured 3e-15


@pytest.mark.parametrize("keepdims", [False, True])
def test_global_maxima_of_tied_inputs_agree(keepdims):
    case = Case("tied", "GlobalMaxPooling2D", (3, 4, 2), {"keepdims": keepdims})
    assert difference_from_loops(case, draw_tied_inputs(case, 3)) < 1e-14  # measured 0


@property_settings(60)
@given(case=convolutions(), n=batches)
def test_convolutions_agree(case, n):
    assert difference_from_loops(case, case.draw_inputs(n)) < 1e-13  # measured 5e-16


@property_settings(150)
@given(case=poolings(), n=batches)
def test_poolings_agree(case, n):
    assert difference_from_loops(case, case.draw_inputs(n)) < 1e-14  # measured 2e-16


@property_settings(150)
@given(case=poolings(), n=batches, seed=st.integers(0, 100))
def test_poolings_of_tied_inputs_agree(case, n, seed):
    assert difference_from_loops(case, draw_tied_inputs(case, n, seed=seed)) < 1e-14  # measured 4e-16


@property_settings(60)
@given(case=pixel_biases(), n=batches)
def test_biases_of_each_pixel_agree(case, n):
    assert difference_from_loops(case, case.draw_inputs(n)) < 1e-14  # measured 3e-16


@property_settings(60)
@given(case=dense_layers(), n=batches)
def test_dense_layers_agree(case, n):
    assert difference_from_loops(case, case.draw_inputs(n)) < 1e-14  # measured 3e-16


@property_settings(60)
@given(
    layer=st.sampled_from(["ReLU", "Softmax", "Flatten"]),
    shape=st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple),
    n=batches,
)
def test_activations_and_flatten_agree(layer, shape, n):
    case = Case(layer, layer, shape)
    assert difference_from_loops(case, draw_tied_inputs(case, n) - 1) < 1e-14  # measured 1e-16


@property_settings(60)
@given(first=convolutions(), n=batches)
def test_convolutions_of_rectified_inputs_agree(first, n):
    inputs = np.maximum(first.draw_inputs(n), 0)
    assert difference_from_loops(first, inputs) < 1e-13  # measured 3e-16


@pytest.mark.parametrize("network", TINY_NETWORKS)
def test_models_of_both_train_to_the_same_weights(network):
    numpy_model.config.set_floatx("float64")
    models = [network(library) for library in (numpy_model, naive)]
    x, y = tiny_data(11)
    histories = []
    for model in models:
        randomize(model.params.values(), seed=3)
        model.compile(numpy_model.optimizers.SGD(0.05, momentum=0.5), metrics=["accuracy"])
        histories.append(model.fit(x, y, batch_size=3, epochs=2, shuffle=False, verbose=0).history)
    for fast, loops in zip(*(model.get_weights() for model in models), strict=True):
        assert largest_difference(fast, loops) < 1e-13  # measured 4e-16
    assert largest_difference_by_name(*histories) < 1e-13  # measured 4e-16


def test_an_activation_that_is_not_written_out_in_loops_is_refused():
    class Doubled(numpy_model.activations.Relu):
        pass

    layer = Case("dense", "Dense", (3,), {"units": 2}).build("naive")
    layer.activation = Doubled()
    with pytest.raises(ValueError, match="Doubled is not written out in plain loops; use linear, relu or softmax"):
        layer.forward(draw((1, 3)))
