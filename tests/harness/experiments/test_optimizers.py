"""Optimizers by the names that flags take."""

import pytest

import numpy_model
from harness.base.errors import UsageError
from harness.experiments.optimizers import check_optimizer, chosen_learning_rate, optimizer_of


def test_a_keras_name_has_keras_defaults_and_takes_its_arguments():
    plain, own = (optimizer_of(name)(numpy_model, 0.01) for name in ("adam", "adam:beta_1=0.95,epsilon=1e-8"))
    assert (plain.learning_rate, plain.beta_1, plain.beta_2) == (0.01, 0.9, 0.999)
    assert (own.learning_rate, own.beta_1, own.epsilon) == (0.01, 0.95, 1e-8)


def test_a_function_of_a_file_gets_the_learning_rate(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(
        "def half(nn, learning_rate):\n    return nn.optimizers.SGD(learning_rate=learning_rate / 2)\n"
    )
    assert optimizer_of("mine.py:half")(numpy_model, 0.5).learning_rate == 0.25


def test_the_learning_rate_may_stand_among_the_arguments():
    assert chosen_learning_rate("adam:learning_rate=0.001", None) == 0.001
    assert chosen_learning_rate("adam", 0.1) == 0.1
    with pytest.raises(UsageError, match=r"given twice, as 0\.1 and in adam:learning_rate=0\.001; leave one out"):
        chosen_learning_rate("adam:learning_rate=0.001", 0.1)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("lion", "unknown optimizer 'lion'; allowed are sgd, adam, adamw, adagrad, rmsprop"),
        ("adam:beta_1", "optimizer adam has the argument 'beta_1'; write it as beta_1=VALUE"),
        ("adam:beta_1=x", "optimizer adam has the argument 'beta_1=x'; its value must be a number"),
        ("none.py:f", "none.py does not exist; name the Python file of an optimizer"),
    ],
)
def test_a_name_that_can_be_no_optimizer_is_refused_before_any_code_is_run(name, words):
    with pytest.raises(UsageError) as raised:
        check_optimizer(name)
    assert words in str(raised.value)


@pytest.mark.parametrize("name", ["sgd:beta_1=0.9", "adam:beta_1=2.0"])
def test_an_argument_that_the_optimizer_cannot_have_is_refused_with_its_name(name):
    with pytest.raises(UsageError, match=rf"optimizer {name} cannot be made: .*beta_1"):
        optimizer_of(name)(numpy_model, 0.1)
