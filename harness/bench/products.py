"""The matrix products of the NumPy model alone: the floor that BLAS sets under its time."""

import contextlib
import math
import multiprocessing
import time
import weakref
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np

import numpy_model
from harness.bench.contenders import Turn, Turns
from harness.bench.plan import NUMPY, Workload

# Steps of one image in which everything occurs that occurs at all: the model rewrites a large kernel once in 16.
SINGLE_STEPS = 16


class ProductTurns:
    """The matrix products of training, made by as many processes as the NumPy model trains with, side by side.

    They are the products that the model really makes: recorded while it trains on a few batches, and then made again
    on the same arrays, with nothing in between. Each process makes those of its own share of the batch, and waits for
    no other until the turn is over. Where the model makes a product with ones only to add something up, that does not
    count: it would raise the floor.

    Args:
        workload: a `Workload` for training.
        least_seconds: what a turn lasts at least. Default 0: the products of the batches that were recorded.

    Attributes:
        products: for each process, (function, left, right, out) of its products in `n_images` images.
        n_images: of the batches that were recorded.
        n_parameters: `None`, as there is no network.
    """

    n_parameters = None

    def __init__(self, workload: Workload, least_seconds: float = 0.0) -> None:
        n_steps = SINGLE_STEPS if workload.batch_size == 1 else 2
        self.n_images = n_steps * workload.batch_size
        self.products = [products_of(replace(workload, batch_size=share), n_steps) for share in shares_of(workload)]
        self._least_seconds = least_seconds
        self._processes = SideBySide(self.products)
        self._processes.time(1)
        self._repeats = max(1, math.ceil(1.1 * least_seconds / self._processes.time(1)))

    def take(self) -> Turn:
        """Make all products again and again until a turn has lasted long enough, and return the `Turn`."""
        seconds = calls = 0
        while not calls or seconds < self._least_seconds:
            seconds, calls = seconds + self._processes.time(self._repeats), calls + self._repeats
        return Turn(self.n_images, calls, seconds, waiting=0.0)


class SideBySide:
    """This process, and others beside it, each of which makes products of its own.

    Args:
        products: for each process, (function, left, right, out) of its products.
    """

    def __init__(self, products: list[list[tuple]]) -> None:
        self._products, *others = products
        self._connections = [self._start_process(own) for own in others]

    def time(self, n_times: int) -> float:
        """Let all processes make their products `n_times`, and return the seconds until the last has ended."""
        start = time.perf_counter()
        for connection in self._connections:
            connection.send(n_times)
        make(self._products, n_times)
        for connection in self._connections:
            connection.recv()
        return time.perf_counter() - start

    def _start_process(self, products: list[tuple]) -> object:
        context = multiprocessing.get_context("fork")  # as the workers of the model are made
        connection, theirs = context.Pipe()
        process = context.Process(target=serve, args=(products, connection, theirs), daemon=True)
        process.start()
        theirs.close()
        weakref.finalize(self, connection.close)
        return connection


def serve(products, others, connection) -> None:
    """Make the products as often as is asked for, until the other end of the pipe is closed."""
    others.close()
    with contextlib.suppress(EOFError):
        while True:
            make(products, connection.recv())
            connection.send(None)


def make(products: list[tuple], n_times: int) -> None:
    """Make products (function, left, right, out) `n_times`."""
    for _ in range(n_times):
        for function, left, right, out in products:
            function(left, right, out=out)


def shares_of(workload: Workload) -> list[int]:
    """Return how many images of a batch each process of the NumPy model trains on, that of the caller first."""
    return Turns(NUMPY, replace(workload, n_images=workload.batch_size)).model.batch_shares(workload.batch_size)


def products_of(workload: Workload, n_steps: int) -> list[tuple]:
    """Return (function, left, right, out) of the products that one process makes in some steps, but sums."""
    with numpy_model.config.scope(threads=1), record_products() as products:
        turns = Turns(NUMPY, replace(workload, n_images=n_steps * workload.batch_size))
        products.clear()
        turns.take()
    # Zeros stay zeros. Other numbers would grow or shrink from one time to the next, as products go on from products:
    # until they overflow, or are so small that a processor takes longer. For zeros BLAS takes as long as for others.
    for _, *arrays in products:
        for array in arrays:
            array.fill(0)
    return products


@contextlib.contextmanager
def record_products() -> Iterator:
    """Yield a list that receives (function, left, right, out) of all matrix products made in the body, but sums."""
    products, functions = [], (np.matmul, np.dot)

    def listening(function: Callable, left: np.ndarray, right: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        result = function(left, right, out=out)
        if not ((left == 1).all() or (right == 1).all()):
            products.append((function, left, right, result))
        return result

    np.matmul, np.dot = (partial(listening, function) for function in functions)
    try:
        yield products
    finally:
        np.matmul, np.dot = functions
