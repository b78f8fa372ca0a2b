"""Keras on another backend than TensorFlow, in a process of its own, as a `Trainer`."""

from __future__ import annotations

import multiprocessing
import time
import weakref
from types import SimpleNamespace

import numpy as np

from harness.experiments.model_names import BACKENDS
from harness.experiments.run_config import RunConfig
from harness.training.backend_process import Order, serve


class BackendTrainer:
    """A Keras model on JAX or PyTorch, or on TensorFlow, that another process trains.

    Args:
        model: a name from `BACKENDS`.
        config: the `RunConfig` of the run, filled, from which the process makes network, optimizer and loss.
        input_shape: (H, W, C).
        n_classes: number of classes.
        dtype: `"float32"` (the default) or `"float64"`.

    Attributes:
        model: has `layers`, objects of classes with the names of Keras's.
        in_steps: whether the runner trains step by step: Keras trains an epoch in one piece.
        first_step_begin, last_step_end: of the last epoch, in seconds of `time.perf_counter`. What the other process
            took is between them, and what it took to hand the images over is not.

    Raises:
        ImportError: if the backend is not installed.
        ValueError: if the network cannot be built.
        RuntimeError: in a daemonic process, which may have no children.
    """

    in_steps = False

    def __init__(
        self, model: str, config: RunConfig, input_shape: tuple[int, ...], n_classes: int, dtype: str = "float32"
    ) -> None:
        if multiprocessing.current_process().daemon:
            raise RuntimeError(
                f"{model} needs a process of its own, and a worker of a sweep may start none; leave it out there"
            )
        order = Order(BACKENDS[model], model, config, tuple(input_shape), n_classes, dtype)
        context = multiprocessing.get_context("spawn")  # a fork would have Keras's backend of this process
        self._counter = context.Value("q", 0)
        self._connection, theirs = context.Pipe()
        process = context.Process(target=serve, args=(theirs, order, self._counter), daemon=True)
        process.start()
        theirs.close()
        weakref.finalize(self, end, self._connection, process)
        self._receive()
        self.model = SimpleNamespace(layers=[type(name, (), {})() for name in self._ask("layers")])

    def _ask(self, request: str, *arguments: object) -> object:
        self._connection.send((request, arguments))
        return self._receive()

    def _receive(self) -> object:
        try:
            answer = self._connection.recv()
        except (EOFError, ConnectionError) as error:
            raise RuntimeError("the process of the model has ended, killed or out of memory") from error
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def steps_done(self) -> int:
        """Training steps taken so far, for a progress bar to read from another thread."""
        return self._counter.value

    def describe_environment(self) -> dict[str, object]:
        """Return versions, threads and devices, as plain values for a JSON file."""
        return self._ask("environment")

    def parameters(self) -> list[tuple[str, tuple[int, ...]]]:
        """Return name and shape of every parameter array, in order."""
        return self._ask("call", "parameters")

    def get_weights(self) -> list[np.ndarray]:
        """Return copies of all parameters."""
        return self._ask("call", "get_weights")

    def get_state(self) -> list[np.ndarray]:
        """Return copies of all that `set_state` needs to go on from here."""
        return self._ask("call", "get_state")

    def set_state(self, state: list[np.ndarray]) -> None:
        """Go on from a state that `get_state` returned."""
        self._ask("call", "set_state", state)

    def initial_weights(self, seed: int) -> list[np.ndarray]:
        """Return parameters that Keras itself draws from the seed."""
        return self._ask("call", "initial_weights", seed)

    def start(self, weights: list[np.ndarray]) -> None:
        """Set all parameters, and forget all that the optimizer knows."""
        self._ask("call", "start", weights)

    def warm_up(self, x: np.ndarray, y: np.ndarray, batch_size: int) -> None:
        """Train and predict once, so that everything is compiled and traced, and undo the training."""
        self._ask("call", "warm_up", x, y, batch_size)

    def train_epoch(self, x: np.ndarray, y: np.ndarray, batch_size: int, epoch: int = 1) -> tuple[float, float]:
        """Train on all samples once, in the order given, and return mean loss and accuracy over the epoch.

        Raises:
            FloatingPointError: if the loss is not finite, naming epoch and step.
        """
        result = self._ask("train_epoch", x, y, batch_size, epoch)
        self.last_step_end = time.perf_counter() - result.waiting
        self.first_step_begin = self.last_step_end - result.seconds
        return result.loss, result.accuracy

    def predict(self, x: np.ndarray, batch_size: int = 256) -> np.ndarray:
        """Return the probabilities of all classes, (N, F)."""
        return self._ask("call", "predict", x, batch_size)


def end(connection: object, process: multiprocessing.Process) -> None:
    """Let the process end by itself, and end it if it does not."""
    connection.close()
    process.join(timeout=5)
    if process.is_alive():
        process.kill()
