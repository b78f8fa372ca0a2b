"""The networks, in both libraries."""

import pytest

import keras_model
import numpy_model
from harness.networks import simple_cnn
from numpy_model import naive


@pytest.mark.parametrize("library", [numpy_model, naive, keras_model.keras], ids=["numpy", "naive", "keras"])
def test_simple_cnn_has_the_published_number_of_parameters_in_every_library(library):
    assert simple_cnn(library).count_params() == 119_772


def test_simple_cnn_takes_colour_images_of_any_size_and_any_number_of_classes():
    model = simple_cnn(numpy_model, input_shape=(32, 32, 3), n_classes=100)
    twin = simple_cnn(keras_model.keras, input_shape=(32, 32, 3), n_classes=100)
    assert [weights.shape for weights in model.get_weights()] == [weights.shape for weights in twin.get_weights()]
