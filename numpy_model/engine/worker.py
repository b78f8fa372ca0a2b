"""A process beside this one, with a copy of the network, that works on part of a batch."""

from __future__ import annotations

import contextlib
import math
import multiprocessing
import os
import pickle
import sys
import types
import warnings
import weakref
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from numpy_model.engine import shared_memory
from numpy_model.engine.shared_memory import place_all, share, vector_of
from numpy_model.engine.worker_process import serve

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    from numpy_model.engine.network import Network


class Worker:
    """A copy of a network in a process of its own, and the memory that both processes share.

    Numbers pass through shared arrays; the pipe says which job, for how many samples, and when.

    Args:
        network: a `Network`, as it is now.
        capacity: most samples of one job.

    Attributes:
        grads: of the network, as the worker's last job left them.
        pid: number of the process.

    Raises:
        OSError: if no process can be started, or layers or loss cannot be sent to it.
    """

    def __init__(self, network: Network, capacity: int) -> None:
        first, last = network.layers[0], network.layers[-1]
        outputs = (capacity, *last.output_shape)
        shapes = {
            "x": (capacity, *first.input_shape),
            "targets": outputs,
            "sample_weight": (capacity,),
            "out": outputs,
        }
        memories = {name: share(math.prod(shape), first.dtype) for name, shape in shapes.items()}
        self._arrays = {name: vector_of(memory).reshape(shapes[name]) for name, memory in memories.items()}
        params, grads = (
            [share(array.size, array.dtype) for array in arrays] for arrays in (network.params, network.grads)
        )
        self._network_params = network.params
        self._params, self.grads = place_all(network, params, grads)
        self._connection, theirs = multiprocessing.Pipe()
        ends = theirs, (self._connection if shared_memory.START_METHOD == "fork" else None)
        process = start(serve, described(network), memories, shapes, params, grads, *ends)
        theirs.close()
        self.pid = process.pid
        weakref.finalize(self, stop, process, os.getpid())
        try:
            failure = self._connection.recv_bytes().decode()
        except (EOFError, ConnectionError):
            failure = "the process ended as soon as it was there"
        if failure:
            raise OSError(failure)

    def begin(self, job: str, **inputs: object) -> None:
        """Start the method `job` of the worker's network, with the parameters as they are now.

        Args:
            job: a name.
            inputs: arguments. Arrays must be samples of `x`, `targets` or `sample_weight`; the rest are numbers.
        """
        arrays = {name: value for name, value in inputs.items() if name in self._arrays}
        numbers = {name: value for name, value in inputs.items() if name not in arrays}
        self._n = len(inputs["x"])
        request = {"job": job, "n": self._n, "arrays": list(arrays), "numbers": numbers}
        # A process takes 0.1 ms to wake up, in which there is time to copy.
        self._exchange(self._connection.send_bytes, pickle.dumps(request))
        for shared, param in zip(self._params, self._network_params, strict=True):
            np.copyto(shared, param)
        for name, array in arrays.items():
            np.copyto(self._arrays[name][: self._n], array)
        self._exchange(self._connection.send_bytes, b"go")

    def finish(self) -> np.ndarray:
        """Wait for the job, and return what it wrote, a shared array that holds until the next.

        Raises:
            RuntimeError: if the job failed, or the process is gone.
        """
        failure = self._exchange(self._connection.recv_bytes).decode()
        if failure:
            raise RuntimeError(f"a worker process of numpy_model failed: {failure}")
        return self._arrays["out"][: self._n]

    def _exchange(self, function: Callable, *arguments: object) -> object:
        try:
            return function(*arguments)
        except (EOFError, ConnectionError) as error:
            raise RuntimeError(
                "a worker process of numpy_model is gone, killed or out of memory; "
                "numpy_model.config.set_threads(1) does without workers"
            ) from error


def described(network: Network) -> object:
    """Return layers and loss of a network, as a new process can take them; a fork has them."""
    if shared_memory.START_METHOD == "fork":
        return network.layers, network.loss
    try:
        return pickle.dumps((network.layers, network.loss))
    except Exception as error:  # a class may be unfit for this in many ways
        raise OSError(f"layers or loss cannot be sent to another process: {error}") from error


def start(function: Callable, *arguments: object) -> BaseProcess:
    """Start a process that calls a function, and return it."""
    context = multiprocessing.get_context(shared_memory.START_METHOD)
    process = context.Process(target=function, args=arguments, daemon=True)
    with warnings.catch_warnings(), without_main_script():
        # Python warns of a fork beside other threads, such as TensorFlow's: the child must not wait for what they hold.
        # The worker only calls NumPy, which holds nothing.
        warnings.simplefilter("ignore", DeprecationWarning)
        process.start()
    return process


@contextlib.contextmanager
def without_main_script() -> Iterator[None]:
    """Keep a new process from running the script that this one runs once more, which may train without a guard."""
    if shared_memory.START_METHOD == "fork":
        yield
        return
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def stop(process: BaseProcess, owner: int) -> None:
    """End a worker, even a stopped one, if this is the process that started it and not another copy of that."""
    if os.getpid() == owner:
        process.kill()
        process.join()
