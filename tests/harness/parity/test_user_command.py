"""The command with a user's file: from the template to the verdict."""

from pathlib import Path

import pytest

from harness.parity import __main__ as command
from harness.user_models import template

TEMPLATE = Path(template.__file__)
IN_FLOAT32 = ("np.zeros((filters, channels, 5, 5))", "np.zeros((filters, channels, 5, 5), np.float32)")


def prove(path, excerpt_path, out, *flags):
    """Run the command, and return its exit code."""
    return command.main(["--model", str(path), "--dataset", str(excerpt_path), "--out", str(out), *flags])


@pytest.fixture
def my_model(tmp_path):
    """Return a function that writes the template as a user's file, with a piece of text replaced."""

    def write(old="", new=""):
        text = TEMPLATE.read_text()
        assert old in text
        (tmp_path / "my_model.py").write_text(text.replace(old, new))
        return tmp_path / "my_model.py"

    return write


def test_the_template_that_is_printed_is_proved_the_same(excerpt_path, tmp_path, monkeypatch, capsys):
    assert command.main(["--template"]) == 0
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == (TEMPLATE.read_text(), "")
    (tmp_path / "my_model.py").write_text(printed.out)
    monkeypatch.chdir(tmp_path)
    assert command.main(["--model", "my_model.py", "--steps", "3", "--dataset", str(excerpt_path)]) == 0
    proof = capsys.readouterr().out
    assert "simple_cnn: my_model against keras, sgd, batch size 1" in proof
    assert "same: after 3 steps no parameter differs" in proof
    (folder,) = (tmp_path / "results" / "parity" / "my_model").iterdir()
    assert '"network": "simple_cnn"' in (folder / "config.json").read_text()


def test_a_mistake_is_found_and_what_was_inferred_is_said(my_model, excerpt_path, tmp_path, capsys):
    path = my_model("gradient[y] -= 1", "gradient[y] -= 0.5")
    assert prove(path, excerpt_path, tmp_path / "out", "--steps", "1") == 1
    printed = capsys.readouterr().out
    assert "different, in float64: step 1, layer dense_1: output equal, gradient of kernel differs" in printed
    assert "look at its backward pass, or at the gradient of the loss" in printed
    assert "Gradients are inferred from the steps" in printed


def test_a_gradient_that_is_not_finite_is_called_so(my_model, excerpt_path, tmp_path, capsys):
    path = my_model("self.bias -= learning_rate * gradient\n", "self.bias -= learning_rate * gradient * np.nan\n")
    assert prove(path, excerpt_path, tmp_path / "out", "--steps", "1") == 1
    printed = capsys.readouterr()
    (sentence,) = [line for line in printed.out.splitlines() if line.startswith("different, in float64")]
    assert "gradient of bias differs" in sentence
    assert "look at its backward pass; it holds numbers that are not finite" in sentence
    assert "Warning" not in printed.err


def test_a_model_in_float32_is_compared_in_float32_alone(my_model, excerpt_path, tmp_path, capsys):
    path = my_model(*IN_FLOAT32)
    assert prove(path, excerpt_path, tmp_path / "out", "--steps", "2") == 0
    printed = capsys.readouterr().out
    assert "float64: absolute" not in printed
    assert "The model keeps its weights in float32, so it is not compared in float64." in printed


def test_a_mistake_that_shows_once_biases_are_trained_is_found_in_float32_alone(
    my_model, excerpt_path, tmp_path, capsys
):
    path = my_model(*IN_FLOAT32)
    path.write_text(path.read_text().replace("axis=(1, 2, 3)) + self.bias", "axis=(1, 2, 3))"))
    assert prove(path, excerpt_path, tmp_path / "out", "--steps", "3") == 1
    assert "different, in float32: step 2, layer dense_1: output differs" in capsys.readouterr().out


def test_a_model_may_name_a_network_of_its_own(tmp_path, excerpt_path, capsys):
    path = tmp_path / "one_layer.py"
    path.write_text(
        """import numpy as np


def one_layer(nn):
    return nn.Sequential([nn.Input((28, 28, 1)), nn.layers.Flatten(), nn.layers.Dense(10, activation="softmax")])


class Model:
    network = one_layer
    from_logits = True
    weights = [np.zeros((784, 10)), np.zeros(10)]

    def get_weights(self):
        return self.weights

    def set_weights(self, weights):
        self.weights = weights

    def forward(self, x):
        self.x = x.reshape(len(x), -1)
        return self.x @ self.weights[0] + self.weights[1]

    def backward(self, gradient):
        return [self.x.T @ gradient, gradient.sum(axis=0)]


make_model = Model
"""
    )
    assert prove(path, excerpt_path, tmp_path / "out", "--steps", "3", "--batch-size", "4") == 0
    assert "one_layer: one_layer against keras, sgd, batch size 4" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "flags", "words"),
    [
        (("", ""), ["--optimizer", "adam"], "plain SGD"),
        (("", ""), ["--inject", "unrotated-kernel"], "--model or --inject"),
        (("", ""), ["--batch-size", "2"], "one_image"),
        (("", ""), ["--network", "adam"], "get_weights() returned 8 arrays; expected a list of 4"),
        (("make_model", "build"), [], "no function make_model()"),
        (("class Dense:", "class Dense"), [], "running the file raised SyntaxError (my_model.py, line "),
        (("channels_first = True", "channels_first = False"), [], "It fits with kernels_channels_first = True"),
        (
            ("gradient[y] -= 1", "gradient[y] -= 1 / 0"),
            [],
            "at step 1 train_step(x, y, learning_rate) raised ZeroDivisionError",
        ),
    ],
)
def test_wrong_use_ends_with_one_message_and_exit_code_2(
    change, flags, words, my_model, excerpt_path, tmp_path, capsys
):
    assert prove(my_model(*change), excerpt_path, tmp_path / "out", "--steps", "1", *flags) == 2
    error = capsys.readouterr().err
    assert words in error and error.startswith("error: ") and error.count("\n") == 1


def test_a_file_that_does_not_exist_or_is_no_file_is_told(tmp_path, excerpt_path, capsys):
    assert prove("nowhere.py", excerpt_path, tmp_path) == 2
    assert "nowhere.py does not exist" in capsys.readouterr().err
    assert prove("keras", excerpt_path, tmp_path) == 2
    assert "allowed are numpy, a file such as my_model.py" in capsys.readouterr().err
