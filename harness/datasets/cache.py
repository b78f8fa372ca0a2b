"""The folder in which fetched files are kept, and how a file gets into it whole."""

from __future__ import annotations

import contextlib
import os
import tempfile
import uuid
from pathlib import Path

from harness.base.errors import DataError

FOLDER = "keras-numpy-harness"


def home() -> Path | None:
    """The user's home folder; None where the environment names none, as in some services."""
    folder = os.environ.get("USERPROFILE" if os.name == "nt" else "HOME")
    return Path(folder) if folder else None


def cache_roots() -> list[Path]:
    """Where the cache may lie: the user's own place where there is one, then one in the folder for temporary files."""
    roots = []
    configured = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(configured):  # the XDG specification has relative paths ignored
        roots.append(Path(configured, FOLDER))
    elif home():
        roots.append(home() / ".cache" / FOLDER)
    user = os.getuid() if hasattr(os, "getuid") else "user"
    roots.append(Path(tempfile.gettempdir(), f"{FOLDER}-{user}"))
    return roots


def writable_folder(name: str) -> Path:
    """Make the cache folder of one data set and return it.

    Args:
        name: the data set's name.

    Raises:
        DataError: none of the places can be written.
    """
    reasons = []
    roots = cache_roots()
    for root in roots:
        folder = root / name
        try:
            if root == roots[-1]:
                _make_own(root)
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                return folder
        except OSError as error:
            reasons.append(f"{folder}: {error.strerror or error}")
    raise DataError(
        f"no cache folder can be written ({'; '.join(reasons)}). Set XDG_CACHE_HOME to a folder that you may write."
    )


def _make_own(root: Path) -> None:
    """Make the folder among the temporary files, which are everybody's: a trap may lie there under our name."""
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    if hasattr(os, "getuid") and os.lstat(root).st_uid != os.getuid():
        raise PermissionError(f"it belongs to user {os.lstat(root).st_uid}")


def publish(content: bytes | bytearray, path: Path) -> None:
    """Put a file into its place whole: another process sees the old file, or none, or all of the new one.

    Args:
        content: the verified bytes of the file.
        path: its final path.

    Raises:
        DataError: the file cannot be written.
    """
    # A name of its own, so that two processes that fetch at once do not write into each other's file.
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        with open(temporary, "xb") as file:
            file.write(content)
        os.replace(temporary, path)
    except OSError as error:
        reason = error.strerror or error
        raise DataError(f"{path}: cannot be written ({reason}). Make room, or set XDG_CACHE_HOME.") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
