"""A user's network in a file, in every command, from another folder."""

import json

import numpy as np
import pandas
import pytest

from harness.bench import __main__ as bench_command
from harness.parity import __main__ as parity_command
from harness.results.resume import resume_command
from harness.sweep import __main__ as sweep_command
from tests.harness.runs import folder_below, run_here

THREE_BLOCKS = """
def three_blocks(nn, input_shape, n_classes):
    layers = [nn.Input(input_shape)]
    for filters in (2, 3, 3):
        layers += [nn.layers.Conv2D(filters, 3, padding="same", activation="relu"), nn.layers.MaxPooling2D(2)]
    return nn.Sequential([*layers, nn.layers.Flatten(), nn.layers.Dense(n_classes, activation="softmax")])
"""


DENSE = """
def dense(nn, input_shape, n_classes):
    penalty = nn.regularizers.L2(0.01)
    hidden = nn.layers.Dense(20, activation="leaky_relu", kernel_regularizer=penalty)
    outputs = nn.layers.Dense(n_classes, activation="sigmoid")
    return nn.Sequential([nn.Input(input_shape), nn.layers.Flatten(), hidden, outputs])

def decayed(nn, learning_rate):
    decay = nn.optimizers.schedules.PiecewiseConstantDecay([1], [learning_rate, learning_rate / 3])
    return nn.optimizers.SGD(decay, clipnorm=0.01)
"""


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """Another working directory, with blocks.py in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "blocks.py").write_text(THREE_BLOCKS)
    return tmp_path


def test_a_run_trains_it_with_both_libraries_and_names_it(elsewhere, excerpt_path, monkeypatch, capsys):
    flags = ["--dataset", excerpt_path, "--network", "blocks.py", "--limit", 20, "--epochs", 1]
    assert run_here(monkeypatch, *flags, "--out", elsewhere / "out", "--optimizer", "adam:beta_1=0.95") == 0
    folder = folder_below(elsewhere / "out")
    assert folder.parent.name == "identical-blocks-adam-beta_1=0.95"
    assert "fashion_excerpt, identical-blocks-adam-beta_1=0.95: 1 epoch" in capsys.readouterr().out
    config = json.loads((folder / "config.json").read_text())
    assert config["n_parameters"] == {"numpy": 441, "keras": 441}
    assert (config["experiment"], config["based_on"]) == ("identical-blocks-adam-beta_1=0.95", "identical")
    ours, theirs = (np.load(folder / "weights" / f"{model}-seed0.npz") for model in ("numpy", "keras"))
    assert ours.files == theirs.files
    for name in ours.files:
        np.testing.assert_allclose(ours[name], theirs[name], atol=1e-5)  # measured 1e-7


def test_a_run_is_resumed_with_the_file_named_again_and_only_if_it_is_the_same(
    elsewhere, excerpt_path, monkeypatch, capsys
):
    flags = ["--dataset", excerpt_path, "--network", "blocks.py", "--models", "numpy", "--limit", 10, "--epochs", 1]
    assert run_here(monkeypatch, *flags, "--out", elsewhere / "out") == 0
    folder = folder_below(elsewhere / "out")
    assert run_here(monkeypatch, "--resume", folder) == 2
    assert "trains blocks.py, and to resume it runs that code" in (message := capsys.readouterr().err)
    assert message.rstrip().endswith("--network blocks.py")
    assert run_here(monkeypatch, "--resume", folder, "--network", "blocks.py") == 0
    (elsewhere / "blocks.py").write_text(THREE_BLOCKS + "\n# changed\n")
    assert run_here(monkeypatch, "--resume", folder, "--network", "blocks.py") == 2
    assert "blocks.py is" in capsys.readouterr().err


def test_the_command_that_resumes_names_every_file_of_a_users():
    settings = {"models": ("numpy", "mine.py"), "experiment": "exp.py", "network": "simple_cnn", "optimizer": "o.py:f"}
    words = resume_command("run", settings).split()
    assert words[words.index("--resume") :] == (
        ["--resume", "run", "--models", "numpy", "mine.py", "--experiment", "exp.py", "--optimizer", "o.py:f"]
    )


def test_a_run_trains_with_another_loss_and_penalties(elsewhere, excerpt_path, monkeypatch):
    (elsewhere / "dense.py").write_text(DENSE)
    flags = [
        "--dataset",
        excerpt_path,
        "--network",
        "dense.py:dense",
        "--loss",
        "mean_squared_error",
        "--batch-size",
        5,
    ]
    assert run_here(monkeypatch, *flags, "--limit", 20, "--epochs", 1, "--out", elsewhere / "out") == 0
    folder = folder_below(elsewhere / "out")
    assert folder.parent.name == "identical-dense-mean_squared_error"
    rows = pandas.read_csv(folder / "epochs.csv").set_index("model")
    for column in ("train_loss", "test_loss"):
        ours, theirs = rows[column]["numpy"], rows[column]["keras"]
        assert ours == pytest.approx(theirs, abs=1e-5), column  # measured 1e-7
    assert rows["train_loss"]["numpy"] > 0.5 > rows["test_loss"]["numpy"]  # with the penalty, and without


def test_the_proof_takes_other_losses_penalties_clipping_and_schedules(elsewhere, excerpt_path, capsys):
    (elsewhere / "dense.py").write_text(DENSE)
    flags = ["--dataset", str(excerpt_path), "--network", "dense.py:dense", "--steps", "3", "--out", "out"]
    flags += ["--loss", "mean_squared_error", "--optimizer", "dense.py:decayed"]
    assert parity_command.main(flags) == 0
    shown = capsys.readouterr().out
    assert "decayed, mean_squared_error" in shown


def test_the_proof_takes_it(elsewhere, excerpt_path, capsys):
    flags = ["--dataset", str(excerpt_path), "--network", "blocks.py:three_blocks", "--steps", "3", "--out", "out"]
    assert parity_command.main(flags) == 0
    assert "three_blocks: numpy against keras" in capsys.readouterr().out


def test_a_sweep_has_a_cell_for_each_network(elsewhere, excerpt_path, capsys):
    (elsewhere / "more.py").write_text(THREE_BLOCKS.replace("(2, 3, 3)", "(2,)"))
    flags = ["--datasets", str(excerpt_path), "--networks", "blocks.py", "more.py", "--models", "numpy", "--dry-run"]
    assert sweep_command.main(flags) == 0
    shown = capsys.readouterr().out
    assert "identical-blocks seed 0" in shown and "identical-more seed 0" in shown


def test_the_benchmark_times_it(elsewhere, capsys):
    assert bench_command.main(["--network", "blocks.py", "--profile", "--batch-size", "2"]) == 0
    assert "max_pooling2d_2" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("(nn, input_shape, n_classes)", "(nn)"), "raised NameError (blocks.py, line 3)"),
        (
            ("return nn.Sequential(", "return list("),
            "blocks.py, line 2: three_blocks(nn) returned a list; expected",
        ),
        (("filters, 3,", "filters, 3 if 'numpy' in nn.__name__ else 5,"), "the models differ before training: keras"),
        (("[*layers,", "[*layers, *([] if 'numpy' in nn.__name__ else [nn.layers.ReLU()]),"), "keras has the layers"),
        (
            ("nn.Input(input_shape)", "nn.Input((30, 28, 1))"),
            "takes images of shape (30, 28, 1); the data set needs",
        ),
    ],
)
def test_one_that_cannot_be_used_ends_in_one_message(elsewhere, excerpt_path, monkeypatch, capsys, change, words):
    (elsewhere / "blocks.py").write_text(THREE_BLOCKS.replace(*change))
    flags = [
        "--dataset",
        excerpt_path,
        "--network",
        "blocks.py",
        "--limit",
        4,
        "--epochs",
        1,
        "--out",
        elsewhere / "out",
    ]
    assert run_here(monkeypatch, *flags) in (2, 4)
    message = capsys.readouterr().err
    assert words in message and "Traceback" not in message


def test_an_experiment_of_a_file_is_trained_with_its_own_settings(elsewhere, excerpt_path, monkeypatch):
    (elsewhere / "mine.py").write_text(
        f"""{THREE_BLOCKS}
from harness.experiments import Experiment, Recipe

MINE = Experiment("blocks-at-once", "three blocks", Recipe(three_blocks), dataset={str(excerpt_path)!r}, batch_size=5)
"""
    )
    assert (
        run_here(monkeypatch, "--experiment", "mine.py", "--limit", 10, "--epochs", 1, "--out", elsewhere / "out") == 0
    )
    folder = folder_below(elsewhere / "out")
    config = json.loads((folder / "config.json").read_text())
    assert folder.parent.name == config["experiment"] == "blocks-at-once"
    assert config["batch_size"] == 5


MODEL = """
import numpy as np


class SoftmaxRegression:
    out_in = True
    one_image = True

    def network(self, nn):
        return nn.Sequential([nn.Input((28, 28, 1)), nn.layers.Flatten(), nn.layers.Dense(10, activation="softmax")])

    def __init__(self):
        self.weights = [np.zeros((10, 784)), np.zeros(10)]

    def get_weights(self):
        return self.weights

    def set_weights(self, weights):
        self.weights = weights

    def forward(self, x):
        powers = np.exp(self.weights[0] @ x.ravel() + self.weights[1])
        return powers / powers.sum()

    def train_step(self, x, y, learning_rate):
        kernel, bias = self.weights
        gradient = self.forward(x) - (np.arange(10) == y)
        self.weights = [kernel - learning_rate * np.outer(gradient, x), bias - learning_rate * gradient]


make_model = SoftmaxRegression
"""


@pytest.mark.parametrize("flags", [["--models", "numpy", "mine.py"], ["--models", "numpy", "--network", "mine.py"]])
def test_a_run_takes_the_network_that_a_users_model_names(elsewhere, excerpt_path, monkeypatch, flags):
    (elsewhere / "mine.py").write_text(MODEL)
    flags = ["--dataset", excerpt_path, *flags, "--limit", 10, "--epochs", 1, "--out", elsewhere / "out"]
    assert run_here(monkeypatch, *flags) == 0
    folder = folder_below(elsewhere / "out")
    assert folder.parent.name == "identical-mine"
    config = json.loads((folder / "config.json").read_text())
    assert set(config["n_parameters"].values()) == {7_850}


def test_models_of_different_networks_are_not_compared(elsewhere, excerpt_path, monkeypatch, capsys):
    (elsewhere / "mine.py").write_text(MODEL)
    (elsewhere / "other.py").write_text(MODEL.replace("nn.layers.Flatten(),", "nn.layers.Flatten(), nn.layers.ReLU(),"))
    flags = ["--dataset", excerpt_path, "--models", "mine.py", "other.py", "--limit", 10, "--out", elsewhere / "out"]
    assert run_here(monkeypatch, *flags) == 2
    assert "mine.py and other.py name different networks; choose one with --network" in capsys.readouterr().err
