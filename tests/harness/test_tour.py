"""The notebook `harness/tour.ipynb`: it runs from its first cell to its last, and shows what it promises."""

from pathlib import Path

import pytest

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")

ROOT = Path(__file__).parents[2]


def texts_of(notebook):
    """Return all that the cells have shown, as one text."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "\n".join(output.get("text") or str(output.get("data", "")) for output in outputs)


def test_it_runs_on_other_data_and_shows_proof_table_curves_and_mistake(excerpt_path):
    notebook = nbformat.read(ROOT / "harness" / "tour.ipynb", as_version=4)
    for cell in notebook.cells:
        cell.source = cell.source.replace('DATASET = "fashion"', f"DATASET = {str(excerpt_path)!r}")
        cell.source = cell.source.replace("limit=2000", "limit=100")
    client = nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(ROOT)}})
    shown = texts_of(client.execute())
    assert "same: after 20 steps no parameter differs" in shown
    assert "<table" in shown and "<svg" in shown
    assert "different, in float64: step 1, layer conv2d_1" in shown


def test_the_committed_outputs_are_of_a_run_without_error_and_name_no_path():
    notebook = nbformat.read(ROOT / "harness" / "tour.ipynb", as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    shown = texts_of(notebook)
    assert "Traceback" not in shown and str(ROOT) not in shown and "/tmp" not in shown
