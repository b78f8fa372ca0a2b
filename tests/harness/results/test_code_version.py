"""What identifies the code of a run: of users' models, whose files are found without being run, and our own."""

import shutil
import subprocess
import sys

import numpy as np
import pytest

from harness.results.code_version import NOT_TRAINING, ROOT, TRAINING_PACKAGES, code_version

TOP = "package_of_models"


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package whose import fails the test, with a module in it, and one below a folder that is no package."""
    folder = tmp_path / TOP
    (folder / "more").mkdir(parents=True)
    for name in ("__init__", "mine", "more/deep"):
        (folder / f"{name}.py").write_text("raise AssertionError('it is run')")
    monkeypatch.syspath_prepend(tmp_path)
    return folder


@pytest.mark.parametrize(
    ("module", "file"),
    [
        (TOP, "__init__.py"),
        (f"{TOP}.mine", "mine.py"),
        (f"{TOP}.more.deep", "more/deep.py"),
    ],
)
def test_the_file_of_a_module_that_changed_is_another_version_and_nothing_is_run(module, file, package):
    model = f"{module}:make_model"
    before = code_version([model])[model]
    assert before is not None
    assert code_version([model])[model] == before
    (package / file).write_text("changed")
    assert code_version([model])[model] not in (before, None)
    assert not [name for name in sys.modules if name.startswith(TOP)]


@pytest.mark.parametrize("module", ["no_such_package", f"{TOP}.nothing", f"{TOP}.mine.nothing", "sys", "json.nothing"])
def test_a_module_without_a_file_has_no_version(module, package):
    assert code_version([f"{module}:make_model"])[f"{module}:make_model"] is None


# Our own code

FILES_OF_A_TRAINING = """
import sys
from pathlib import Path
from harness.experiments import RunConfig
from harness.results.journal import Journal
from harness.results import create_run_folder
from harness.training.runner import run_experiment
config = RunConfig(dataset={dataset!r}, epochs=1, models=("numpy", "naive", {model!r}))
run_experiment(config, recorder=Journal(create_run_folder({out!r}, "excerpt", "identical")))
root = Path({root!r})
files = [Path(module.__file__) for module in list(sys.modules.values()) if getattr(module, "__file__", None)]
packages = [root / name for name in ("numpy_model", "keras_model", "harness")]
print("\\n".join(str(path.relative_to(root)) for path in files if any(map(path.is_relative_to, packages))))
"""

OWN_MODEL = """
import numpy_model
from harness.experiments.networks import simple_cnn


class Own:
    def __init__(self):
        self.model = simple_cnn(numpy_model, (8, 8, 1), 2)
        self.model.compile("sgd", loss="sparse_categorical_crossentropy")
        self.get_weights, self.set_weights = self.model.get_weights, self.model.set_weights

    def forward(self, x):
        return self.model.predict(x, verbose=0)

    def train_step(self, x, y, learning_rate):
        self.model.train_on_batch(x, y)


make_model = Own
"""


@pytest.fixture(scope="module")
def files_of_a_training(tmp_path_factory):
    """Return the files of ours that a process imports to train models and to write the run down.

    Keras's trainer, whose import takes seconds, is not among the models; all of its package is among the files.
    """
    out = tmp_path_factory.mktemp("out")
    (out / "own.py").write_text(OWN_MODEL)
    images, labels = np.zeros((2, 8, 8), np.uint8), np.arange(2)
    np.savez(out / "two.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    code = FILES_OF_A_TRAINING.format(
        dataset=str(out / "two.npz"), out=str(out), root=str(ROOT), model=str(out / "own.py")
    )
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=300, cwd=ROOT, check=True
    )
    files = [line for line in process.stdout.splitlines() if line.endswith(".py")]
    return files + [str(path.relative_to(ROOT)) for path in sorted((ROOT / "keras_model").glob("*.py"))]


def test_one_line_more_in_any_file_that_training_imports_is_another_version(files_of_a_training, tmp_path, monkeypatch):
    assert {"harness/training/runner.py", "numpy_model/engine/deferred.py", "keras_model/trainer.py"} <= set(
        files_of_a_training
    )
    for package in TRAINING_PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package)
    monkeypatch.setattr("harness.results.code_version.ROOT", tmp_path)
    before = code_version(())
    for file in files_of_a_training:
        path = tmp_path / file
        content = path.read_bytes()
        path.write_bytes(content + b"\nchanged = True\n")
        assert code_version(()) != before, file
        path.write_bytes(content)
    assert code_version(()) == before


def test_a_line_more_in_a_view_is_the_same_version(tmp_path, monkeypatch):
    for package in TRAINING_PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package)
    monkeypatch.setattr("harness.results.code_version.ROOT", tmp_path)
    before = code_version(())
    for room in NOT_TRAINING:
        (tmp_path / "harness" / room / "__init__.py").write_text("changed = True\n")
    assert code_version(()) == before
