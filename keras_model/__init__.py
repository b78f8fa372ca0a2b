"""Keras models of the harness's networks. The only package that imports keras and tensorflow."""

from keras_model.quiet import import_keras

keras = import_keras()

from keras_model import library  # noqa: E402 - Keras first, and quietly
from keras_model.environment import describe_environment, set_threads  # noqa: E402
from keras_model.trainer import KerasTrainer  # noqa: E402
from keras_model.walker import KerasWalker  # noqa: E402

__all__ = ["KerasTrainer", "KerasWalker", "describe_environment", "keras", "library", "set_threads"]
