"""What single changes of an experiment do, against all seeds of the experiment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.base.numbers import seeds_text
from harness.experiments import EXPERIMENTS
from harness.summaries.differences import TEST_HEADING, difference_of
from harness.summaries.scores import MEASURES
from harness.tables.study import table_lines

if TYPE_CHECKING:
    from harness.results.studies import Study

HEADING = ("model", "variant", "of", "seeds", "against seeds", "variant - base", *TEST_HEADING)
SHOWN = ("accuracy", "training loss")


def ablation_tables(studies: list[Study], varied: list[str] | tuple = ()) -> list[str]:
    """Return a Markdown table for every experiment among the studies that has variants there, as a list of text.

    Args:
        studies: the studies of a folder. A variant is held against the study of its experiment that has the same data
            set and settings.
        varied: names of settings in which studies of one experiment differ, for the titles. Default none.
    """
    tables = []
    for base in studies:
        variants = [study for study in studies if is_variant(study, base)]
        if rows := rows_of(base, variants):
            name = base.config["experiment"]
            settings = "".join(f", {name.replace('_', ' ')} {base.config[name] or 'none'}" for name in varied)
            title = f"{base.config['dataset']}{settings}: what changes of {name} do, against all seeds of {name}"
            tables.append("\n".join([title, "", *table_lines(HEADING, rows, n_names=3)]))
    return tables


def is_variant(study: Study, base: Study) -> bool:
    """Return whether a study is one of a variant of the base's experiment, and otherwise like it."""
    experiment = EXPERIMENTS.get(study.config["experiment"])
    names = ("dataset", "sha256", "limit", "epochs", "batch_size", "learning_rate")
    same = all(study.config.get(name) == base.config.get(name) for name in names)
    return same and experiment is not None and experiment.variant_of == base.config["experiment"]


def rows_of(base: Study, variants: list[Study]) -> list:
    """Return a row for each measure of every model of each variant. A few seeds in common are no reason to pair.

    With the seeds in common alone a variant would be held against a few chance values of the base.
    """
    return [
        (
            *(model, study.config["experiment"], measure, seeds_text(end.index), seeds_text(base_end.index)),
            difference_of(end[MEASURES[measure]], base_end[MEASURES[measure]], paired=False),
        )
        for model in base.config["models"]
        for study in variants
        if model in study.config["models"]
        for end, base_end in [(study.at_end(model), base.at_end(model))]
        for measure in SHOWN
    ]
