"""What a worker process does: it makes a network of its own, and then one job after the other."""

from __future__ import annotations

import contextlib
import pickle
import signal
from typing import TYPE_CHECKING

import numpy as np

from numpy_model.engine.blas_threads import limit_blas
from numpy_model.engine.network import Network
from numpy_model.engine.numpy_settings import fast_numpy
from numpy_model.engine.shared_memory import place_all, vector_of

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from numpy_model.layer import Layer
    from numpy_model.losses import Loss


def serve(
    description: tuple[list[Layer], Loss] | bytes,
    memories: dict[str, tuple],
    shapes: dict[str, tuple[int, ...]],
    params: list[tuple],
    grads: list[tuple],
    connection: Connection,
    other_end: Connection | None,
) -> None:
    """Do one job after the other until the other end of the pipe is closed, or its process killed.

    Args:
        description: of `described`.
        memories: of the samples, and of what is made of them, by name.
        shapes: of their arrays.
        params, grads: memory of each array of the network's.
        connection: to the process that gives the jobs.
        other_end: of the connection, which a fork has too.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that the user started
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    limit_blas()
    if other_end is not None:
        other_end.close()
    arrays = {name: vector_of(memory).reshape(shapes[name]) for name, memory in memories.items()}
    with contextlib.suppress(EOFError, ConnectionError):
        try:
            layers, loss = pickle.loads(description) if isinstance(description, bytes) else description
            network = Network(layers)
            network.loss = loss
            network.move_to(*place_all(network, params, grads))
        except Exception as error:
            connection.send_bytes(f"the network cannot be made in another process: {error}".encode())
            return
        connection.send_bytes(b"")
        while True:
            request = pickle.loads(connection.recv_bytes())
            connection.recv_bytes()
            connection.send_bytes(failure_of(network, arrays, request).encode())


def failure_of(network: Network, arrays: dict[str, np.ndarray], request: dict[str, object]) -> str:
    """Do a job, and return why it failed, "" if it did not."""
    try:
        work(network, arrays, **request)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def work(
    network: Network, all_arrays: dict[str, np.ndarray], job: str, n: int, arrays: list[str], numbers: dict[str, int]
) -> None:
    """Call the method `job` of the network with the first n samples of the arrays that are named."""
    samples = {name: all_arrays[name][:n] for name in [*arrays, "out"]}
    with fast_numpy():
        getattr(network, job)(**samples, **numbers)
