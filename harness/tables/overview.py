"""Many studies in few tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from harness.base.markdown import markdown
from harness.experiments import EXPERIMENTS
from harness.summaries import differences, published, scores
from harness.tables.ablation import ablation_tables
from harness.tables.study import table_lines

if TYPE_CHECKING:
    from harness.results.studies import Study


def overview(studies: list[Study]) -> str:
    """Return tables over all studies: scores, differences between models, published values, what changes do, notes.

    Seconds are left out: studies were made at different times, perhaps on different machines.
    """
    studies = sorted(studies, key=place_of)
    varied = varied_settings(studies)
    where = ("data set", "experiment", *(name.replace("_", " ") for name in varied))
    scored = below(
        studies, varied, lambda study: [[scores.scores_of(study, model)] for model in study.config["models"]]
    )
    names = list(dict.fromkeys(name for *_, row in scored for name in row))
    apart = below(studies, varied, differences.rows_of)
    tests = [
        "\n".join(table_lines((*where, *differences.HEADING), apart, len(where) + 3)) if apart else "",
        *ablation_tables(studies, varied),
    ]
    tables = [
        table(where, names, [(*place, *(row.get(name, "") for name in names)) for *place, row in scored]),
        tests[0],
        table(where, published.HEADING, below(studies, varied, published.rows_of)),
        *tests[1:],
        "\n".join([*notes(studies, varied), *([differences.MEANING] if any(tests) else [])]),
    ]
    return "\n\n".join(text for text in tables if text)


def varied_settings(studies: list[Study]) -> list[str]:
    """Return the names of the settings in which studies of one experiment and data set differ."""
    groups = {}
    for study in studies:
        groups.setdefault((study.config["dataset"], study.config["experiment"]), []).append(study.config)
    return [
        name
        for name in ("epochs", "batch_size", "learning_rate", "limit")
        if any(len({config[name] for config in group}) > 1 for group in groups.values())
    ]


def place_cells(study: Study, varied: list[str]) -> tuple[str, ...]:
    """Return data set, experiment and varied settings of a study, as text."""
    values = [study.config[name] for name in varied]
    return (
        study.config["dataset"],
        study.config["experiment"],
        *("none" if value is None else f"{value:g}" for value in values),
    )


def place_of(study: Study) -> tuple[int, str, str, tuple[int, int, float, int]]:
    """Return what studies are sorted by: experiments as they are listed, then data sets, then settings."""
    name, names, config = study.config["experiment"], list(EXPERIMENTS), study.config
    settings = (config["epochs"], config["batch_size"], config["learning_rate"], config["limit"] or 0)
    return (names.index(name) if name in names else len(names), name, config["dataset"], settings)


def place_text(study: Study, varied: list[str]) -> str:
    """Return data set, experiment and varied settings of a study, in words."""
    dataset, experiment, *values = place_cells(study, varied)
    settings = [f"{name.replace('_', ' ')} {value}" for name, value in zip(varied, values, strict=True)]
    return ", ".join([dataset, experiment, *settings])


def table(where: tuple[str, ...], heading: list[str] | tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Return a table of studies, or "" without rows."""
    return "\n".join(markdown([(*where, *heading), *rows], n_names=len(where) + 1)) if rows else ""


def below(studies: list[Study], varied: list[str], rows_of: Callable) -> list:
    """Return the rows of all studies, each behind its data set, experiment and varied settings."""
    return [(*place_cells(study, varied), *row) for study in studies for row in rows_of(study)]


def notes(studies: list[Study], varied: list[str]) -> list[str]:
    """Return what a reader must know of single studies."""
    return [f"{place_text(study, varied)}: {line}" for study in studies for line in scores.special_notes(study)]
