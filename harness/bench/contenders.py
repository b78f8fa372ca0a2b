"""What a worker process does: build a network, warm it up, and take one turn after the other."""

import contextlib
import time
from dataclasses import replace
from functools import partial

import numpy as np

import numpy_model
from harness.bench.plan import Contender
from harness.experiments import EXPERIMENTS
from harness.networks import simple_cnn
from harness.optimizers import sgd
from harness.trainers import NumpyTrainer
from numpy_model import naive
from numpy_model.deferred import CAPACITY

LEARNING_RATE = EXPERIMENTS["identical"].learning_rate


class Turns:
    """One contender's turns at one workload.

    Args:
        contender: a `Contender`.
        workload: a `Workload`.
        prepare: called with the model before the first turn, which is for warming up.
    """

    def __init__(self, contender, workload, prepare=None):
        rng = np.random.default_rng(0)
        shape = (workload.n_images, workload.side, workload.side, 1)
        self._x = rng.random(shape, dtype=np.float32) - np.float32(0.5)
        self._y = rng.integers(0, 10, workload.n_images)
        self._workload = workload
        self._trainer = make_trainer(contender, workload)
        self._weights = self._trainer.get_weights()
        if prepare:
            prepare(self.model)
        self.take()

    @property
    def model(self):
        """The model that is trained."""
        return self._trainer.model

    def take(self):
        """Train or predict once from the first weights, and return the seconds it took."""
        self._trainer.start(self._weights)
        batch_size = self._workload.batch_size
        start = time.perf_counter()
        if self._workload.task == "train":
            self._trainer.train_epoch(self._x, self._y, batch_size)
        else:
            self._trainer.predict(self._x, batch_size)
        return time.perf_counter() - start


class ProductTurns:
    """The matrix products of training alone: the floor that BLAS sets.

    They are the products that the NumPy model really makes: overheard while it trains on a few batches, and then made
    again on the same arrays, with nothing in between. Where it makes a product with ones only to add something up, that
    does not count: it would raise the floor.

    Args:
        workload: a `Workload` for training.
    """

    def __init__(self, workload):
        numpy_model.config.set_threads(1)
        # Sixteen steps of one image, or two of a larger batch, in which everything occurs that occurs at all.
        n_steps = CAPACITY if workload.batch_size == 1 else 2
        overheard = replace(workload, n_images=n_steps * workload.batch_size)
        with overhear_products() as products:
            turns = Turns(Contender("numpy", "numpy"), overheard)
            products.clear()
            turns.take()
        self._products = products
        self._repeats = max(1, workload.n_images // overheard.n_images)
        self._scale = workload.n_images / (self._repeats * overheard.n_images)
        self.take()

    def take(self):
        """Make all products of the workload, and return the seconds it took."""
        start = time.perf_counter()
        for _ in range(self._repeats):
            for left, right, out in self._products:
                np.matmul(left, right, out=out)
        return (time.perf_counter() - start) * self._scale


@contextlib.contextmanager
def overhear_products():
    """Yield a list that receives the operands (left, right, out) of all matrix products made in the body, but sums."""
    products = []
    matmul = np.matmul

    def listening(left, right, out=None):
        result = matmul(left, right, out=out)
        if not ((left == 1).all() or (right == 1).all()):
            products.append((left, right, result))
        return result

    np.matmul = listening
    try:
        yield products
    finally:
        np.matmul = matmul


def make_turns(contender, workload):
    """Return the turns of a contender at a workload."""
    return ProductTurns(workload) if contender.library == "blas" else Turns(contender, workload)


def make_trainer(contender, workload):
    """Return the trainer of a contender for the network of a workload."""
    network = partial(simple_cnn, input_shape=(workload.side, workload.side, 1), filters=workload.filters)
    optimizer = partial(sgd, learning_rate=LEARNING_RATE)
    if contender.library == "keras":
        import keras_model

        options = {"steps_per_execution": contender.steps_per_execution, "jit_compile": contender.jit_compile}
        options = {name: value for name, value in options.items() if value is not None}
        return keras_model.KerasTrainer(network, optimizer, **options)
    library = naive if contender.library == "naive" else numpy_model
    return NumpyTrainer(network, optimizer, library=library)
