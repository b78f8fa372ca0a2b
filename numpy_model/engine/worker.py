"""A process beside this one, with a copy of the network, that works on part of a batch."""

from __future__ import annotations

import contextlib
import json
import math
import mmap
import multiprocessing
import os
import signal
import warnings
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from numpy_model.engine.blas_threads import limit_blas
from numpy_model.engine.numpy_settings import fast_numpy
from numpy_model.engine.parameters import place

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from numpy_model.engine.network import Network


class Worker:
    """A copy of a network in a process of its own, and the memory that both processes share.

    The copy is made by `fork`, so it costs no pickling, and what both read is in memory only once. Numbers pass through
    shared arrays; the pipe between the processes only says when.

    Args:
        network: a `Network`, as it is now.
        capacity: most samples of one job.

    Attributes:
        grads: of the network, as the worker's last job left them.
        pid: number of the process.
    """

    def __init__(self, network: Network, capacity: int) -> None:
        first, last = network.layers[0], network.layers[-1]
        outputs = (capacity, *last.output_shape)
        self._arrays = {
            "x": shared_array((capacity, *first.input_shape), first.dtype),
            "targets": shared_array(outputs, first.dtype),
            "sample_weight": shared_array((capacity,), first.dtype),
            "out": shared_array(outputs, first.dtype),
        }
        self._network_params = network.params
        self._params = [place(shared_array((param.size,), param.dtype), param) for param in network.params]
        self.grads = [place(shared_array((grad.size,), grad.dtype), grad) for grad in network.grads]
        context = multiprocessing.get_context("fork")
        self._connection, theirs = context.Pipe()
        process = context.Process(target=self._serve, args=(network, theirs), daemon=True)
        with warnings.catch_warnings():
            # Python warns of a fork beside other threads, such as TensorFlow's: the child must not wait for what they
            # hold. The worker only calls NumPy, which holds nothing.
            warnings.simplefilter("ignore", DeprecationWarning)
            process.start()
        theirs.close()
        self.pid = process.pid
        weakref.finalize(self, stop, process, os.getpid())

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
        self._exchange(self._connection.send_bytes, json.dumps(request).encode())
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

    def _serve(self, network: Network, connection: Connection) -> None:
        """Do one job after the other until the other end of the pipe is closed, or its process killed."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that the user started
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        limit_blas()
        self._connection.close()
        network.move_to(self._params, self.grads)
        with contextlib.suppress(EOFError, ConnectionError):
            while True:
                request = json.loads(connection.recv_bytes())
                connection.recv_bytes()
                connection.send_bytes(self._failure_of(network, request).encode())

    def _failure_of(self, network: Network, request: bytes) -> str:
        """Do a job, and return why it failed, "" if it did not."""
        try:
            self._work(network, **request)
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        return ""

    def _work(self, network: Network, job: str, n: int, arrays: list[str], numbers: dict[str, int | bool]) -> None:
        samples = {name: self._arrays[name][:n] for name in [*arrays, "out"]}
        with fast_numpy():
            getattr(network, job)(**samples, **numbers)


def shared_array(shape: tuple[int, ...], dtype: str | np.dtype) -> np.ndarray:
    """Return an array in memory that stays common to this process and those that it forks."""
    dtype = np.dtype(dtype)
    size = math.prod(shape)
    return np.frombuffer(mmap.mmap(-1, max(1, size * dtype.itemsize)), dtype, count=size).reshape(shape)


def stop(process: BaseProcess, owner: int) -> None:
    """End a worker, even a stopped one, if this is the process that started it and not another copy of that."""
    if os.getpid() == owner:
        process.kill()
        process.join()
