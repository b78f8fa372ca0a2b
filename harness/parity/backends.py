"""Keras on each of its backends beside the NumPy model, in float64: one table."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from harness.base.markdown import markdown
from harness.experiments import RunConfig
from harness.experiments.model_names import without_missing
from harness.parity.compare import TOLERANCES
from harness.parity.config import ParityConfig
from harness.parity.pairs import functions_of_library, import_keras, make_batches
from harness.training.backend_trainer import BackendTrainer
from harness.training.numpy_trainer import NumpyTrainer
from harness.training.samples import Samples

MODELS = ("keras", "keras-jax", "keras-torch")


@dataclass(frozen=True)
class Row:
    """How far one backend is from the NumPy model.

    Attributes:
        model: name.
        library: the backend and its version.
        loss: the largest difference of a step's loss.
        first, last: the largest difference of any parameter after the first step, and after the last.
    """

    model: str
    library: str
    loss: float
    first: float
    last: float

    @property
    def is_same(self) -> bool:
        """Whether the parameters lie within the tolerance of a single step in float64."""
        return self.last <= TOLERANCES["float64"].absolute


def compare(config: ParityConfig, samples: Samples, progress: Callable[[Iterable], Iterable] = iter) -> tuple:
    """Return a `Row` for each backend that is installed, and a line for each that is not.

    All take the same steps, from the same weights.

    Args:
        config: steps, batch size, network, optimizer, loss, seed.
        samples: that they see.
        progress: given the batches, yields them, and may show how many are done.
    """
    models, missing = without_missing(MODELS)
    batches = make_batches(replace(config, batch_size=config.batch_size or 1), samples)
    network, optimizer, loss = functions_of_library(config, samples)
    ours = NumpyTrainer(network, optimizer, "float64", loss=loss)
    trainers = {model: make_trainer(model, config, samples) for model in models}
    ours.model.initialize(config.seed)
    weights = [array.astype(np.float32) for array in ours.get_weights()]  # drawn in float32, as everywhere
    for trainer in (ours, *trainers.values()):
        trainer.start(weights)
    found = {model: [] for model in models}
    for x, y in progress(batches):
        x = x.astype(np.float64)
        loss, _ = ours.train_epoch(x, y, len(x))
        expected = ours.get_weights()
        for model, trainer in trainers.items():
            other, _ = trainer.train_epoch(x, y, len(x))
            gap = max(np.abs(own - array).max() for own, array in zip(expected, trainer.get_weights(), strict=True))
            found[model].append((abs(loss - other), float(gap)))
    return [row_of(model, trainers[model], found[model]) for model in models], missing


def make_trainer(model: str, config: ParityConfig, samples: Samples) -> object:
    """Return the trainer of a model in float64."""
    if model == "keras":
        network, optimizer, loss = functions_of_library(config, samples)
        return import_keras().KerasTrainer(network, optimizer, "float64", loss)
    named = {"network": config.network, "optimizer": config.optimizer, "loss": config.loss}
    run = RunConfig(models=(model,), learning_rate=config.learning_rate, **named).filled()
    return BackendTrainer(model, run, samples.input_shape, samples.n_classes, "float64")


def row_of(model: str, trainer: object, found: list[tuple[float, float]]) -> Row:
    """Return the `Row` of a model from its differences of loss and parameters, step by step."""
    environment = import_keras().describe_environment() if model == "keras" else trainer.describe_environment()
    backend = environment["backend"]
    losses, gaps = zip(*found, strict=True)
    return Row(model, f"{backend} {environment[backend]}", max(losses), gaps[0], gaps[-1])


def table(rows: list[Row], n_steps: int) -> str:
    """Return the rows as a Markdown table, and a sentence on all of them."""
    header = ("model", "backend", "loss", "weights, first step", f"weights, {n_steps} steps", "")
    cells = [
        (
            row.model,
            row.library,
            *(f"{gap:.0e}" for gap in (row.loss, row.first, row.last)),
            "same" if row.is_same else "different",
        )
        for row in rows
    ]
    words = "The largest absolute differences from the NumPy model, in float64."
    return "\n".join([*markdown([header, *cells], n_names=2), "", words])
