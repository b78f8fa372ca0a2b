"""A kernel computes what its layer computes, from any inputs, whenever its tape is played."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numpy_model import activations
from numpy_model.engine.kernels import KERNELS, kernel_class, make_kernel
from numpy_model.engine.kernels.plain import PlainKernel
from numpy_model.engine.tape import Tape
from tests.numpy_model.cases import (
    CASES,
    convolutions,
    draw,
    draw_tied_inputs,
    largest_difference_by_name,
    poolings,
    property_settings,
    randomize,
    run,
)

pytestmark = pytest.mark.processor

every_case = pytest.mark.parametrize("case", CASES, ids=str)


class Played:
    """A kernel on a tape of its own, which is called like a layer."""

    def __init__(self, layer, n, kernel=None):
        self.layer = layer
        kernel = (kernel or make_kernel)(layer, n, getattr(layer, "activation", None))
        self._inputs = np.empty((n, *layer.input_shape), layer.dtype)
        self._grad_outputs = np.empty((n, *layer.output_shape), layer.dtype)
        self._tape = Tape()
        self._outputs = kernel.forward(self._tape, self._inputs, training=True)
        self._grad_inputs = kernel.backward(self._tape, self._grad_outputs, needs_grad_inputs=True)

    def run(self, inputs, grad_outputs):
        """Return what `cases.run` returns of a layer."""
        self._inputs[...], self._grad_outputs[...] = inputs, grad_outputs
        with np.errstate(all="ignore"):
            self._tape.play()
        np.testing.assert_array_equal(self._inputs, inputs)
        np.testing.assert_array_equal(self._grad_outputs, grad_outputs)
        results = {"outputs": self._outputs, "grad_inputs": self._grad_inputs} | self.layer.grads
        return {name: array.copy() for name, array in results.items()}


def arranged(layer):
    """Return a layer with its parameters in memory as its kernel wants them."""
    arrange = getattr(kernel_class(layer), "arrange", None)
    for arrays in (layer.params, layer.grads) if arrange else ():
        arrays.update({name: arrange(layer, name, array) for name, array in arrays.items()})
    return layer


@every_case
@pytest.mark.parametrize("n", [1, 9])  # one chunk of images, and three
def test_a_kernel_computes_what_its_layer_computes(case, n):
    layer, played = case.build(), Played(arranged(case.build()), n)
    for seed in (3, 4):
        inputs, grad_outputs = case.draw_inputs(n, seed=seed), draw((n, *layer.output_shape), seed=10 * seed)
        for each in (layer, played.layer):
            randomize(each.params.values(), seed)
        difference = largest_difference_by_name(played.run(inputs, grad_outputs), run(layer, inputs, grad_outputs))
        assert difference < 1e-13  # measured 4e-16


@every_case
def test_a_batch_that_is_not_finite_leaves_nothing_behind(case):
    played = Played(arranged(case.build()), 2)
    inputs, grad_outputs = case.draw_inputs(2), draw((2, *played.layer.output_shape))
    expected = played.run(inputs, grad_outputs)
    played.run(np.full_like(inputs, np.nan), np.full_like(grad_outputs, np.inf))
    assert largest_difference_by_name(played.run(inputs, grad_outputs), expected) == 0


@every_case
def test_every_layer_runs_as_it_is_written_without_its_kernel(case):
    layer, played = case.build(), Played(case.build(), 3, kernel=PlainKernel)
    inputs, grad_outputs = case.draw_inputs(3), draw((3, *layer.output_shape))
    assert largest_difference_by_name(played.run(inputs, grad_outputs), run(layer, inputs, grad_outputs)) == 0


@property_settings(60)
@given(case=convolutions(), n=st.integers(1, 5))
def test_kernels_of_any_convolution_agree_with_the_layer(case, n):
    layer, played = case.build(), Played(arranged(case.build()), n)
    inputs, grad_outputs = case.draw_inputs(n), draw((n, *layer.output_shape), seed=8)
    difference = largest_difference_by_name(played.run(inputs, grad_outputs), run(layer, inputs, grad_outputs))
    assert difference < 1e-13  # measured 4e-16


@property_settings(150)
@given(case=poolings(), n=st.integers(1, 5), seed=st.integers(0, 100), tied=st.booleans())
def test_kernels_of_any_pooling_agree_with_the_layer(case, n, seed, tied):
    layer, played = case.build(), Played(arranged(case.build()), n)
    inputs = draw_tied_inputs(case, n, seed=seed) if tied else case.draw_inputs(n, seed=seed)
    grad_outputs = draw((n, *layer.output_shape), seed=8)
    difference = largest_difference_by_name(played.run(inputs, grad_outputs), run(layer, inputs, grad_outputs))
    assert difference < 1e-13  # measured 3e-16


@pytest.mark.parametrize("case", [case for case in CASES if case.arguments.get("activation")], ids=str)
def test_an_activation_that_kernels_do_not_know_is_called_as_it_is_written(case):
    class Doubled(activations.Relu):
        def forward(self, logits):
            return 2 * super().forward(logits)

        def backward(self, grad_outputs, outputs):
            return 2 * super().backward(grad_outputs, outputs)

    layer, other = case.build(), arranged(case.build())
    for each in (layer, other):
        each.activation = Doubled()
    inputs, grad_outputs = case.draw_inputs(3), draw((3, *layer.output_shape))
    difference = largest_difference_by_name(
        Played(other, 3).run(inputs, grad_outputs), run(layer, inputs, grad_outputs)
    )
    assert difference < 1e-13  # measured 2e-16


@pytest.mark.parametrize("layer", KERNELS)
def test_a_class_that_inherits_has_no_kernel_as_it_may_compute_anything(layer):
    arguments = {"Conv2D": (2, 3), "Dense": (2,), "Activation": ("relu",), "AveragePooling2D": (2,)}.get(
        layer.__name__, ()
    )
    inherited = type(layer.__name__, (layer,), {})
    assert kernel_class(layer(*arguments)) is not PlainKernel
    assert kernel_class(inherited(*arguments)) is PlainKernel
