"""One process writes into a run's folder; and whether one does."""

import os
from contextlib import contextmanager

from harness.base.errors import UsageError

try:
    import fcntl
except ImportError:  # Windows, where folders cannot be locked: there a user must see to it
    fcntl = None


@contextmanager
def only_writer(folder):
    """Hold a run's folder, so that no other process writes into it. The lock ends with the process, however it ends.

    Raises:
        UsageError: if another process holds it.
    """
    if fcntl is None:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if not _lock(descriptor):
            raise UsageError(f"another process is writing into {folder}; wait for it, or stop it")
        yield
    finally:
        os.close(descriptor)


def is_written(folder):
    """Return whether a process writes into a run's folder at this moment."""
    if fcntl is None:
        return False
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        return not _lock(descriptor)
    finally:
        os.close(descriptor)


def _lock(descriptor):
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # on a file system without locks, such as some that networks share, a user must see to it too
    return True
