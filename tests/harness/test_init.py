"""What `import harness` offers, and what it costs."""

import subprocess
import sys

import pytest

import harness


def test_a_run_from_a_notebook_needs_one_import(excerpt_path):
    from harness import RunConfig, load_dataset, run_experiment

    config = RunConfig(dataset=str(excerpt_path), models=("numpy",), limit=20, epochs=1)
    result = run_experiment(config, load_dataset(str(excerpt_path)))
    assert list(result.epochs["model"]) == ["numpy"]
    assert str(result).startswith("fashion_excerpt, identical: 1 epoch")
    shown = result._repr_html_()
    assert shown.index("<table") < shown.index("<svg")
    assert f"{result.epochs['test_accuracy'].iloc[0]:.4f}" in shown


def test_another_name_is_refused_with_those_that_there_are():
    with pytest.raises(AttributeError, match="no attribute 'train'; it offers RunConfig, load_dataset, run_experiment"):
        _ = harness.train


def test_to_import_the_package_imports_no_library():
    code = "import sys, harness; print([name for name in ('numpy', 'pandas', 'keras', 'scipy') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
