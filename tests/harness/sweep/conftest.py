"""A data set of noise for every test, and Dask where it is installed."""

import importlib.util

import pytest

from tests.harness.sweep.sweeps import write_tiny_data

# Dask is optional, and so are the tests that start it: pip install -r requirements-sweep.txt brings it.
if not importlib.util.find_spec("distributed"):
    collect_ignore = ["test_local.py", "test_scheduler.py", "test_figures.py"]


@pytest.fixture(autouse=True)
def _one_blas_thread_in_processes_that_tests_start(monkeypatch):
    """Workers side by side have one thread each, whatever this process has: two of two would fight over the cores."""
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")


@pytest.fixture
def tiny(tmp_path):
    return write_tiny_data(tmp_path / "tiny.npz")
