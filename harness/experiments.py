"""What is trained on what, with which settings."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from harness.errors import UsageError
from harness.networks import simple_cnn

MODELS = ("numpy", "keras", "naive")


@dataclass(frozen=True)
class Experiment:
    """A network and how it is trained.

    Attributes:
        network: a function (nn, input_shape, n_classes) of the library.
        optimizer: a function (nn, learning_rate) of the library.
        learning_rate, batch_size, epochs: defaults, which a run may change.
    """

    name: str
    network: Callable
    optimizer: Callable
    learning_rate: float
    batch_size: int
    epochs: int


def sgd(nn, learning_rate):
    """Plain stochastic gradient descent."""
    return nn.optimizers.SGD(learning_rate=learning_rate)


EXPERIMENTS = {
    experiment.name: experiment
    for experiment in (Experiment("identical", simple_cnn, sgd, learning_rate=0.005, batch_size=1, epochs=3),)
}


@dataclass(frozen=True)
class RunConfig:
    """Everything that a run needs to know, as written to its `config.json`.

    Attributes:
        dataset: `"fashion"`, `"mnist"` or the path of an npz file.
        experiment: a name from `EXPERIMENTS`.
        models: names from `MODELS`, trained one after the other in this order.
        seeds: whole numbers from 0. Each draws initial weights and sample orders, the same for all models.
        epochs, batch_size: at least 1; `None` takes the experiment's.
        learning_rate: above 0; `None` takes the experiment's.
        limit: train on the first `limit` images of each epoch's order, score the first `limit` test images; `None` for
            all.
        threads: that each library may use, at least 1; `None` for its own choice, one for each core.

    Raises:
        UsageError: for a value out of range.
    """

    dataset: str = "fashion"
    experiment: str = "identical"
    models: tuple[str, ...] = ("numpy", "keras")
    seeds: tuple[int, ...] = (0,)
    epochs: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    limit: int | None = None
    threads: int | None = None

    def __post_init__(self):
        _check_name("experiment", self.experiment, EXPERIMENTS)
        for model in self.models:
            _check_name("model", model, MODELS)
        _check_distinct("models", self.models)
        _check_distinct("seeds", self.seeds)
        for seed in self.seeds:
            _check_whole("seed", seed, 0)
        for name in ("epochs", "batch_size", "limit", "threads"):
            if getattr(self, name) is not None:
                _check_whole(name, getattr(self, name), 1)
        if self.learning_rate is not None and not (math.isfinite(self.learning_rate) and self.learning_rate > 0):
            raise UsageError(f"learning rate is {self.learning_rate}; allowed is a finite number above 0")

    def filled(self):
        """Return this configuration with the experiment's values in place of `None`."""
        experiment = EXPERIMENTS[self.experiment]
        names = ("epochs", "batch_size", "learning_rate")
        return replace(self, **{name: getattr(experiment, name) for name in names if getattr(self, name) is None})


def _check_name(kind, name, allowed):
    if name not in allowed:
        raise UsageError(f"unknown {kind} {name!r}; allowed are {', '.join(allowed)}")


def _check_distinct(kind, values):
    if not values:
        raise UsageError(f"no {kind} given; name at least one")
    if len(set(values)) < len(values):
        raise UsageError(f"{kind} are {' '.join(map(str, values))}; name each once")


def _check_whole(name, value, least):
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise UsageError(f"{name.replace('_', ' ')} is {value!r}; allowed is a whole number of at least {least}")
