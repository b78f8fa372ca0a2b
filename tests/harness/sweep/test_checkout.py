"""Which commit a file is of, and the files of that commit beside those of today."""

import shutil

import pytest

from harness.base.errors import UsageError
from harness.sweep.checkout import commit_of, files_of_commit, top_of
from tests.harness.sweep.projects import commit, git, make_checkout

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@pytest.fixture
def checkout(tmp_path):
    return make_checkout(tmp_path / "checkout")


def test_a_file_is_of_the_commit_that_changed_it_last_whatever_was_committed_since(checkout):
    (checkout / "plan.toml").write_text("1")
    commit(checkout)
    (checkout / "plan.toml").write_text("2")
    changed = commit(checkout)
    (checkout / "other").write_text("1")
    assert commit(checkout) != changed
    assert commit_of(checkout / "plan.toml") == changed
    assert top_of(checkout / "plan.toml") == checkout


def test_a_file_that_is_not_committed_as_it_is_is_refused(checkout):
    (checkout / "plan.toml").write_text("1")
    with pytest.raises(UsageError, match="is not committed as it is; commit it"):
        commit_of(checkout / "plan.toml")
    commit(checkout)
    (checkout / "plan.toml").write_text("2")
    with pytest.raises(UsageError, match="is not committed as it is; commit it"):
        commit_of(checkout / "plan.toml")


def test_a_file_that_git_ignores_is_refused(checkout):
    (checkout / ".gitignore").write_text("plan.toml")
    commit(checkout)
    (checkout / "plan.toml").write_text("1")
    with pytest.raises(UsageError, match="is not committed as it is"):
        commit_of(checkout / "plan.toml")


def test_a_file_in_no_checkout_is_refused(tmp_path):
    (tmp_path / "plan.toml").write_text("1")
    with pytest.raises(UsageError, match="a plan needs git, and to be in a checkout"):
        commit_of(tmp_path / "plan.toml")


def test_a_history_that_is_cut_off_is_refused_as_the_commit_would_be_another(checkout, tmp_path):
    (checkout / "plan.toml").write_text("1")
    commit(checkout)
    (checkout / "other").write_text("1")
    commit(checkout)
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{checkout}", "shallow")
    with pytest.raises(UsageError, match="git fetch --unshallow"):
        commit_of(tmp_path / "shallow" / "plan.toml")


def test_the_files_of_a_commit_stand_beside_those_of_today_and_are_gone_afterwards(checkout):
    (checkout / "file").write_text("old")
    old = commit(checkout)
    (checkout / "file").write_text("new")
    commit(checkout)
    with files_of_commit(checkout, old) as folder:
        assert (folder / "file").read_text() == "old" and (checkout / "file").read_text() == "new"
        assert git(folder, "rev-parse", "HEAD") == old
    assert not folder.exists() and len(git(checkout, "worktree", "list").splitlines()) == 1


def test_what_a_killed_process_left_does_not_keep_the_next_from_its_files(checkout, tmp_path):
    (checkout / "file").write_text("old")
    old = commit(checkout)
    git(checkout, "worktree", "add", "--detach", str(tmp_path / "left"), old)
    shutil.rmtree(tmp_path / "left")
    with files_of_commit(checkout, old) as folder:
        assert (folder / "file").exists()
    assert len(git(checkout, "worktree", "list").splitlines()) == 1
