"""Errors of a command: one message, an exit code, and a traceback only on request."""

import errno
import os
import shlex
import subprocess
import sys

import pytest

from harness.base.command import ELSEWHERE, exit_code_of, explain
from harness.base.errors import DataError, ModelError, UsageError


@pytest.mark.parametrize(
    ("error", "exit_code", "words"),
    [
        (UsageError("a wrong flag"), 2, "error: a wrong flag\n"),
        (DataError("no data"), 3, "error: no data\n"),
        (ModelError("it diverged"), 4, "error: it diverged\n"),
        (OSError(28, "No space left on device"), 2, "No space left on device; all is kept. Make room"),
        (ZeroDivisionError("by zero"), 4, "error: ZeroDivisionError: by zero; --debug shows where"),
        (SystemExit(0), 4, "error: SystemExit: 0; --debug shows where"),
        (GeneratorExit(), 4, "error: GeneratorExit; --debug shows where"),
        (KeyboardInterrupt(), 130, "interrupted; all is kept\n"),
    ],
)
def test_an_error_is_one_message_and_an_exit_code(error, exit_code, words, capsys):
    def work():
        raise error

    assert exit_code_of(work, debug=False, kept="all is kept") == exit_code
    output = capsys.readouterr()
    assert words in output.err and output.err.count("\n") == 1
    assert "Traceback" not in output.err and output.out == ""


def test_a_file_that_hides_a_library_is_named(tmp_path):
    (tmp_path / "random.py").write_text("")
    code = (
        f"import sys; sys.path.insert(1, {os.getcwd()!r}); from harness.base.command import exit_code_of; "
        "sys.exit(exit_code_of(lambda: __import__('secrets'), False, 'kept'))"
    )
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}
    process = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False, env=environment
    )
    assert process.returncode == 4
    assert f"{tmp_path / 'random.py'} hides the library of that name; rename it" in process.stderr


def test_a_library_that_is_missing_is_told_how_to_get():
    message, _ = explain(ModuleNotFoundError("No module named 'pandas'"), "kept")
    assert "pip install -r requirements.txt" in message and ".venv/bin" in message


def test_debug_shows_where_it_happened(capsys):
    def work():
        raise UsageError("a wrong flag")

    assert exit_code_of(work, debug=True, kept="") == 2
    assert "Traceback" in capsys.readouterr().err


def test_without_an_error_the_exit_code_is_that_of_the_work(capsys):
    assert exit_code_of(lambda: 1, debug=False, kept="") == 1
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("closed", ["1", "2", "0 1 2"])
@pytest.mark.parametrize(
    ("work", "exit_code"), [("print('done') or 0", 0), ("(_ for _ in ()).throw(DataError('no'))", 3)]
)
def test_closed_streams_change_no_exit_code(closed, work, exit_code, tmp_path):
    code = (
        "import sys; from harness.base.command import exit_code_of; from harness.base.errors import DataError; "
        f"sys.exit(exit_code_of(lambda: {work}, False, 'kept'))"
    )
    redirections = " ".join(f"{number}>&-" for number in closed.split())
    command = f"{shlex.quote(sys.executable)} -c {shlex.quote(code)} {redirections}"
    process = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert process.returncode == exit_code
    assert "Traceback" not in process.stderr


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        (errno.ENOSPC, "Make room, or name another folder with --out"),
        (errno.EDQUOT, "Make room in your share of the disk"),
        (errno.EFBIG, "Allow larger files with ulimit -f"),
        (errno.EACCES, "Ask for the right to write there"),
        (errno.EROFS, "Have it mounted for writing"),
        (errno.ENAMETOOLONG, "Choose a shorter name"),
        (errno.ENOTDIR, "in place of a folder"),
        (errno.EMFILE, "ulimit -n"),
        (errno.EAGAIN, "ulimit -u"),
        (errno.ENOMEM, "ulimit -v"),
        (errno.EIO, "Name another folder with --out"),
    ],
    ids=lambda value: errno.errorcode.get(value, ""),
)
def test_each_error_of_the_system_has_its_own_remedy(code, remedy):
    error = OSError(code, os.strerror(code), "results/epochs.csv")
    message, exit_code = explain(error, "all is kept", ELSEWHERE)
    assert message.startswith(f"{error}; all is kept. ") and remedy in message and exit_code == 2
    assert ELSEWHERE not in explain(error, "all is kept")[0]
    assert (ELSEWHERE in message.replace("Name", "name")) == ("ulimit" not in remedy)
    assert ("Make room" in message) == (code in (errno.ENOSPC, errno.EDQUOT))
