"""The excerpt of Fashion-MNIST, as a data set and as a file."""

import os
from pathlib import Path

import pytest

from harness import datasets

EXCERPT = Path(__file__).parents[1] / "fixtures" / "fashion_excerpt.npz"


@pytest.fixture(scope="session")
def excerpt():
    return datasets.load(str(EXCERPT))


@pytest.fixture(scope="session")
def excerpt_path():
    return EXCERPT


@pytest.fixture(scope="session")
def without_report(tmp_path_factory):
    """Variables of the environment in which a process makes no report, which takes seconds, as Altair is not found."""
    folder = tmp_path_factory.mktemp("without report")
    (folder / "sitecustomize.py").write_text("import sys\nsys.modules['altair'] = None\n")
    return {"PYTHONPATH": os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])}


def cells(table, *names):
    """Return the cells of the only row that begins with the names."""
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines() if line.startswith("|")]
    (row,) = [row for row in rows if row[: len(names)] == list(names)]
    return dict(zip(rows[0], row, strict=True))


@pytest.fixture(name="cells")
def cells_fixture():
    return cells
