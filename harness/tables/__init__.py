"""Tables of runs, made from their records: accuracy and speed, differences, published values, ablations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.tables.ablation import ablation_tables
from harness.tables.answers import answers_table
from harness.tables.overview import overview
from harness.tables.study import accuracy_table, differences_table, proof_table, published_table

if TYPE_CHECKING:
    from harness.results.studies import Study

__all__ = [
    "ablation_tables",
    "accuracy_table",
    "answers_table",
    "differences_table",
    "overview",
    "proof_table",
    "published_table",
    "tables_of",
    "tables_of_all",
]


def tables_of(study: Study) -> str:
    """Return all tables of one study, one below the other."""
    tables = [accuracy_table(study), proof_table(study), differences_table(study), published_table(study)]
    return "\n\n".join(table for table in tables if table)


def tables_of_all(studies: list[Study]) -> str:
    """Return all tables of one study, or one overview of several."""
    return tables_of(*studies) if len(studies) == 1 else overview(studies)
