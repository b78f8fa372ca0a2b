"""The library that networks are written for: Keras, and one layer that it has not."""

import numpy as np
import pytest

from harness.experiments.networks import write_up_cnn
from keras_model import keras, library


def public(module):
    """Return what a module has, by name."""
    return {name: value for name, value in vars(module).items() if not name.startswith("_")}


def test_the_library_is_keras_but_for_its_layers():
    ours, theirs = public(library), public(keras)
    assert ours.pop("layers") is not theirs.pop("layers")
    assert ours == theirs


def test_the_layers_are_those_of_keras_and_the_bias_for_each_pixel():
    ours, theirs = public(library.layers), public(keras.layers)
    assert {name for name in ours if name not in theirs} == {"PixelBias", "keras"}
    assert {name: ours[name] for name in theirs} == theirs


def test_keras_itself_is_left_as_it_is():
    assert not hasattr(keras.layers, "PixelBias")


def test_the_bias_for_each_pixel_can_be_made_again_from_its_arguments():
    layer = library.layers.PixelBias(
        activation="relu", bias_initializer=keras.initializers.RandomNormal(stddev=0.5), name="given", dtype="float64"
    )
    twin = library.layers.PixelBias.from_config(layer.get_config())
    assert twin.get_config() == layer.get_config()
    assert (twin.name, twin.dtype, twin.activation) == ("given", "float64", keras.activations.relu)
    assert twin.bias_initializer.stddev == 0.5


@pytest.mark.filterwarnings("ignore:__array__ implementation")  # of Keras's own, as it writes the file
def test_a_model_with_a_bias_for_each_pixel_is_saved_and_loaded(tmp_path):
    model = write_up_cnn(library)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert [type(layer) for layer in loaded.layers] == [type(layer) for layer in model.layers]
    for ours, theirs in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_the_bias_for_each_pixel_refuses_inputs_that_are_no_images():
    with pytest.raises(ValueError, match="expected ndim=4"):
        library.Sequential([library.Input((10,)), library.layers.PixelBias()])


def test_the_bias_for_each_pixel_refuses_images_of_another_size():
    layer = library.layers.PixelBias()
    layer.build((None, 3, 4, 2))
    with pytest.raises(ValueError, match=r"expected shape=.*3, 4, 2"):
        layer(np.zeros((5, 4, 3, 2)))
