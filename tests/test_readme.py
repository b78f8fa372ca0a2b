"""The README says what the committed results say."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TABLES = sorted((ROOT / "results" / "reference").rglob("table.md"))


def test_there_is_a_reference_run_of_each_data_set():
    assert {path.relative_to(ROOT / "results" / "reference").parts[0] for path in TABLES} >= {"fashion", "mnist"}


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.parts[-4])
def test_the_table_of_a_reference_run_stands_in_the_readme(path):
    rows = [line for line in path.read_text().splitlines() if line.startswith("|")]
    assert rows
    assert "\n".join(rows) in (ROOT / "README.md").read_text()


def test_the_training_times_of_the_reference_benchmark_stand_in_the_readme():
    (path,) = (ROOT / "results" / "reference" / "bench").rglob("bench.md")
    table = path.read_text().split("\n\n")[1]
    assert table.startswith("| batch size")
    assert table in (ROOT / "README.md").read_text()


def test_every_picture_and_folder_that_the_readme_names_is_there():
    readme = (ROOT / "README.md").read_text()
    pictures = [part.split(")")[0] for part in readme.split("](")[1:]]
    assert pictures
    assert all((ROOT / picture).exists() for picture in pictures if "://" not in picture)
