"""The experiments: what is trained on what, with which settings."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from harness.base.checks import check_name
from harness.base.errors import UsageError
from harness.base.user_code import check_user_code, is_user_code, module_of, split_name
from harness.experiments import networks
from harness.experiments.losses import crossentropy
from harness.experiments.optimizers import forgetful_adam, published_adam, sgd, write_up_adam

SHUFFLED = ("each epoch", "once", "never")


@dataclass(frozen=True)
class Recipe:
    """How a model is made and fed.

    Attributes:
        network: a function (nn, input_shape, n_classes) of the library.
        optimizer: a function (nn, learning_rate) of the library.
        loss: a function (nn) of the library, which returns a loss or the name of one.
        own_values: whether the library draws the initial values itself. By default NumPy draws them from the
            initializers that the network names, so that all models of one recipe start equal.
        shuffled: when the images are put into a new order: `"each epoch"` (the default), `"once"`, before the first, or
            `"never"`.
    """

    network: Callable
    optimizer: Callable = sgd
    loss: Callable = crossentropy
    own_values: bool = False
    shuffled: str = "each epoch"

    def __post_init__(self) -> None:
        check_name("value of shuffled", self.shuffled, SHUFFLED)


@dataclass(frozen=True)
class Published:
    """A number that was published: of one model, after one epoch, in one column of `epochs.csv`."""

    model: str
    epoch: int
    column: str
    value: float


@dataclass(frozen=True)
class Experiment:
    """What all models of a run are trained on, and how.

    Attributes:
        name, summary: the name that flags take, and what it is in one line.
        recipe: how every model is made and fed, unless it stands in `recipes`.
        recipes: the recipe of single models, by name.
        dataset, learning_rate, batch_size, epochs: defaults, which a run may change.
        raw_pixels: whether pixels are left from 0 to 255. By default they lie in [-0.5, 0.5].
        published: what others measured, for runs that change nothing.
        variant_of: the experiment that this one changes, for a table of what each change does.
    """

    name: str
    summary: str
    recipe: Recipe
    recipes: dict[str, Recipe] = field(default_factory=dict)
    dataset: str = "fashion"
    learning_rate: float = 0.005
    batch_size: int = 1
    epochs: int = 3
    raw_pixels: bool = False
    published: tuple[Published, ...] = ()
    variant_of: str = ""

    def recipe_of(self, model: str) -> Recipe:
        """Return the recipe of a model."""
        return self.recipes.get(model, self.recipe)

    def pairs(self, model: str, other: str) -> bool:
        """Return whether two models start from the same weights and see the same order with each seed."""
        return self.recipe_of(model) == self.recipe_of(other)


KERAS_DEFAULTS = "Keras with its own initial values"

WRITE_UP = Experiment(
    "write-up",
    f"the write-up: one bias per output pixel, normal initial values, shuffled once; {KERAS_DEFAULTS}",
    Recipe(networks.write_up_cnn, shuffled="once"),
    {"keras": Recipe(networks.simple_cnn, own_values=True)},
    variant_of="identical",
    published=(
        Published("numpy", 3, "test_accuracy", 0.891),
        Published("numpy", 3, "test_macro_f1", 0.890),
        Published("keras", 3, "test_accuracy", 0.887),
    ),
)

NOTEBOOK = Experiment(
    "notebook",
    f"its notebook: the same without the hidden layer; {KERAS_DEFAULTS}",
    Recipe(networks.notebook_cnn, shuffled="once"),
    {"keras": Recipe(networks.no_hidden_cnn, own_values=True)},
    variant_of="identical",
    published=(
        *(
            Published("numpy", epoch, column, value)
            for epoch, values in enumerate(
                [(0.467, 0.873, 0.870), (0.320, 0.888, 0.886), (0.285, 0.891, 0.890)], start=1
            )
            for column, value in zip(("train_loss", "test_accuracy", "test_macro_f1"), values, strict=True)
        ),
        # The write-up prints it beside its own network, and takes its numbers from the notebook: it may be of either.
        Published("keras", 3, "test_accuracy", 0.887),
    ),
)


def adam_experiment(name, summary, recipe, raw_pixels=False):
    """Return an experiment with the data and settings of the Adam write-up, and its published accuracy."""
    return Experiment(
        name,
        summary,
        recipe,
        dataset="mnist",
        batch_size=32,
        epochs=2,
        raw_pixels=raw_pixels,
        variant_of="" if name == "adam" else "adam",
        published=(Published("numpy", 2, "test_accuracy", 0.8528),),
    )


EXPERIMENTS = {
    experiment.name: experiment
    for experiment in (
        Experiment(
            "identical", "equal weights, order and settings: do the libraries agree?", Recipe(networks.simple_cnn)
        ),
        WRITE_UP,
        NOTEBOOK,
        Experiment(
            "pixel-bias",
            "identical, but for one bias per output pixel of a convolution",
            Recipe(networks.pixel_bias_cnn),
            variant_of="identical",
        ),
        Experiment(
            "published-values",
            "identical, but for the initial values of the write-up",
            Recipe(networks.published_values_cnn),
            variant_of="identical",
        ),
        Experiment(
            "shuffled-once",
            "identical, but for the order, which is that of the first epoch in all",
            Recipe(networks.simple_cnn, shuffled="once"),
            variant_of="identical",
        ),
        Experiment(
            "never-shuffled",
            "identical, but for the order, which is that of the data set's file in all epochs",
            Recipe(networks.simple_cnn, shuffled="never"),
            variant_of="identical",
        ),
        # Their settings are those of `identical`. Of five that were tried on 5,000 images held back from the training
        # set (SGD with learning rates 0.002, 0.005 and 0.01 at batch size 1 and 0.05 at 32, Adam with 0.001 at 32) none
        # was better by more than a standard error, 0.005, for any of the three networks.
        Experiment(
            "deeper",
            "identical, but for two stacks of Conv-Conv-Pool, with 16 and 32 filters of 3 x 3",
            Recipe(networks.two_stacks),
            variant_of="identical",
        ),
        Experiment(
            "deeper-three",
            "identical, but for three stacks of Conv-Conv-Pool, with 16, 32 and 64 filters of 3 x 3",
            Recipe(networks.three_stacks),
            variant_of="identical",
        ),
        Experiment(
            "dense-only",
            "identical, but for a network without convolutions, with as many parameters",
            Recipe(networks.dense_only),
            variant_of="identical",
        ),
        adam_experiment(
            "adam",
            "the network and settings of the Adam write-up, with the Adam of Keras and pixels in [-0.5, 0.5]",
            Recipe(networks.adam_cnn, write_up_adam),
        ),
        adam_experiment(
            "adam-raw-pixels",
            "adam, but for pixels from 0 to 255",
            Recipe(networks.adam_cnn, write_up_adam),
            raw_pixels=True,
        ),
        adam_experiment(
            "adam-forgetful",
            "adam, but for moments that are forgotten at every batch",
            Recipe(networks.adam_cnn, forgetful_adam),
        ),
        adam_experiment(
            "adam-as-published",
            "adam with raw pixels, forgotten moments and the uniform initial values of the write-up",
            Recipe(networks.uniform_adam_cnn, forgetful_adam),
            raw_pixels=True,
        ),
        adam_experiment(
            "adam-published-code",
            "adam as the write-up's code computes it, mistakes in its gradients included; --models numpy",
            Recipe(networks.adam_code_cnn, published_adam),
            raw_pixels=True,
        ),
    )
}


def check_experiment(name: str) -> None:
    """Raise `UsageError` unless `name` may name an experiment. No code of a user's is run.

    Args:
        name: one of `EXPERIMENTS`, or a file such as `my_experiment.py`.
    """
    if isinstance(name, str) and name in EXPERIMENTS:
        return
    if not isinstance(name, str) or not is_user_code(name):
        raise UsageError(
            f"unknown experiment {name!r}; allowed are {', '.join(EXPERIMENTS)}, and a file such as my_experiment.py"
        )
    check_user_code("experiment", name)


def experiment_of(name: str) -> Experiment:
    """Return the experiment of a name; of a user's file, the `Experiment` that it defines.

    Raises:
        UsageError: if the file fails, or defines none, or several.
    """
    if name in EXPERIMENTS:
        return EXPERIMENTS[name]
    place, own = split_name(name)
    written = Path(place).stat().st_mtime_ns if place.endswith(".py") else 0
    found = experiments_in(name, written)
    chosen = {key: value for key, value in found.items() if key == own} if own else found
    if len(chosen) != 1:
        raise UsageError(
            f"{Path(place).name} defines {len(found) or 'no'} experiments{': ' if found else ''}{', '.join(found)}; "
            "expected is one harness.experiments.Experiment, or the name of one behind a colon"
        )
    (experiment,) = chosen.values()
    if experiment.name in EXPERIMENTS:
        raise UsageError(f"{Path(place).name}: {experiment.name} is the name of a built-in experiment; choose another")
    return experiment


@cache
def experiments_in(name: str, written: int) -> dict[str, Experiment]:
    """Return the experiments that a user's module defines, by variable; `written` distinguishes versions of a file."""
    return {key: value for key, value in vars(module_of(name)).items() if isinstance(value, Experiment)}


def base_of(config: dict) -> Experiment | None:
    """Return the built-in experiment that a run is one of, or changes the network or optimizer of; else `None`.

    Args:
        config: the run's settings by name, as in `config.json`.
    """
    return EXPERIMENTS.get(config.get("based_on") or config["experiment"])


def published_of(config: dict) -> tuple[Published, ...]:
    """Return what was published of a run's experiment, and nothing if the run differs from what was.

    Args:
        config: the run's settings by name, as in `config.json`.
    """
    experiment = EXPERIMENTS.get(config["experiment"])
    names = ("dataset", "epochs", "batch_size", "learning_rate")
    if experiment is None or config["limit"] is not None:
        return ()
    if any(config[name] != getattr(experiment, name) for name in names):
        return ()
    return tuple(published for published in experiment.published if published.model in config["models"])
