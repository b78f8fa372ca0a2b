"""From flags to cells: every combination of data set, experiment, seed and settings."""

import itertools
import os
from dataclasses import dataclass

from harness.base.checks import check_distinct, check_name
from harness.base.errors import UsageError
from harness.base.user_code import absolute
from harness.datasets.catalog import CATALOG, is_users_file
from harness.experiments import RunConfig

# What `--set` takes, and how a value is read.
PARAMETERS = {"learning_rate": float, "batch_size": int, "epochs": int, "limit": int}
MOST_CELLS = 10_000


@dataclass(frozen=True)
class Cell:
    """One run of a sweep.

    Attributes:
        config: its `RunConfig`, filled, of one seed and one thread. A file in it has an absolute path.
        dataset_name: as it stands in records.
        sha256: of the arrays of the data set, by name.
        label: what sets it apart from the other cells, in words.
    """

    config: RunConfig
    dataset_name: str
    sha256: dict[str, str]
    label: str


def make_cells(
    datasets: list[str] | None,
    experiments: list[str],
    models: list[str] | tuple[str, ...],
    seeds: list[int] | tuple[int, ...],
    settings: dict[str, list[float]],
    networks: list[None] | tuple[None, ...] = (None,),
    optimizer: str | None = None,
    loss: str | None = None,
    keras_steps_per_execution: int = 1,
) -> list[Cell] | None:
    """Return the cells of a grid; seeds vary fastest, so that a worker seldom needs another data set.

    Args:
        datasets: names or paths; `None` for that of each experiment.
        experiments, models: names.
        seeds: whole numbers.
        settings: a list of values for each of some `PARAMETERS`, by name.
        networks: as flags name them; `None` for that of each experiment.
        optimizer, loss: as flags name them; `None` for those of each experiment.
        keras_steps_per_execution: as of `RunConfig`, for all cells.

    Raises:
        UsageError: for a value that is not allowed, stands twice, or for too many cells.
        DataError: if the file of a data set cannot be read.
    """
    named = {"data sets": datasets or [None], "experiments": experiments, "networks": networks, "seeds": seeds}
    for name, values in named.items():
        check_distinct(name, values)
    axes = (datasets or [None], experiments, networks, *settings.values(), seeds)
    n_cells = 1
    for values in axes:
        n_cells *= len(values)
    if n_cells > MOST_CELLS:
        raise UsageError(f"the grid has {n_cells:,} cells; allowed are {MOST_CELLS:,}; name fewer values")
    models = tuple(map(absolute, models))
    data = {}
    cells = []
    for dataset, experiment, network, *values, seed in itertools.product(*axes):
        given = dict(zip(settings, values, strict=True))
        named = {"network": network, "optimizer": optimizer, "loss": loss}
        code = {kind: name and absolute(name) for kind, name in named.items()}
        config = RunConfig(
            place_of(dataset),
            absolute(experiment),
            models,
            (seed,),
            threads=1,
            keras_steps_per_execution=keras_steps_per_execution,
            **code,
            **given,
        ).filled()
        if config.dataset not in data:
            data[config.dataset] = content_of(config.dataset)
        name, sha256 = data[config.dataset]
        varied = [f"{key}={value:g}" for key, value in given.items() if len(settings[key]) > 1]
        label = " ".join([name, config.name, *varied, f"seed {seed}"])
        cells.append(Cell(config, name, sha256, label))
    contents = [tuple(sorted(sha256.items())) for _, sha256 in data.values()]
    if len(set(contents)) < len(contents):
        raise UsageError(f"data sets {' '.join(data)} hold the same arrays; name each once")
    return cells


def place_of(dataset: str | None) -> str:
    """Return a data set as flags name it, with the absolute path of a file, as workers may run elsewhere."""
    return os.path.abspath(dataset) if is_users_file(dataset) else dataset


def content_of(dataset: str) -> tuple[str, dict[str, str]]:
    """Return the name of a data set in records, and the sha256 of its arrays; a published set need not be there."""
    if dataset in CATALOG:
        return dataset, {file.array: file.array_sha256 for file in CATALOG[dataset].files}
    from harness import datasets

    loaded = datasets.load(dataset)
    return loaded.name, loaded.sha256


def settings_from(texts: list[str], epochs: int | None = None, limit=None) -> dict[str, list[int]] | None:
    """Return a list of values for each parameter that words such as `learning_rate=0.001,0.005` name.

    Args:
        texts: the words.
        epochs, limit: values that were given apart, or `None`.

    Raises:
        UsageError: for an unknown parameter, one that is named twice, or values that cannot be read or stand twice.
    """
    settings = {name: [value] for name, value in (("epochs", epochs), ("limit", limit)) if value is not None}
    for text in texts:
        name, _, values = text.partition("=")
        check_name("parameter of --set", name, PARAMETERS)
        if name in settings:
            raise UsageError(f"{name} is given twice; name all its values at once: --set {name}=VALUE,VALUE")
        settings[name] = [number_from(name, value) for value in values.split(",")]
        check_distinct(f"values of {name}", settings[name])
    return settings


def number_from(name: str, text: str) -> float:
    """Return a value of a parameter; UsageError if it is no number."""
    try:
        return PARAMETERS[name](text)
    except ValueError as error:
        kind = "whole numbers" if PARAMETERS[name] is int else "numbers"
        raise UsageError(
            f"--set {name} got {text!r}; allowed are {kind} with commas between; write it as --set {name}=VALUE,VALUE"
        ) from error
