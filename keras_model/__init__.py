"""Keras models of the harness's networks. The only package that imports keras and tensorflow.

Keras has one backend in a process. It is TensorFlow, whatever `KERAS_BACKEND` or `keras.json` name, but in the
processes that `harness.training.backend_trainer` starts for another: there `KERAS_MODEL_BACKEND` names it.
"""

import os

from keras_model.quiet import import_keras

BACKEND = os.environ.get("KERAS_MODEL_BACKEND", "tensorflow")
keras = import_keras(BACKEND)

from keras_model import library  # noqa: E402 - Keras first, and quietly
from keras_model.environment import describe_environment, set_threads  # noqa: E402
from keras_model.trainer import KerasTrainer  # noqa: E402

__all__ = ["KerasTrainer", "describe_environment", "keras", "library", "set_threads"]

if BACKEND == "tensorflow":
    from keras_model.walker import KerasWalker

    __all__ += ["KerasWalker"]
