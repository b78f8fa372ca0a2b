"""The README says what the committed results say."""

from pathlib import Path

import pandas
import pytest

from harness.parity import __main__ as command

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
EXCERPT = ROOT / "tests" / "fixtures" / "fashion_excerpt.npz"
TABLES = sorted((ROOT / "results" / "reference").rglob("table.md"))


def test_there_is_a_reference_run_of_each_data_set():
    assert {path.relative_to(ROOT / "results" / "reference").parts[0] for path in TABLES} >= {"fashion", "mnist"}


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.parts[-4])
def test_the_table_of_a_reference_run_stands_in_the_readme(path):
    rows = [line for line in path.read_text().splitlines() if line.startswith("|")]
    assert rows
    assert "\n".join(rows) in README


def test_the_training_times_of_the_reference_benchmark_stand_in_the_readme():
    (path,) = (ROOT / "results" / "reference" / "bench").rglob("bench.md")
    table = path.read_text().split("\n\n")[1]
    assert table.startswith("| batch size")
    assert table in README


def test_the_largest_differences_of_the_reference_proof_stand_in_the_readme():
    (path,) = (ROOT / "results" / "reference" / "parity" / "simple_cnn").rglob("parity.md")
    (table,) = [block for block in path.read_text().split("\n\n") if block.startswith("| precision")]
    assert table in README


def test_how_long_the_models_stay_together_stands_in_the_readme():
    (path,) = (ROOT / "results" / "reference" / "parity" / "together").rglob("together.md")
    assert path.read_text().strip() in README


def test_the_differences_of_accuracy_that_the_readme_names_are_those_of_the_reference():
    (path,) = (ROOT / "results" / "reference" / "parity" / "together").rglob("together.csv")
    rows = pandas.read_csv(path).dropna()
    rows = rows[rows["pair"] == "numpy float32, keras float32"]
    gaps = (rows["accuracy"] - rows["other_accuracy"]).abs()
    words = f"differed by {gaps.mean():.3f} on average and by {gaps.max():.4f} at most"
    assert words in README.replace("\n", " ")
    assert f"At the {len(rows)} times" in README


def test_every_picture_and_folder_that_the_readme_names_is_there():
    pictures = [part.split(")")[0] for part in README.split("](")[1:]]
    assert pictures
    assert all((ROOT / picture).exists() for picture in pictures if "://" not in picture)


def test_the_model_of_your_own_in_the_readme_is_the_same_as_keras(tmp_path, capsys):
    (block,) = [part.split("```")[0] for part in README.split("```python\n") if "make_model = " in part.split("```")[0]]
    (tmp_path / "my_model.py").write_text(block)
    flags = ["--model", tmp_path / "my_model.py", "--dataset", EXCERPT, "--steps", "3", "--out", tmp_path]
    assert command.main(list(map(str, flags))) == 0
    assert "same: after 3 steps" in capsys.readouterr().out
