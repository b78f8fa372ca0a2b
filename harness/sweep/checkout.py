"""The commit that a file was last changed at, and the files of that commit in a folder of their own, from git."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.base.errors import UsageError
from harness.base.text import one_line

NEEDS_GIT = "a plan needs git, and to be in a checkout of the project"


def commit_of(file: str | Path) -> str:
    """Return the commit at which a file was last changed.

    Raises:
        UsageError: if the file is not committed as it is, or git does not know its history.
    """
    file = Path(file).resolve()
    if git(file.parent, "rev-parse", "--is-shallow-repository") == "true":
        raise UsageError(f"the history of {file} is cut off; fetch all of it with git fetch --unshallow")
    if git(file.parent, "status", "--porcelain", "--ignored", "--", file.name):
        raise UsageError(f"{file} is not committed as it is; commit it, or take the change back with git checkout")
    commit = git(file.parent, "log", "-1", "--format=%H", "--", file.name)
    if not commit:
        raise UsageError(f"{file} is in no commit; commit it first")
    return commit


def top_of(file: str | Path) -> Path:
    """Return the top folder of the checkout that a file is in; UsageError if it is in none."""
    return Path(git(Path(file).resolve().parent, "rev-parse", "--show-toplevel"))


@contextmanager
def files_of_commit(top: Path, commit: str) -> Iterator[Path]:
    """Give a temporary folder with the files of a commit, as a worktree of git's, so that they know their commit.

    Args:
        top: folder of the checkout that has the commit.
        commit: its hash.
    """
    git(top, "worktree", "prune")  # of a process that was killed
    with tempfile.TemporaryDirectory(prefix="code-of-plan-") as place:
        folder = Path(place).resolve() / commit[:12]
        # Hooks are for people's checkouts.
        git(top, "-c", "core.hooksPath=/dev/null", "worktree", "add", "--quiet", "--detach", str(folder), commit)
        try:
            yield folder
        finally:
            git(top, "worktree", "remove", "--force", str(folder))


def git(folder: Path, *words: str) -> str:
    """Return what git prints in a folder, without blanks around it.

    Raises:
        UsageError: if git is missing, or fails.
    """
    try:
        result = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=False)
    except OSError as error:
        raise UsageError(f"git cannot be called in {folder}: {error.strerror}; {NEEDS_GIT}") from error
    if result.returncode:
        raise UsageError(f"git failed in {folder}: {one_line(result.stderr)}; {NEEDS_GIT}")
    return result.stdout.strip()
