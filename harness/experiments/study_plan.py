"""A plan of studies, written down before they are made: a TOML file with a table `[[studies]]` for each.

[[studies]]
name = "the libraries on Fashion-MNIST"
experiments = ["identical"]
dataset = "fashion"
models = ["numpy", "keras"]
seeds = "20..39"
"""

import tomllib
from dataclasses import MISSING, dataclass, fields
from pathlib import Path

from harness.base.checks import check_distinct, check_name
from harness.base.errors import UsageError
from harness.base.text import one_line
from harness.experiments import RunConfig
from harness.experiments.seeds import seeds_from


@dataclass(frozen=True)
class PlannedStudy:
    """Runs of some experiments that answer one question, as a plan names them.

    Attributes:
        name: in words.
        experiments, models: names.
        dataset: a name, or a path from the folder in which the command is given.
        seeds: such as `"0..9"`, or several of these with blanks between.
        epochs, limit: as of `RunConfig`; `None` takes the experiment's, and all images.
        keras_steps_per_execution: as of `RunConfig`. Default 1.

    Raises:
        UsageError: for a value that is not allowed.
    """

    name: str
    experiments: tuple[str, ...]
    dataset: str
    models: tuple[str, ...]
    seeds: str
    epochs: int | None = None
    limit: int | None = None
    keras_steps_per_execution: int = 1

    def __post_init__(self) -> None:
        check_distinct("experiments", self.experiments)
        for experiment in self.experiments:
            RunConfig(
                dataset=self.dataset,
                experiment=experiment,
                models=self.models,
                seeds=tuple(self.seed_numbers),
                epochs=self.epochs,
                limit=self.limit,
                keras_steps_per_execution=self.keras_steps_per_execution,
            )

    @property
    def seed_numbers(self) -> list[int]:
        """The seeds as numbers."""
        return seeds_from(self.seeds.split())


TYPES = {"experiments": list, "models": list, "epochs": int, "limit": int, "keras_steps_per_execution": int}
REQUIRED = [field.name for field in fields(PlannedStudy) if field.default is MISSING]


def read_plan(path: str | Path) -> list[PlannedStudy]:
    """Return the studies of a plan, in its order.

    Args:
        path: of the TOML file.

    Raises:
        UsageError: if it cannot be read, or a value in it is missing, unknown or not allowed.
    """
    try:
        with open(path, "rb") as file:
            content = tomllib.load(file)
    except (OSError, ValueError) as error:
        raise UsageError(f"the plan {path} cannot be read: {one_line(error)}; name a plan in TOML") from error
    tables = content.get("studies")
    if content.keys() != {"studies"} or not isinstance(tables, list) or not tables:
        raise UsageError(f"the plan {path} has {', '.join(content) or 'nothing'}; allowed are tables [[studies]] alone")
    studies = [study_from(table, f"study {number} of {path}") for number, table in enumerate(tables, start=1)]
    check_distinct("names of studies", [study.name for study in studies])
    return studies


def study_from(table: object, where: str) -> PlannedStudy:
    """Return the study of one table of a plan; UsageError, which says where it stands, if it is none."""
    names = [field.name for field in fields(PlannedStudy)]
    if missing := [name for name in REQUIRED if not isinstance(table, dict) or name not in table]:
        raise UsageError(f"{where} has no {', '.join(missing)}; add it")
    for key, value in table.items():
        check_name(f"key in {where}", key, names)
        kind = TYPES.get(key, str)
        is_kind = isinstance(value, kind) and not isinstance(value, bool)
        if not is_kind or (kind is list and not all(isinstance(item, str) for item in value)):
            words = {list: "a list of names", int: "a whole number", str: "a text"}[kind]
            raise UsageError(f"{key} of {where} is {value!r}; allowed is {words}")
    try:
        return PlannedStudy(**{key: tuple(value) if TYPES.get(key) is list else value for key, value in table.items()})
    except UsageError as error:
        raise UsageError(f"{where}: {error}") from error
