"""Files that are old or new, and never half."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

UNFINISHED = ".*.unfinished"
# What file systems answer that cannot see folders to the disk, such as some that networks share.
UNKNOWN_FOR_FOLDERS = (errno.EINVAL, errno.ENOTSUP, errno.EBADF)


@contextmanager
def replacing(path: str | Path) -> Iterator[BinaryIO]:
    """Open a file to write, which takes the place of `path` once it is whole and on the disk.

    If the body fails, or the process dies, the old file stays as it was.

    Args:
        path: of the file; its folder is there.

    Yields:
        A binary file.
    """
    path = Path(path)
    # In the same folder, as a file can be renamed within one file system only.
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        with open(unfinished, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    see_to_disk(path.parent)


def make_folder(path: str | Path) -> None:
    """Make a folder in one that is there, unless it is there too, and see its name to the disk.

    Raises:
        OSError: if that fails, or a symbolic link is there: what is written through it would lie elsewhere.
    """
    path = Path(path)
    if path.is_symlink():
        raise NotADirectoryError(errno.ENOTDIR, "It is a symbolic link", str(path))
    if not path.is_dir():
        path.mkdir()
        see_to_disk(path.parent)


def see_to_disk(folder: str | Path) -> None:
    """Wait until the names in a folder are on the disk, where the system knows how to do that."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in UNKNOWN_FOR_FOLDERS:
            raise
    finally:
        os.close(descriptor)


def remove_unfinished(folder: str | Path) -> None:
    """Remove what dead processes left of files below a folder that they did not finish."""
    for path in Path(folder).rglob(UNFINISHED):
        path.unlink(missing_ok=True)
