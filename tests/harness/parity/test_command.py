"""`python -m harness.parity` as people call it."""

import contextlib
import io
import json
import subprocess
import sys

import pandas
import pytest

from harness.parity import __main__ as command


@pytest.fixture(scope="module")
def proof(excerpt_path, tmp_path_factory):
    """Return the exit code, what was printed, and the folder of a comparison of five steps."""
    out = tmp_path_factory.mktemp("out")
    flags = ["--dataset", str(excerpt_path), "--steps", "5", "--network", "strided", "--out", str(out)]
    with contextlib.redirect_stdout(io.StringIO()) as output, contextlib.redirect_stderr(io.StringIO()) as errors:
        exit_code = command.main(flags)
    return exit_code, output.getvalue(), errors.getvalue(), next((out / "parity" / "strided").iterdir(), None)


def test_two_equal_models_exit_0_and_leave_tables_rows_and_plot(proof):
    exit_code, output, errors, folder = proof
    assert (exit_code, errors) == (0, "")
    assert "same: after 5 steps no parameter differs by more than" in output
    names = {"config.json", "environment.json", "first_step.csv", "parity.csv", "parity.md", "parity.png"}
    assert {path.name for path in folder.iterdir()} == names
    assert (folder / "parity.md").read_text().strip() in output
    assert json.loads((folder / "config.json").read_text())["steps"] == 5


def test_rows_hold_both_precisions_and_every_layer(proof):
    *_, folder = proof
    steps = pandas.read_csv(folder / "parity.csv")
    assert steps.groupby("precision")["step"].apply(list).to_dict() == {
        "float32": [1, 2, 3, 4, 5],
        "float64": [1, 2, 3, 4, 5],
    }
    first = pandas.read_csv(folder / "first_step.csv", keep_default_na=False)
    layers = {"conv2d", "conv2d_1", "average_pooling2d", "flatten", "dense", ""}
    assert set(first["layer"]) == layers
    # Five outputs and gradients of inputs, the loss, and gradient and update of three kernels and biases.
    assert (first.groupby("precision").size() == 5 + 5 + 1 + 6 + 6).all()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--network", "resnet"], "unknown network 'resnet'; allowed are simple_cnn, adam, strided, write_up"),
        (["--optimizer", "lion"], "unknown optimizer 'lion'; allowed are sgd, adam, adamw"),
        (["--steps", "0"], "steps is 0; allowed is a whole number of at least 1"),
        (["--every", "0"], "every is 0; allowed is a whole number of at least 1"),
        (["--every", "10", "--inject", "textbook-adam"], "leave out --model and --inject"),
        (["--gallery", "--model", "mine.py"], "beside --gallery there is no effect of --model"),
        (["--vocabulary", "--steps", "3"], "beside --vocabulary there is no effect of --out, --steps"),
        (["--backends", "--inject", "textbook-adam"], "beside --backends there is no effect of --inject"),
        (["--template", "labels", "--gallery"], "beside --template there is no effect of --gallery"),
        (
            ["--inject", "unrotated-kernel", "--network", "dense_only"],
            "--inject unrotated-kernel has no effect: dense_only with sgd has nothing that could have this mistake",
        ),
        (["--inject", "textbook-adam", "--optimizer", "sgd"], "--inject textbook-adam has no effect"),
        (["--learning-rate", "nan"], "learning rate is nan; allowed is a finite number above 0"),
        (["--dataset", "cifar"], "no data set is called 'cifar'"),
    ],
)
def test_wrong_flags_end_with_one_message_and_exit_code_2(arguments, words, tmp_path, capsys):
    assert command.main([*arguments, "--out", str(tmp_path)]) == 2
    output = capsys.readouterr()
    assert words in output.err and "Traceback" not in output.err
    assert output.out == "" and list(tmp_path.iterdir()) == []


def test_help_answers_without_numpy_and_keras():
    code = (
        "import sys; from harness.parity.__main__ import parse; parse([]); print({'numpy', 'keras'} & set(sys.modules))"
    )
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    assert process.stdout.strip() == "set()"
