"""Everything that a run needs to know."""

from dataclasses import dataclass, replace

from harness.base.checks import check_distinct, check_learning_rate, check_name, check_whole
from harness.base.errors import UsageError
from harness.experiments.catalog import EXPERIMENTS
from harness.experiments.model_names import MODELS, check_model, name_of

# Each is made, and one for every core of the largest machines is enough.
MOST_THREADS = 1024


@dataclass(frozen=True)
class RunConfig:
    """Everything that a run needs to know, as written to its `config.json`.

    Attributes:
        dataset: `"fashion"`, `"mnist"` or the path of an npz file; `None` takes the experiment's.
        experiment: a name from `EXPERIMENTS`.
        models: names from `MODELS`, or users' models as files or `module:function`, trained one after the other in this
            order.
        seeds: whole numbers from 0. Each draws initial weights and sample orders, the same for all models.
        epochs, batch_size: at least 1; `None` takes the experiment's.
        learning_rate: above 0; `None` takes the experiment's.
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
        if self.threads is not None and self.threads > MOST_THREADS:
            raise UsageError(f"threads is {self.threads}; allowed is a whole number from 1 to {MOST_THREADS}")
        if self.learning_rate is not None:
            check_learning_rate(self.learning_rate)

    @property
    def model_names(self):
        """The names of the models in tables and file names."""
        return [name_of(model) for model in self.models]

    def filled(self):
        """Return this configuration with the experiment's values in place of `None`."""
        experiment = EXPERIMENTS[self.experiment]
        names = ("dataset", "epochs", "batch_size", "learning_rate")
        return replace(self, **{name: getattr(experiment, name) for name in names if getattr(self, name) is None})
