"""The library that networks are written for: Keras, with the layers of `keras_model.layers`."""

from keras import *  # noqa: F403 - whatever Keras has

from keras_model import layers  # noqa: F401
