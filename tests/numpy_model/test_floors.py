"""Layers are formulas, and know nothing of the engine."""

import ast
from pathlib import Path

import numpy as np
import pytest

import numpy_model as nn
from tests.numpy_model.cases import largest_difference, randomize, tiny_data

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "numpy_model"
FORMULAS = sorted([*PACKAGE.glob("layers/*.py"), *(PACKAGE / f"{name}.py" for name in
                   ("activations", "layer", "losses", "optimizers", "windows", "naive"))])  # fmt: skip


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
    assert outside == {"predictor.py", "model.py"}  # the two halves of `Sequential`


def test_the_loops_import_no_layer():
    assert not any(name.startswith("numpy_model.layers") for name in imports_of(PACKAGE / "naive.py"))


@pytest.mark.parametrize("path", FORMULAS, ids=lambda path: path.stem)
def test_formulas_write_into_no_arrays_that_are_there_already(path):
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    assert not [keyword for call in calls for keyword in call.keywords if keyword.arg == "out"]


class LeakyReLU(nn.layers.Layer):
    """max(inputs, 0) + negative_slope * min(inputs, 0): a new layer, which is its formulas and nothing else."""

    def __init__(self, negative_slope=0.3, name=None, dtype=None):
        super().__init__(name, dtype)
        self.negative_slope = negative_slope

    def build(self, input_shape):
        self.input_shape = self.output_shape = tuple(input_shape)
        return self.output_shape

    def forward(self, inputs, training=False):
        self.check_input(inputs)
        outputs = np.where(inputs > 0, inputs, self.negative_slope * inputs)
        self.remember(training, inputs, outputs)
        return outputs

    def backward(self, grad_outputs):
        inputs, _ = self.recall(grad_outputs)
        return np.where(inputs > 0, grad_outputs, self.negative_slope * grad_outputs)


@pytest.mark.parametrize("batch_size", [1, 5, 64])
def test_a_new_layer_is_its_formulas_and_trains_in_fit(batch_size):
    nn.config.set_floatx("float64")
    chain = [nn.layers.Conv2D(2, 3), LeakyReLU(), nn.layers.Flatten(), nn.layers.Dense(3, activation="softmax")]
    model = nn.Sequential([nn.Input((6, 6, 1)), *chain])
    randomize(model.params.values())
    model.compile(nn.optimizers.SGD(0.1))
    x, y = tiny_data(64)
    expected = [param.copy() for param in model.params.values()]
    model.fit(x, y, batch_size=batch_size, shuffle=False, verbose=0)
    trained = model.get_weights()

    model.set_weights(expected)
    for start in range(0, 64, batch_size):
        samples, labels = x[start : start + batch_size], y[start : start + batch_size]
        outputs = model.forward(samples, training=True)
        grad = np.zeros_like(outputs)  # of the mean of -log(probability of the label)
        grad[np.arange(len(labels)), labels] = -1 / outputs[np.arange(len(labels)), labels] / len(labels)
        for layer in reversed(model.layers):
            grad = layer.backward(grad)
            for name, param in layer.params.items():
                param -= 0.1 * layer.grads[name]
    for one, other in zip(trained, model.get_weights(), strict=True):
        assert largest_difference(one, other) < 1e-13  # measured 1e-15
