"""What all commands do with an error: one message on standard error, and an exit code."""

import atexit
import contextlib
import errno
import os
import signal
import sys
import traceback
from argparse import Namespace
from collections.abc import Callable
from types import FrameType

from harness.base.errors import HarnessError, ModelError, UsageError
from harness.base.imports import hint_of_import
from harness.base.text import message_of

INTERRUPTED = 130
ASKED = (signal.SIGINT, signal.SIGTERM)  # to stop
SECONDS_TO_ARRIVE = 0.2
# What to do about an error of the system, whose own words name its cause, and which of them another folder mends.
ELSEWHERE = "name another folder with --out"
REMEDIES = {
    errno.ENOSPC: "make room",
    errno.EDQUOT: "make room in your share of the disk",
    errno.EFBIG: "allow larger files with ulimit -f",
    errno.EACCES: "ask for the right to write there",
    errno.EPERM: "ask for the right to write there",
    errno.EROFS: "have it mounted for writing",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.ENOTDIR: "remove what is there in place of a folder",
    errno.EEXIST: "remove what is there in place of a folder",
    errno.EISDIR: "remove the folder in place of a file",
    errno.EMFILE: "allow more open files with ulimit -n",
    errno.ENFILE: "close other programs: the whole system has too many open files",
    errno.EAGAIN: "allow more processes with ulimit -u, or end others",
    errno.ENOMEM: "allow more memory with ulimit -v, or end other programs",
}
THE_SAME_ELSEWHERE = {errno.EFBIG, errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.ENOMEM}
STANDARD_STREAMS = 3  # their descriptors are 0, 1 and 2


def exit_code_of(work: Callable[[], int], debug: bool, kept: str, elsewhere: str | None = None) -> int:
    """Call `work`, and return its exit code; or say what went wrong, and return the code for that.

    Args:
        work: a function without arguments that returns an exit code.
        debug: whether to show the traceback too.
        kept: what is left on disk when the work is cut off, in words, for the message.
        elsewhere: how to write to another place, in words; `None`, the default, for a command that cannot.
    """
    open_what_is_closed()
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")  # names may have letters that the terminal has not
    try:
        exit_code = work()
        sys.stdout.flush()
        return exit_code
    except KeyboardInterrupt as error:
        is_interrupted()
        warn("\n".join([f"interrupted; {kept}", *notes_of(error)]))
        return INTERRUPTED
    except BaseException as error:  # a user's code may raise any
        if debug:
            traceback.print_exc()
        message, exit_code = explain(error, kept, elsewhere)
        warn("\n".join([f"error: {message}", *notes_of(error)]))
        return exit_code
    finally:
        give_up_on_closed_output()


def open_what_is_closed() -> None:
    """Send to nowhere what is printed where a standard stream is closed, as cron may close it."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) < STANDARD_STREAMS:
        pass
    os.close(descriptor)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115 - for as long as the process lasts


def notes_of(error: BaseException) -> list[str]:
    """Return the lines that were added to an error on its way."""
    return getattr(error, "__notes__", [])


def explain(error: BaseException, kept: str, elsewhere: str | None = None) -> tuple[str, int]:
    """Return an error in words, and the exit code that stands for it."""
    if isinstance(error, HarnessError):
        return str(error), error.exit_code
    if isinstance(error, BrokenPipeError):
        return f"nobody reads any more what is printed; {kept}", UsageError.exit_code
    if isinstance(error, OSError):
        remedies = [REMEDIES.get(error.errno), None if error.errno in THE_SAME_ELSEWHERE else elsewhere]
        advice = ", or ".join(filter(None, remedies))
        return f"{error}; {kept}" + (f". {advice[0].upper()}{advice[1:]}" if advice else ""), UsageError.exit_code
    name, message = type(error).__name__, message_of(error)
    remedy = hint_of_import(error) or "--debug shows where"
    words = f"{name if message == name else f'{name}: {message}'}; {remedy}"
    return words, ModelError.exit_code


def given_flags(flags: Namespace, defaults: Namespace) -> list[str]:
    """Return the names of those flags whose values are not the defaults."""
    return [name for name, value in vars(flags).items() if value != vars(defaults)[name]]


def flag_of(name: str) -> str:
    """Return how a flag is written on the command line, as `--data-dir` for `data_dir`."""
    return f"--{name.replace('_', '-')}"


def warn(line: str) -> None:
    """Print a line to standard error, if anybody takes it."""
    with contextlib.suppress(OSError):
        print(line, file=sys.stderr, flush=True)


def give_up_on_closed_output() -> None:
    """Send nowhere what could not be printed, or Python would try it again at its end, and complain."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            with open(os.devnull, "w") as nowhere:
                os.dup2(nowhere.fileno(), stream.fileno())


def interrupt_once() -> None:
    """Make of Ctrl-C, and of a request to stop, one `KeyboardInterrupt`; asked again, the process ends at once.

    What is raised while a library's object is cleared away, or by C code that looks something up, gets lost. So it is
    raised again until something handles it.
    """

    def interrupt(number: int, frame: FrameType | None) -> None:
        for each in ASKED:
            signal.signal(each, signal.SIG_DFL)
        if hasattr(signal, "setitimer"):
            signal.signal(signal.SIGALRM, interrupt_again)
            signal.setitimer(signal.ITIMER_REAL, SECONDS_TO_ARRIVE, SECONDS_TO_ARRIVE)
        raise KeyboardInterrupt

    for each in ASKED:
        if signal.getsignal(each) != signal.SIG_IGN:  # as of a process that a shell started in the background
            signal.signal(each, interrupt)
    atexit.register(is_done)
    sys.unraisablehook = lambda lost: lost.exc_type is KeyboardInterrupt or sys.__unraisablehook__(lost)


def interrupt_again(number: int, frame: FrameType | None) -> None:
    """Raise `KeyboardInterrupt`, unless one is on its way, through the blocks that clean up behind it."""
    error = sys.exc_info()[1]
    while error and not isinstance(error, KeyboardInterrupt):
        error = error.__context__
    if not error:
        raise KeyboardInterrupt


def is_interrupted() -> None:
    """Stop raising `KeyboardInterrupt`: it has arrived."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, 0)


def is_done() -> None:
    """Let nothing interrupt what libraries do at the end of the process: all is done."""
    is_interrupted()
    for each in ASKED:
        signal.signal(each, signal.SIG_IGN)
