"""One process writes into a run's folder; and whether one does."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.base.errors import UsageError

try:
    import fcntl
except ImportError:  # Windows, where folders cannot be locked: there a user must see to it
    fcntl = None

_held = set()  # descriptors


@contextmanager
def only_writer(folder: str | Path) -> Iterator[None]:
    """Hold a run's folder, so that no other process writes into it. The lock ends with the process, however it ends.

    A process that it forks meanwhile does not hold the folder.

    Raises:
        UsageError: if another process holds it.
    """
    if fcntl is None:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    _held.add(descriptor)
    try:
        if not _lock(descriptor):
            raise UsageError(refusal(folder))
        yield
    finally:
        if descriptor in _held:  # not in a fork of the process that held it
            _held.remove(descriptor)
            os.close(descriptor)


def is_written(folder: str | Path) -> bool:
    """Return whether a process writes into a run's folder at this moment."""
    if fcntl is None:
        return False
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        return not _lock(descriptor)
    finally:
        os.close(descriptor)


def refusal(folder: str | Path) -> str:
    """Return why a folder cannot be written to, and which process holds it, where the system shows it."""
    number = pid_of_writer(folder)
    which = f", the one with the number (pid) {number}" if number else ""
    return f"another process is writing into {folder}{which}; wait for it, or stop it"


def pid_of_writer(folder: str | Path) -> int | None:
    """Return the number of the process that holds a folder; `None` if there is none, or the system does not show it."""
    try:
        lines = Path("/proc/locks").read_text().splitlines()
        status = os.stat(folder)
    except OSError:
        return None
    place = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
    # Such as "1: FLOCK  ADVISORY  WRITE 3707 fe:00:2156265 0 EOF"; 0 stands for a process of another container.
    found = [fields[4] for fields in map(str.split, lines) if len(fields) > 5 and fields[1::4] == ["FLOCK", place]]
    return int(found[0]) or None if found else None


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # on a file system without locks, such as some that networks share, a user must see to it too
    return True


def _let_go() -> None:
    """Close, in a process that was just forked, what the process that forked it holds: it may outlive that."""
    for descriptor in _held:
        os.close(descriptor)
    _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)
