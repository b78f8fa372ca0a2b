"""The proof sees the steps that `fit` takes: a mistake in the path that only `fit` goes is found."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

CHANGES = [
    ("-learning_rate, out=self._rights", "-2 * learning_rate, out=self._rights"),
    ("-learning_rate, out=self._rights", "learning_rate, out=self._rights"),
    ("self._lefts[self._count] = self._inputs[0]", "self._lefts[self._count] = self._inputs[0] + 0.01"),
    ("np.add(self._stored, np.matmul(self._lefts.T, self._rights), out=self._stored)", "pass"),
    ("        self._rights.fill(0)\n", ""),
    ("ops.add(out, self._grad_inputs, out=out)", "pass"),
    ("ops.matmul(self._inputs, self._lefts.T, out=self._along_lefts)", "pass"),
]


def prove(folder, excerpt_path, *flags):
    """Run the command in a copy of the project, and return its process."""
    return subprocess.run(
        [sys.executable, "-m", "harness.parity", "--dataset", excerpt_path, "--out", folder / "out", *flags],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=200,
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """Return a copy of the project's packages."""
    folder = tmp_path_factory.mktemp("copy")
    for package in ("numpy_model", "keras_model", "harness"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(("old", "new"), CHANGES)
def test_a_changed_line_in_the_steps_that_fit_collects_is_found(old, new, copy, excerpt_path):
    path = copy / "numpy_model" / "deferred.py"
    right = path.read_text()
    assert right.count(old) == 1
    try:
        path.write_text(right.replace(old, new))
        process = prove(copy, excerpt_path, "--steps", "18")
    finally:
        path.write_text(right)
    assert process.returncode == 1, process.stdout + process.stderr
    assert "different, in float64: step " in process.stdout


@pytest.mark.slow
def test_the_copy_as_it_is_is_the_same(copy, excerpt_path):
    process = prove(copy, excerpt_path, "--steps", "18")
    assert process.returncode == 0, process.stdout + process.stderr
