"""What was equal for the models of a run and what was not; what was timed, and what was left out of the time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.base.text import one_line
from harness.experiments import MODELS, base_of
from harness.results.waiting import waiting_note

if TYPE_CHECKING:
    import pandas

    from harness.experiments.catalog import Recipe
    from harness.report.sources import Chapter

UNKNOWN = "not recorded"
LIBRARY_OF = {"numpy": "numpy_model, in NumPy", "naive": "numpy_model.naive, plain loops"}
# By model the name of the backend in `environment.json`, and its title.
KERAS_ON = {
    "keras": ("tensorflow", "TensorFlow"),
    "keras-jax": ("jax", "JAX"),
    "keras-torch": ("torch", "PyTorch"),
}


@dataclass(frozen=True)
class Fact:
    """One row of the card.

    Attributes:
        name: what it is.
        values: text, one for each model.
        keys: what is compared, if not the text.
        compared: whether it is a setting, which should be equal. The library is what is asked about, and a time is a
            result.
        touches: what a difference here would explain, "scores" or "seconds".
    """

    name: str
    values: list[str]
    keys: list[str] | None = None
    compared: bool = True
    touches: str = "scores"

    @property
    def differs(self) -> bool:
        """Whether it is a setting that is not equal."""
        return self.compared and len(set(self.keys or self.values)) > 1

    @property
    def is_known(self) -> bool:
        """Whether something is on record of every model."""
        return UNKNOWN not in self.values


def settings_of(chapter: Chapter) -> list[Fact]:
    """Return the `Fact`s of how each model was set up."""
    experiment = base_of(chapter.config)
    recipes = [experiment.recipe_of(model) if experiment else None for model in chapter.models]
    counts = chapter.config["n_parameters"]
    config = chapter.config

    def texts(text_of: Callable) -> list[str]:
        return [UNKNOWN if recipe is None else text_of(recipe) for recipe in recipes]

    return [
        Fact("Library", [library_of(chapter, model) for model in chapter.models], compared=False),
        Fact("Network", texts(lambda recipe: recipe.network.__name__)),
        Fact("Parameters", [f"{counts[model]:,}" if model in counts else UNKNOWN for model in chapter.models]),
        Fact("Initial values", texts(initial_values)),
        Fact("Order of the images", texts(order)),
        Fact(
            "Optimizer",
            texts(lambda recipe: f"{recipe.optimizer.__name__}, learning rate {config['learning_rate']:g}"),
        ),
        Fact("Batch size", [str(config["batch_size"])] * len(chapter.models)),
        Fact("Number type", ["float32" if model in MODELS else "its own" for model in chapter.models]),
        Fact(
            "Threads",
            [threads_of(chapter, model) for model in chapter.models],
            [number_of_threads(chapter, model) for model in chapter.models],
            touches="seconds",
        ),
        Fact("Device", [device_of(chapter, model) for model in chapter.models], touches="seconds"),
    ]


def times_of(chapter: Chapter) -> list[Fact]:
    """Return the `Fact`s of how long each model took: medians, with the range where there are several."""
    columns = {
        "Warm-up (compiling, tracing; undone, and timed apart)": "warm_up_seconds",
        "Training, for each epoch (this is the time compared)": "wall_seconds",
        "Waiting after the last step of training (timed apart)": "waiting_seconds",
        "Scoring the test images (timed apart)": "eval_seconds",
    }
    return [
        Fact(name, [seconds_of(chapter.epochs, model, column) for model in chapter.models], compared=False)
        for name, column in columns.items()
    ]


def unequal_environments(chapter: Chapter) -> list[tuple[str, list]]:
    """Return what is not the same in the environments of pooled runs, as (name, values)."""
    names = (
        "cpu",
        "cores",
        "system",
        "python",
        "numpy",
        "blas",
        "blas_kernel",
        "threads",
        "variables",
        "keras",
        "commit",
    )
    known = [environment for environment in chapter.environments if environment]
    found = [(name, list(dict.fromkeys(text(environment.get(name)) for environment in known))) for name in names]
    return [(name, values) for name, values in found if len(values) > 1]


def initial_values(recipe: Recipe) -> str:
    """Return where a recipe's initial values come from."""
    return "drawn by the library itself" if recipe.own_values else "drawn once from the seed, the same for all"


def order(recipe: Recipe) -> str:
    """Return the order in which a recipe shows the images."""
    orders = {
        "each epoch": "a new one each epoch, the same for all",
        "once": "the first epoch's in all",
        "never": "the data set's in all",
    }
    return orders[recipe.shuffled]


def library_of(chapter: Chapter, model: str) -> str:
    """Return the library of a model with its versions."""
    if model in KERAS_ON:
        key, title = KERAS_ON[model]
        return f"Keras {fact(chapter, model, 'keras')}, {title} {fact(chapter, model, key)}"
    if model in LIBRARY_OF:
        return f"{LIBRARY_OF[model]} {fact(chapter, 'numpy')}"
    return "a user's model"


def threads_of(chapter: Chapter, model: str) -> str:
    """Return how many threads a model may use."""
    if model == "keras-jax":
        return "JAX: " + number_of_threads(chapter, model)
    if model in KERAS_ON:
        inner, outer = (fact(chapter, model, f"{kind}_op_threads") for kind in ("intra", "inter"))
        return f"{KERAS_ON[model][1]}: {own_choice(inner)} within an operation, {own_choice(outer)} between"
    blas = fact(chapter, "threads", "OPENBLAS_NUM_THREADS")
    if model == "numpy":
        limits = [own_choice("0" if limit is None else str(limit)) for limit in chapter.config["threads"]]
        return f"BLAS: {blas}; processes that share a batch: {' or '.join(limits)}"
    return f"BLAS: {blas}"


def number_of_threads(chapter: Chapter, model: str) -> str:
    """Return how many threads work on a step."""
    if model == "keras-jax":  # its process may use so many cores
        return " or ".join(own_choice(str(limit or 0)) for limit in chapter.config["threads"])
    if model in KERAS_ON:
        return own_choice(fact(chapter, model, "intra_op_threads"))
    # Processes share the images of a batch.
    if model == "numpy" and chapter.config["batch_size"] > 1:
        return " or ".join(
            "as many as it chooses" if limit is None else str(limit) for limit in chapter.config["threads"]
        )
    return fact(chapter, "threads", "OPENBLAS_NUM_THREADS")


def own_choice(number: str) -> str:
    """Return a number of threads, and what 0 means."""
    return "as many as it chooses" if number == "0" else number


def device_of(chapter: Chapter, model: str) -> str:
    """Return what a model computed on."""
    if model in KERAS_ON:
        devices = [environment.get(model, {}) for environment in chapter.environments]
        found = [part.get("devices") for part in devices if isinstance(part, dict)]
        names = {one_line(", ".join(map(str, names)), 60) for names in found if isinstance(names, list)}
        return " or ".join(sorted(names)) or UNKNOWN
    return "CPU" if model in MODELS else UNKNOWN


def fact(chapter: Chapter, *path) -> str:
    """Return something of the runs' environments as text, all values if the runs differ."""
    found = []
    for environment in chapter.environments:
        value = environment
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        found.append(UNKNOWN if value is None else text(value))
    return " or ".join(dict.fromkeys(found)) or UNKNOWN


def text(value: object) -> str:
    """Return any value of a JSON file as one line."""
    if isinstance(value, dict):
        return one_line(", ".join(f"{name} {text(inner)}" for name, inner in value.items()))
    return one_line("none" if value is None else value)


def seconds_of(epochs: pandas.DataFrame, model: str, column: str) -> str:
    """Return the median seconds of a model, with least and most where they differ."""
    if column == "waiting_seconds" and waiting_note(epochs[epochs["model"] == model]):
        return "in the time of training"
    if column not in epochs:
        return UNKNOWN
    values = epochs.loc[epochs["model"] == model, column]
    if values.dtype.kind not in "fi" or values.dropna().empty:
        return UNKNOWN
    low, middle, high = (seconds_text(value) for value in (values.min(), values.median(), values.max()))
    return f"{middle} s" if low == high else f"{middle} s ({low} to {high})"


def seconds_text(seconds: float) -> str:
    """Return seconds with three digits."""
    return f"{seconds:,.0f}" if seconds >= 100 else f"{seconds:.3g}"
