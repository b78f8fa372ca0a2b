"""What is trained on what, with which settings."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from harness.errors import UsageError
from harness.networks import simple_cnn
from harness.user_models.names import check_model, name_of

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


def momentum(nn, learning_rate):
    """Descent with a velocity that keeps 0.9 of itself."""
    return nn.optimizers.SGD(learning_rate=learning_rate, momentum=0.9)


def adam(nn, learning_rate):
    """Adam with the betas of the write-up."""
    return nn.optimizers.Adam(learning_rate=learning_rate, beta_1=0.95, beta_2=0.99)


# By the names that flags take.
OPTIMIZERS = {"sgd": sgd, "momentum": momentum, "adam": adam}


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
        models: names from `MODELS`, or users' models as files or `module:function`, trained one after the other in this
            order.
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
        check_name("experiment", self.experiment, EXPERIMENTS)
        for model in self.models:
            check_model(model, own=MODELS)
        check_distinct("models", [name_of(model) for model in self.models])
        check_distinct("seeds", self.seeds)
        for seed in self.seeds:
            check_whole("seed", seed, 0)
        for name in ("epochs", "batch_size", "limit", "threads"):
            if getattr(self, name) is not None:
                check_whole(name, getattr(self, name), 1)
        if self.learning_rate is not None:
            check_learning_rate(self.learning_rate)

    def filled(self):
        """Return this configuration with the experiment's values in place of `None`."""
        experiment = EXPERIMENTS[self.experiment]
        names = ("epochs", "batch_size", "learning_rate")
        return replace(self, **{name: getattr(experiment, name) for name in names if getattr(self, name) is None})


def check_name(kind, name, allowed):
    """Raise `UsageError` unless `name` is one of the allowed."""
    if name not in allowed:
        raise UsageError(f"unknown {kind} {name!r}; allowed are {', '.join(allowed)}")


def check_distinct(kind, values):
    """Raise `UsageError` unless there is a value, and none stands twice."""
    if not values:
        raise UsageError(f"no {kind} given; name at least one")
    if len(set(values)) < len(values):
        raise UsageError(f"{kind} are {' '.join(map(str, values))}; name each once")


def check_whole(name, value, least):
    """Raise `UsageError` unless `value` is a whole number of at least `least`."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise UsageError(f"{name.replace('_', ' ')} is {value!r}; allowed is a whole number of at least {least}")


def check_learning_rate(value):
    """Raise `UsageError` unless `value` is a finite number above 0."""
    if not (math.isfinite(value) and value > 0):
        raise UsageError(f"learning rate is {value}; allowed is a finite number above 0")
