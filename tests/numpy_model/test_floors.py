"""Layers are formulas, and know nothing of the engine."""

import ast
from pathlib import Path

import numpy as np
import pytest

import numpy_model as nn
from numpy_model import naive
from tests.numpy_model.cases import BATCH_CASES, RANDOM_CASES, largest_difference, randomize, tiny_data

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "numpy_model"
LOOPS = sorted(PACKAGE.glob("naive/*.py"))
FORMULAS = sorted([*PACKAGE.glob("layers/*.py"), *LOOPS, *(PACKAGE / f"{name}.py" for name in
                   ("activations", "layer", "losses", "optimizers", "windows"))])  # fmt: skip


def imports_of(path):
    """Return the modules that a file imports, and the names it imports from them, with dots."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_only_the_model_imports_the_engine():
    files = [path for folder in ("numpy_model", "keras_model", "harness") for path in (ROOT / folder).rglob("*.py")]
    users = {path for path in files if any(name.startswith("numpy_model.engine") for name in imports_of(path))}
    outside = {path.name for path in users if PACKAGE / "engine" not in path.parents}
    assert outside == {"model.py"}


def test_the_loops_import_no_layer():
    assert LOOPS
    assert not any(name.startswith("numpy_model.layers") for path in LOOPS for name in imports_of(path))


@pytest.mark.parametrize("path", FORMULAS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_formulas_write_into_no_arrays_that_are_there_already(path):
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    assert not [keyword for call in calls for keyword in call.keywords if keyword.arg == "out"]


class HardTanh(nn.layers.Layer):
    """min(max(inputs, -1), 1): a new layer, which is its formulas and nothing else."""

    def forward(self, inputs, training=False):
        self.check_input(inputs)
        outputs = np.clip(inputs, -1, 1)
        self.remember(training, outputs)
        return outputs

    def backward(self, grad_outputs):
        (outputs,) = self.recall(grad_outputs)
        return np.where(np.abs(outputs) < 1, grad_outputs, 0)


def descend(model, x, y):
    """Take one step with a learning rate of 0.1, layer by layer as they are written."""
    outputs = model.forward(x, training=True)
    grad = np.zeros_like(outputs)  # of the mean of -log(probability of the label)
    grad[np.arange(len(y)), y] = -1 / outputs[np.arange(len(y)), y] / len(y)
    for layer in reversed(model.layers):
        grad = layer.backward(grad)
        for name, param in layer.params.items():
            param -= 0.1 * layer.grads[name]


@pytest.mark.parametrize("batch_size", [1, 5, 64])
def test_a_new_layer_is_its_formulas_and_trains_in_fit(batch_size):
    nn.config.set_floatx("float64")
    chain = [nn.layers.Conv2D(2, 3), HardTanh(), nn.layers.Flatten(), nn.layers.Dense(3, activation="softmax")]
    model = nn.Sequential([nn.Input((6, 6, 1)), *chain])
    randomize(model.params.values())
    model.compile(nn.optimizers.SGD(0.1))
    x, y = tiny_data(64)
    expected = [param.copy() for param in model.params.values()]
    model.fit(x, y, batch_size=batch_size, shuffle=False, verbose=0)
    trained = model.get_weights()

    model.set_weights(expected)
    for start in range(0, 64, batch_size):
        descend(model, x[start : start + batch_size], y[start : start + batch_size])
    for one, other in zip(trained, model.get_weights(), strict=True):
        assert largest_difference(one, other) < 1e-13  # measured 1e-15


@pytest.fixture
def _two_processes():
    threads = nn.config.threads()
    nn.config.set_threads(2)
    yield
    nn.config.set_threads(threads)


@pytest.mark.usefixtures("_two_processes")
@pytest.mark.parametrize("case", [*RANDOM_CASES, *BATCH_CASES], ids=str)
def test_a_layer_that_needs_the_whole_batch_gets_it_in_one_piece_and_one_process(case):
    nn.config.set_floatx("float64")
    ours, loops = case.network(nn), case.network(naive)
    x, y = case.draw_inputs(70), np.arange(70) % 3
    assert ours.batch_shares(70) == [70]
    ours.initialize(0)
    loops.initialize(0)
    ours.compile(nn.optimizers.SGD(0.1))
    ours.fit(x, y, batch_size=70, epochs=2, shuffle=False, verbose=0)
    for _ in range(2):
        descend(loops, x, y)
    for one, other in zip(ours.get_weights(), loops.get_weights(), strict=True):
        assert largest_difference(one, other) < 1e-13  # measured 6e-16
    many = np.repeat(x, 10, axis=0)  # which two processes would share
    assert largest_difference(ours.predict(many), loops.forward(many)) < 1e-13  # measured 6e-16
