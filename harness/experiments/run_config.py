"""Everything that a run needs to know."""

from dataclasses import dataclass, replace

from harness.base.checks import check_distinct, check_learning_rate, check_whole
from harness.base.errors import UsageError
from harness.base.user_code import short_name
from harness.experiments.catalog import EXPERIMENTS, Recipe, check_experiment, experiment_of
from harness.experiments.losses import KERAS_NAMES as LOSSES
from harness.experiments.losses import check_loss, loss_of
from harness.experiments.model_names import MODELS, check_model
from harness.experiments.networks import NETWORKS
from harness.experiments.optimizers import check_optimizer, chosen_learning_rate, is_own, optimizer_of
from harness.experiments.own_networks import check_network, network_of

# Each is made, and one for every core of the largest machines is enough.
MOST_THREADS = 1024


@dataclass(frozen=True)
class RunConfig:
    """Everything that a run needs to know, as written to its `config.json`.

    Attributes:
        dataset: `"fashion"`, `"mnist"` or the path of an npz file; `None` takes the experiment's.
        experiment: a name from `EXPERIMENTS`, or a file with an `Experiment`.
        models: names from `MODELS`, or users' models as files or `module:function`, trained one after the other in this
            order.
        seeds: whole numbers from 0. Each draws initial weights and sample orders, the same for all models.
        epochs, batch_size: at least 1; `None` takes the experiment's.
        learning_rate: above 0; `None` takes the experiment's.
        network: a name from `NETWORKS`, or a function as `FILE.py`, `FILE.py:FUNCTION` or `MODULE:FUNCTION`; `None`
            takes the experiment's.
        optimizer: a name of Keras's, `"adam"` or `"adam:beta_1=0.95"`, or a function as `FILE.py:FUNCTION`; `None`
            takes the experiment's.
        loss: a name of Keras's, or a function as `FILE.py:FUNCTION`; `None` takes the experiment's. Users'
            models have their own.
        keras_steps_per_execution: steps that `keras` takes in one call of TensorFlow, at least 1. The weights are the
            same, bit by bit, and the seconds others.
        limit: train on the first `limit` images of each epoch's order, score the first `limit` test images; `None` for
            all.
        threads: that each library may use, from 1 to 1,024; `None` for its own choice, one for each core.

    Raises:
        UsageError: for a value out of range.
    """

    dataset: str | None = None
    experiment: str = "identical"
    models: tuple[str, ...] = ("numpy", "keras")
    seeds: tuple[int, ...] = (0,)
    epochs: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    limit: int | None = None
    threads: int | None = None
    network: str | None = None
    optimizer: str | None = None
    loss: str | None = None
    keras_steps_per_execution: int = 1

    def __post_init__(self) -> None:
        check_experiment(self.experiment)
        if self.network is not None:
            check_network(self.network)
        if self.optimizer is not None:
            check_optimizer(self.optimizer)
            chosen_learning_rate(self.optimizer, self.learning_rate)
        if self.loss is not None:
            check_loss(self.loss)
        for model in self.models:
            check_model(model, own=MODELS)
            if self.loss is not None and model not in MODELS:
                raise UsageError(f"{model} has its own loss; leave out --loss {self.loss}, or the model")
        check_distinct("models", [short_name(model) for model in self.models])
        check_distinct("seeds", self.seeds)
        for seed in self.seeds:
            check_whole("seed", seed, 0)
        for name in ("epochs", "batch_size", "limit", "threads", "keras_steps_per_execution"):
            if getattr(self, name) is not None:
                check_whole(name, getattr(self, name), 1)
        if self.threads is not None and self.threads > MOST_THREADS:
            raise UsageError(f"threads is {self.threads}; allowed is a whole number from 1 to {MOST_THREADS}")
        if self.learning_rate is not None:
            check_learning_rate(self.learning_rate)

    @property
    def model_names(self) -> list[str]:
        """The names of the models in tables and file names."""
        return [short_name(model) for model in self.models]

    @property
    def name(self) -> str:
        """The name of the experiment in tables and folders, followed by the run's own network, optimizer and loss."""
        optimizer = self.optimizer and (short_name(self.optimizer) if is_own(self.optimizer) else self.optimizer)
        changes = [short_name(self.network)] if self.network else []
        changes += [optimizer.replace(":", "-").replace(",", "-")] if optimizer else []
        changes += [short_name(self.loss)] if self.loss else []
        return "-".join([experiment_of(self.experiment).name, *changes])

    @property
    def code(self) -> dict[str, str]:
        """The users' code that the run is made of besides its models: as flags name it, by what it makes."""
        named = {"experiment": self.experiment, "network": self.network, "optimizer": self.optimizer}
        own = {"experiment": self.experiment not in EXPERIMENTS, "network": self.network not in (None, *NETWORKS)}
        own["optimizer"] = bool(self.optimizer) and is_own(self.optimizer)
        named["loss"], own["loss"] = self.loss, self.loss not in (None, *LOSSES)
        return {kind: name for kind, name in named.items() if own[kind]}

    @property
    def named_code(self) -> tuple[str, ...]:
        """The models, and the users' code that makes something else of the run, as flags name them."""
        return (*self.models, *self.code.values())

    def filled(self) -> "RunConfig":
        """Return this configuration with the experiment's values in place of `None`."""
        experiment = experiment_of(self.experiment)
        values = {name: getattr(experiment, name) for name in ("dataset", "epochs", "batch_size", "learning_rate")}
        if (named := chosen_learning_rate(self.optimizer, None)) is not None:
            values["learning_rate"] = named
        return replace(self, **{name: value for name, value in values.items() if getattr(self, name) is None})

    def for_data(self, n_train: int, n_test: int) -> "RunConfig":
        """Return this configuration without a limit that leaves no image out."""
        return replace(self, limit=None) if self.limit and self.limit >= max(n_train, n_test) else self

    def recipes(self) -> dict[str, Recipe]:
        """Return the recipe of every model, by name: the experiment's, with what the run changes."""
        experiment, changes = experiment_of(self.experiment), {}
        if self.network is not None:
            changes["network"] = network_of(self.network)
        if self.optimizer is not None:
            changes["optimizer"] = optimizer_of(self.optimizer)
        if self.loss is not None:
            changes["loss"] = loss_of(self.loss)
        return {model: replace(experiment.recipe_of(model), **changes) for model in self.model_names}
