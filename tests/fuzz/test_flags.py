"""Random words on the command lines: wrong usage, or a configuration that holds what was asked for."""

import contextlib
import io
import math

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from harness import run as run_command
from harness.base.errors import UsageError
from harness.compare import __main__ as compare_command
from harness.compare.metrics import rule_from
from harness.experiments import RunConfig
from harness.parity import __main__ as parity_command
from harness.tables import __main__ as tables_command
from tests.properties import examples

# What a system can hand over: any characters but the null one, and bytes that are no text as lone surrogates.
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0") | st.sampled_from("\udcff\udc80"), max_size=12)
NUMBERS = st.integers().map(str) | st.floats().map(str) | st.sampled_from(["9" * 400, "9" * 5000, "1e999", "٣", "1_0"])
NAMES = st.sampled_from(
    [
        "fashion", "mnist", "numpy", "keras", "naive", "identical", "adam", "write-up", "simple_cnn", "sgd", "list",
        "a.npz", ".npz", "m.py", "...py", "numpy.py", "m:f", ":", "a:", ":b", "m:../../f", "accuracy:0.1", "accuracy:",
        "seconds:10%", "loss:nan", "-1", "-", "--", "=", "@x", "--=", "-h=", "", " ", "a\n.py", "a/" * 200, "x" * 5000,
        "x" * 300 + ".py",
    ]
)  # fmt: skip
RUN_FLAGS = [
    "--dataset", "--experiment", "--models", "--seeds", "--epochs", "--batch-size", "--learning-rate", "--limit",
    "--out", "--threads", "--data-dir", "--debug", "--list",
]  # fmt: skip
PARITY_FLAGS = [
    "--model", "--template", "--network", "--inject", "--optimizer", "--learning-rate", "--steps", "--every",
    "--batch-size", "--seed", "--dataset", "--data-dir", "--out", "--debug",
]  # fmt: skip
FLAGS = {
    run_command: RUN_FLAGS,
    parity_command: PARITY_FLAGS,
    compare_command: ["--fail", "--debug"],
    tables_command: ["--debug"],
}
QUIET = settings(deadline=None, max_examples=examples(150), suppress_health_check=[HealthCheck.function_scoped_fixture])


def words_of(command):
    """Return a strategy of command lines, many of them nearly right."""
    flags = FLAGS[command]
    flag = st.sampled_from(flags) | st.sampled_from(flags).map(lambda word: word[:5])
    word = flag | NAMES | NUMBERS | TEXT | st.tuples(flag, NAMES | NUMBERS | TEXT).map("=".join)
    return st.lists(word, max_size=8) | st.tuples(flag, NAMES | NUMBERS).map(list)


def parsed(command, words):
    """Return the parsed flags, or `None` if argparse ended the program as it should for wrong ones."""
    end = None
    with contextlib.redirect_stderr(io.StringIO()) as stderr, contextlib.redirect_stdout(io.StringIO()):
        try:
            return command.parse(words)
        except SystemExit as error:
            end = error.code
    assert end == 0 or (end == 2 and "error:" in stderr.getvalue())  # 0 is for --help
    return None


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@QUIET
@given(words=words_of(run_command))
@example(words=["--models", "x" * 300 + ".py"])
@example(words=["--models", ":"])
@example(words=["--models", "m:../../f"])
@example(words=["--learning-rate=--"])  # the argparse of Python 3.11 makes an empty list of it
def test_any_flags_of_a_run_are_wrong_usage_or_a_configuration(words):
    flags = parsed(run_command, words)
    if flags is None:
        return
    try:
        config = RunConfig(**run_command.settings_from(flags)).filled()
    except UsageError:
        return
    assert all(0 <= seed < 2**53 for seed in config.seeds)
    assert all(0 < number < 2**53 for number in (config.epochs, config.batch_size))
    assert math.isfinite(config.learning_rate) and config.learning_rate > 0
    assert all(name and "/" not in name for name in config.model_names)


@QUIET
@given(words=words_of(parity_command))
@example(words=["--network=--"])
@example(words=["--model=--"])
@example(words=["--learning-rate=--"])
def test_any_flags_of_a_parity_proof_are_wrong_usage_or_a_configuration(words):
    flags = parsed(parity_command, words)
    if flags is None:
        return
    with contextlib.suppress(UsageError):
        config = parity_command.config_from(flags)
        assert 0 < config.steps < 2**53 and 0 <= config.seed < 2**53
        assert config.batch_size is None or 0 < config.batch_size < 2**53


@QUIET
@given(words=words_of(compare_command))
def test_any_flags_of_a_comparison_end_with_exit_code_2_where_there_is_no_run(words, capsys):
    end_with_wrong_usage(compare_command, words, capsys)


@QUIET
@given(words=words_of(tables_command))
@example(words=["x" * 300])
def test_any_flags_of_the_tables_end_with_exit_code_2_where_there_is_no_run(words, capsys):
    end_with_wrong_usage(tables_command, words, capsys)


def end_with_wrong_usage(command, words, capsys):
    """Assert that a command ends with one message, as there are no runs."""
    if parsed(command, words) is None:
        return
    words = [word for word in words if not "--debug".startswith(word.partition("=")[0] or "-")]
    if parsed(command, words) is None:
        return
    assert command.main(words) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ") and "--debug shows where" not in error and "Make room" not in error, error


@given(text=TEXT | NAMES)
def test_any_rule_of_a_comparison_is_wrong_usage_or_a_tolerance(text):
    with contextlib.suppress(UsageError):
        rule = rule_from(text)
        assert math.isfinite(rule.tolerance) and rule.tolerance >= 0
