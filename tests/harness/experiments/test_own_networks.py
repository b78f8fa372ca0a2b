"""Networks in users' files: found, called with what they take, and refused with file and line."""

import pytest

import numpy_model
from harness.base.errors import UsageError
from harness.experiments.own_networks import check_network, network_of

DENSE = "nn.Sequential([nn.Input(input_shape), nn.layers.Flatten(), nn.layers.Dense(n_classes, activation='softmax')])"
TAKES_SIZES = f"def dense(nn, input_shape, n_classes):\n    return {DENSE}\n"
FIXED = "def fixed(nn):\n    input_shape, n_classes = (28, 28, 1), 10\n    return " + DENSE + "\n"


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Return a function that writes my_networks.py into the working directory, and returns its name."""
    monkeypatch.chdir(tmp_path)

    def write(text):
        (tmp_path / "my_networks.py").write_text(text)
        return "my_networks.py"

    return write


@pytest.mark.parametrize("named", ["", ":dense"])
def test_a_function_of_a_file_is_made_for_the_images_and_classes_of_the_data(write, named):
    network = network_of(write(TAKES_SIZES) + named)
    model = network(numpy_model, input_shape=(6, 8, 3), n_classes=4)
    assert (model.input_shape, model.output_shape) == ((6, 8, 3), (4,))


def test_a_function_that_takes_no_sizes_is_called_without(write):
    assert network_of(write(FIXED))(numpy_model).count_params() == 7_850


def test_a_module_on_the_path_is_found_too(write, tmp_path, monkeypatch):
    write(TAKES_SIZES)
    monkeypatch.syspath_prepend(tmp_path)
    assert network_of("my_networks:dense").__name__ == "dense"


def test_a_helper_with_an_underscore_is_no_network(write):
    assert network_of(write(f"def _block(nn):\n    pass\n\n\n{TAKES_SIZES}")).__name__ == "my_networks"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("resnet", "unknown network 'resnet'; allowed are simple_cnn, adam, strided"),
        ("missing.py", "missing.py does not exist; name the Python file of a network"),
        ("missing.py:net", "missing.py does not exist; name the Python file of a network"),
        ("a b:net", "a b:net names no function; write it as my_package.module:function"),
    ],
)
def test_a_name_that_can_be_no_network_is_refused_before_any_code_is_run(name, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as raised:
        check_network(name)
    assert words in str(raised.value)


TWO = TAKES_SIZES + TAKES_SIZES.replace("dense(nn", "other(nn")


@pytest.mark.parametrize(
    ("text", "named", "words"),
    [
        ("1 / 0\n", "", "my_networks.py: running the file raised ZeroDivisionError (my_networks.py, line 1)"),
        (TWO, "", "my_networks.py has 2 functions: dense, other; choose one, as in my_networks.py:dense"),
        ("x = 1\n", "", "my_networks.py has no functions; write one that returns the network"),
        (TAKES_SIZES, ":wide", "my_networks.py has no function wide(); there is dense"),
        ("def net(nn):\n    1 / 0\n", "", "net(nn) with numpy raised ZeroDivisionError (my_networks.py, line 2)"),
        ("def net(nn):\n    pass\n", "", "my_networks.py, line 1: net(nn) returned a NoneType; expected nn.Sequential"),
        (FIXED, "", "my_networks.py, line 1: fixed(nn) takes images of shape (28, 28, 1); the data set needs (6,"),
        (
            "def net(nn):\n    return nn.layers.LSTM(3)\n", "",
            "my_networks.py, line 1: net(nn) with numpy raised AttributeError (my_networks.py, line 2)",
        ),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_refused_with_file_and_line(write, text, named, words):
    with pytest.raises(UsageError) as raised:
        network_of(write(text) + named)(numpy_model, input_shape=(6, 6, 1), n_classes=10)
    assert words in str(raised.value)
