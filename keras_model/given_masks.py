"""Keras with a Dropout whose masks are given: both libraries draw at random, and never the same."""

from types import SimpleNamespace

import keras
import numpy as np
import tensorflow as tf

from keras_model import library


class GivenMasks:
    """A library that networks are written for, whose `layers.Dropout` multiplies by the mask that was set last.

    Args:
        shape: (N, ...), of the masks of the one Dropout in the network.
        dtype: of the network.
    """

    def __init__(self, shape: tuple[int, ...], dtype: str) -> None:
        mask = self._mask = tf.Variable(tf.ones(shape, dtype), trainable=False)

        class Dropout(keras.layers.Layer):
            """What `keras.layers.Dropout` does, with a mask of zeros and 1 / (1 - rate)."""

            def __init__(self, rate: float, seed: int | None = None) -> None:
                super().__init__()

            def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
                return inputs * mask if training else inputs

        self.layers = SimpleNamespace(**{**vars(library.layers), "Dropout": Dropout})

    def __getattr__(self, name: str) -> object:
        return getattr(library, name)

    def set_mask(self, mask: np.ndarray) -> None:
        """Let the next steps be taken with this mask."""
        self._mask.assign(mask)
