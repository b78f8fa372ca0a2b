"""Memory that a process and its workers share, however they are started."""

from __future__ import annotations

import mmap
import multiprocessing
import sys
from typing import TYPE_CHECKING

import numpy as np

from numpy_model.engine.parameters import place

if TYPE_CHECKING:
    from numpy_model.engine.network import Network

# A fork is there in 2 ms and has all that its process has. Where there is none, or where the system's own libraries do
# not bear it, as on macOS, a new process takes 0.3 s to start, and is sent layers and loss.
START_METHOD = "fork" if sys.platform == "linux" else "spawn"


def share(size: int, dtype: str | np.dtype) -> tuple[object, str, int]:
    """Return memory that this process shares with a worker, the type of its numbers, and how many they are."""
    n_bytes = max(1, size * np.dtype(dtype).itemsize)
    if START_METHOD == "fork":
        return mmap.mmap(-1, n_bytes), str(np.dtype(dtype)), size
    return multiprocessing.get_context(START_METHOD).RawArray("b", n_bytes), str(np.dtype(dtype)), size


def vector_of(memory: tuple[object, str, int]) -> np.ndarray:
    """Return the numbers in shared memory as a vector."""
    buffer, dtype, size = memory
    return np.frombuffer(buffer, dtype, count=size)


def place_all(network: Network, params: list[tuple], grads: list[tuple]) -> list[list[np.ndarray]]:
    """Return parameters and gradients of a network, copied into shared memory."""
    return [
        [place(vector_of(memory), array) for memory, array in zip(memories, arrays, strict=True)]
        for memories, arrays in zip((params, grads), (network.params, network.grads), strict=True)
    ]
