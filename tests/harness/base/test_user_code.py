"""Calls of a user's code: whatever it raises is one message, and what it forks does not go on as a second one of us."""

import asyncio
import os
import sys

import pytest

from harness.base.errors import UsageError
from harness.base.user_code import call


class OwnError(BaseException):
    """No `Exception`."""


class WordlessError(Exception):
    """An error that cannot tell what it is."""

    def __str__(self):
        raise ValueError("no words")


@pytest.mark.parametrize(
    "error", [asyncio.CancelledError("c"), GeneratorExit("g"), OwnError("o"), SystemExit(0), WordlessError()], ids=repr
)
def test_an_error_of_any_class_is_one_message(error):
    def fail():
        raise error

    with pytest.raises(UsageError, match=rf"^mine\.py: forward\(x\) raised {type(error).__name__} \(test_user_code"):
        call("mine.py", "forward(x)", fail)


def test_the_end_of_the_program_is_one_message_too():
    leave = os._exit
    with pytest.raises(UsageError, match=r"^mine\.py: forward\(x\) raised SystemExit \(test_user_code.* 0$"):
        call("mine.py", "forward(x)", lambda: os._exit(0))
    assert os._exit is leave


def test_ctrl_c_stays_ctrl_c():
    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        call("mine.py", "forward(x)", interrupt)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize(
    ("end", "status"),
    [
        (lambda: None, 0),
        (lambda: sys.exit(), 0),
        (lambda: sys.exit(3), 3),
        (lambda: os._exit(4), 4),
        (lambda: sys.exit("no"), 1),
        (lambda: 1 / 0, 1),
        (lambda: (_ for _ in ()).throw(KeyboardInterrupt), 1),
    ],
)
def test_a_process_that_it_forks_ends_where_it_would_come_back(end, status):
    def fork():
        child = os.fork()
        return child if child else end()

    try:
        child = call("mine.py", "forward(x)", fork)
        assert child
        _, ended = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(ended) == status
    except BaseException:
        if "child" not in locals():  # this is the child, which must not run the other tests
            os._exit(99)
        raise
