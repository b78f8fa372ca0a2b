"""Files that are old or new, and never half."""

import errno
import os

import pytest

from harness.base.files import make_folder, remove_unfinished, replacing


def write(path, content):
    with replacing(path) as file:
        file.write(content)


@pytest.fixture
def path(tmp_path):
    """A file that is there."""
    path = tmp_path / "config.json"
    write(path, b"old")
    return path


def no_space(*arguments):
    raise OSError(errno.ENOSPC, "No space left on device")


def assert_is_old(path):
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_is_not_made_through_a_symbolic_link(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "plots").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match=f"It is a symbolic link: '{tmp_path / 'plots'}'"):
        make_folder(tmp_path / "plots")


def test_a_file_takes_the_place_of_another_and_leaves_nothing_else(path):
    write(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(path.parent.iterdir()) == [path]


def test_until_the_new_file_is_whole_the_old_one_is_there(path):
    with replacing(path) as file:
        file.write(b"ne")
        file.flush()
        assert path.read_bytes() == b"old"
        file.write(b"w")
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left"), KeyboardInterrupt(), MemoryError()], ids=repr
)
def test_a_body_that_fails_leaves_the_old_file(error, path):
    def fail():
        with replacing(path) as file:
            file.write(b"half")
            raise error

    with pytest.raises(type(error)):
        fail()
    assert_is_old(path)


@pytest.mark.parametrize("name", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_file(name, path, monkeypatch):
    monkeypatch.setattr(os, name, no_space)
    with pytest.raises(OSError, match="No space left"):
        write(path, b"new")
    monkeypatch.undo()
    assert_is_old(path)


def test_content_is_on_the_disk_before_the_name_and_the_name_before_all_that_follows(path, monkeypatch):
    order = []
    fsync, replace = os.fsync, os.replace

    def noted_fsync(descriptor):
        order.append("content" if os.stat(descriptor).st_ino != path.parent.stat().st_ino else "name")
        fsync(descriptor)

    def noted_replace(*arguments):
        order.append("replace")
        replace(*arguments)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "replace", noted_replace)
    write(path, b"new")
    assert order == ["content", "replace", "name"]


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOTSUP, errno.EBADF])
def test_a_file_system_that_cannot_see_folders_to_the_disk_will_do(code, path, monkeypatch):
    fsync = os.fsync

    def files_alone(descriptor):
        if os.stat(descriptor).st_ino == path.parent.stat().st_ino:
            raise OSError(code, os.strerror(code))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", files_alone)
    write(path, b"new")
    assert path.read_bytes() == b"new"


def test_a_folder_is_made_once_and_its_name_is_on_the_disk(tmp_path, monkeypatch):
    seen = []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda descriptor: (seen.append(os.stat(descriptor).st_ino), fsync(descriptor)))
    for _ in range(2):
        make_folder(tmp_path / "weights")
        assert seen == [tmp_path.stat().st_ino]


def test_a_file_in_place_of_a_folder_is_not_taken_for_one(path):
    with pytest.raises(FileExistsError, match=r"config\.json"):
        make_folder(path)


def test_what_dead_processes_left_unfinished_is_removed_and_nothing_else(tmp_path):
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    for name in (".a.npz.17.unfinished", "a.npz", ".hidden", "b.unfinished"):
        (folder / name).write_bytes(b"")
    (tmp_path / ".config.json.9.unfinished").write_bytes(b"")
    remove_unfinished(tmp_path)
    assert {path.name for path in tmp_path.rglob("*")} == {"checkpoints", "a.npz", ".hidden", "b.unfinished"}


def test_a_process_that_is_killed_while_it_writes_leaves_the_old_file_and_one_that_is_removed(path):
    child = os.fork()
    if child == 0:
        with replacing(path) as file:
            file.write(b"half")
            file.flush()
            os._exit(1)
    os.waitpid(child, 0)
    assert path.read_bytes() == b"old"
    assert len(list(path.parent.iterdir())) == 2
    remove_unfinished(path.parent)
    assert_is_old(path)
