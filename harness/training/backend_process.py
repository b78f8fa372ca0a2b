"""The process of a Keras model on a backend of its own: it makes the model, and does what it is asked for.

Keras has one backend in a process, and that of this program is TensorFlow. Nothing here may import Keras before the
backend is chosen.
"""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from numpy_model.config import usable_cores

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.sharedctypes import Synchronized

    from harness.experiments.run_config import RunConfig
    from keras_model import KerasTrainer


@dataclass(frozen=True)
class Order:
    """What the process is to train.

    Attributes:
        backend: of Keras, such as `"jax"`.
        model: its name in the run.
        config: the `RunConfig`, filled; the process makes network, optimizer and loss from it.
        input_shape: (H, W, C).
        n_classes: number of classes.
        dtype: `"float32"` or `"float64"`.
    """

    backend: str
    model: str
    config: RunConfig
    input_shape: tuple[int, ...]
    n_classes: int
    dtype: str = "float32"


@dataclass(frozen=True)
class Epoch:
    """What came out of an epoch.

    Attributes:
        loss, accuracy: means over the epoch.
        seconds: until the end of the last step.
        waiting: seconds after that.
    """

    loss: float
    accuracy: float
    seconds: float
    waiting: float


class CountedSteps:
    """A step function of Keras whose calls another process can count."""

    def __init__(self, step: object, counter: Synchronized) -> None:
        self._step, self._counter = step, counter

    def __call__(self, *arguments: object) -> object:
        """Take a step, and return what it returns."""
        result = self._step(*arguments)
        self._counter.value += 1
        return result


def serve(connection: Connection, order: Order, counter: Synchronized) -> None:
    """Make the model, and answer requests until the other end of the connection is closed.

    Every request is the name of a method of `Served` and its arguments. The answer is what it returns, or its error.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that the user started
    try:
        served = Served(order, counter)
        connection.send(None)
    except Exception as error:
        connection.send(as_sent(error))
        return
    while True:
        try:
            name, arguments = connection.recv()
        except EOFError:
            return
        try:
            answer = getattr(served, name)(*arguments)
        except Exception as error:
            answer = as_sent(error)
        connection.send(answer)


def as_sent(error: Exception) -> Exception:
    """Return an error that every process can read: one of the built-in classes, with the message."""
    for kind in (FloatingPointError, ImportError, ValueError, MemoryError, OSError):
        if isinstance(error, kind):
            return kind(str(error))
    return RuntimeError(f"{type(error).__name__}: {error}")


class Served:
    """The model of an `Order`, and all that the other process may ask of it."""

    def __init__(self, order: Order, counter: Synchronized) -> None:
        threads = order.config.threads
        if threads and hasattr(os, "sched_setaffinity"):  # the one limit that every library keeps to
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
        os.environ["KERAS_MODEL_BACKEND"] = order.backend
        os.environ["JAX_ENABLE_X64"] = str(int(order.dtype == "float64"))
        import keras_model
        from keras_model.settings import keep_float64

        if order.dtype == "float64":
            keep_float64()
        if order.backend == "torch":  # which by itself takes one, as NumPy's BLAS is told to
            keras_model.set_threads(threads or usable_cores())
        self._backend = order.backend
        recipe = order.config.recipes()[order.model]
        network = partial(recipe.network, input_shape=order.input_shape, n_classes=order.n_classes)
        optimizer = partial(recipe.optimizer, learning_rate=order.config.learning_rate)
        self._trainer: KerasTrainer = keras_model.KerasTrainer(network, optimizer, order.dtype, recipe.loss)
        self._trainer.model.train_function = CountedSteps(self._trainer.model.train_function, counter)
        self._describe_environment = keras_model.describe_environment

    def call(self, name: str, *arguments: object) -> object:
        """Return what a method of the trainer returns."""
        return getattr(self._trainer, name)(*arguments)

    def train_epoch(self, *arguments: object) -> Epoch:
        """Train on all samples once, with the arguments of the trainer's method; the clock runs here."""
        start = time.perf_counter()
        loss, accuracy = self._trainer.train_epoch(*arguments)
        end = time.perf_counter()
        # Others hand their steps out, and `fit` ends when they are done.
        last = self._trainer.last_step_end if self._backend == "tensorflow" else end
        return Epoch(loss, accuracy, last - start, end - last)

    def layers(self) -> list[str]:
        """Return the class of every layer."""
        return [type(layer).__name__ for layer in self._trainer.model.layers]

    def environment(self) -> dict[str, object]:
        """Return versions, threads and devices."""
        return self._describe_environment()
