"""How a contender takes images through its network: a trainer, and the call that a turn consists of."""

from __future__ import annotations

import importlib
from functools import partial
from typing import TYPE_CHECKING

from harness.bench.plan import SIMPLE_CNN, Contender, Workload
from harness.experiments import EXPERIMENTS
from harness.experiments.building import compiled_numpy_model
from harness.experiments.optimizers import sgd
from harness.experiments.own_networks import network_of
from harness.training.numpy_trainer import NumpyTrainer

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from harness.training.trainer import Trainer

LEARNING_RATE = EXPERIMENTS["identical"].learning_rate


class NumpyCall:
    """All images through a model behind a `NumpyTrainer` once, in training or prediction. It never waits.

    Args:
        trainer: a `NumpyTrainer`.
        task: `"train"` or `"predict"`.
    """

    waiting = 0.0

    def __init__(self, trainer: NumpyTrainer, task: str) -> None:
        self._trainer = trainer
        self._task = task

    def use(self, x: np.ndarray, y: np.ndarray, batch_size: int) -> None:
        """Take these arrays from now on: (N, H, W, C), (N,), and samples a step."""
        self._data = x, y, batch_size

    def __call__(self) -> None:
        x, y, batch_size = self._data
        if self._task == "train":
            self._trainer.train_epoch(x, y, batch_size)
        else:
            self._trainer.predict(x, batch_size)


def make_call(contender: Contender, workload: Workload) -> tuple[Trainer, Callable]:
    """Return a trainer of the network of a workload, and what takes all images through it as the contender does."""
    filters = {"filters": workload.filters} if workload.network == SIMPLE_CNN else {}
    network = partial(network_of(workload.network), input_shape=(workload.side, workload.side, 1), **filters)
    optimizer = partial(sgd, learning_rate=LEARNING_RATE)
    if contender.is_keras:
        import keras_model

        options = {"steps_per_execution": contender.steps_per_execution} if contender.steps_per_execution else {}
        trainer = keras_model.KerasTrainer(network, optimizer, **options)
        if contender.library == "keras":
            from keras_model.epochs import WAYS
        else:
            from keras_model.calls import WAYS
        return trainer, WAYS[contender.way](trainer.model)
    if contender.library in ("torch", "jax"):
        turns = importlib.import_module(f"harness.bench.peers.{contender.library}_turns")
        model = compiled_numpy_model(network, optimizer)
        return turns.make_call(model, LEARNING_RATE, workload.task, contender.way)
    trainer = NumpyTrainer(network, optimizer, **library_options(contender.library))
    return trainer, NumpyCall(trainer, workload.task)


def library_options(name: str) -> dict:
    """Return the arguments of a `NumpyTrainer` for a library."""
    if name == "naive":
        from numpy_model import naive

        return {"library": naive}
    if name == "published-loops":
        from harness.bench import published_loops

        return {"library": published_loops, "dtype": "float64"}
    return {}
