"""What all commands do with an error: one message on standard error, and an exit code."""

import sys
import traceback

from harness.errors import HarnessError, ModelError, UsageError


def exit_code_of(work, debug, kept):
    """Call `work`, and return its exit code; or say what went wrong, and return the code for that.

    Args:
        work: a function without arguments that returns an exit code.
        debug: whether to show the traceback too.
        kept: what is left on disk when the work is cut off, in words, for the message.
    """
    try:
        return work()
    except KeyboardInterrupt:
        warn(f"interrupted; {kept}")
        return 130
    except Exception as error:
        if debug:
            traceback.print_exc()
        message, exit_code = explain(error, kept)
        warn(f"error: {message}")
        return exit_code


def explain(error, kept):
    """Return an error in words, and the exit code that stands for it."""
    if isinstance(error, HarnessError):
        return str(error), error.exit_code
    if isinstance(error, OSError):
        return f"{error}; {kept}. Make room, or name another folder with --out", UsageError.exit_code
    words = f"{type(error).__name__}: {error}; this should not happen, and --debug shows where it did"
    return words, ModelError.exit_code


def warn(line):
    """Print a line to standard error."""
    print(line, file=sys.stderr, flush=True)
