import os
from pathlib import Path

import pytest

from harness.base.errors import DataError
from harness.datasets.cache import cache_roots, publish, writable_folder

ROOT = hasattr(os, "getuid") and os.getuid() == 0


def test_the_cache_lies_in_the_home_folder(machine):
    assert writable_folder("fashion") == machine.home / ".cache/keras-numpy-harness/fashion"


def test_the_cache_lies_where_xdg_cache_home_says(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert writable_folder("mnist") == tmp_path / "xdg/keras-numpy-harness/mnist"


def test_a_relative_xdg_cache_home_is_ignored(monkeypatch, machine):
    monkeypatch.setenv("XDG_CACHE_HOME", "somewhere")
    assert cache_roots()[0] == machine.cache


def test_without_a_home_folder_the_cache_lies_among_the_temporary_files(monkeypatch, machine):
    monkeypatch.delenv("HOME")
    folder = writable_folder("fashion")
    assert folder == machine.temporary / f"keras-numpy-harness-{os.getuid()}" / "fashion"
    assert folder.is_dir()


def test_where_the_home_folder_cannot_be_written_the_cache_lies_among_the_temporary_files(machine):
    (machine.home / ".cache").write_text("a file in the way")
    assert writable_folder("fashion").is_relative_to(machine.temporary)


@pytest.mark.skipif(ROOT, reason="root may write everywhere")
def test_where_the_home_folder_is_read_only_the_cache_lies_among_the_temporary_files(machine):
    machine.home.chmod(0o555)
    assert writable_folder("fashion").is_relative_to(machine.temporary)


def test_a_temporary_folder_of_somebody_else_is_not_used(monkeypatch, machine):
    monkeypatch.delenv("HOME")
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000)
    with pytest.raises(DataError, match=r"belongs to user .*Set XDG_CACHE_HOME"):
        writable_folder("fashion")


def test_a_link_of_somebody_else_among_the_temporary_files_is_not_used(monkeypatch, machine, tmp_path):
    monkeypatch.delenv("HOME")
    real = os.lstat
    (tmp_path / "target").mkdir()
    link = cache_roots()[-1]
    link.symlink_to(tmp_path / "target")

    class Owned:
        st_uid = 4_000_000

    monkeypatch.setattr(os, "lstat", lambda path, **options: Owned if Path(path) == link else real(path, **options))
    with pytest.raises(DataError, match="belongs to user 4000000"):
        writable_folder("fashion")


def test_a_published_file_replaces_an_older_one(tmp_path):
    (tmp_path / "file").write_bytes(b"old")
    publish(b"new", tmp_path / "file")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir() if path.is_file()] == [("file", b"new")]


def test_a_file_that_is_not_written_whole_is_never_moved_into_place(monkeypatch, tmp_path):
    def interrupt(*arguments):
        raise KeyboardInterrupt

    (tmp_path / "file").write_bytes(b"old")
    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        publish(b"new", tmp_path / "file")
    assert [path.read_bytes() for path in tmp_path.iterdir() if path.is_file()] == [b"old"]


def test_a_full_disk_is_a_data_error_and_leaves_nothing(monkeypatch, tmp_path):
    def fail(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(DataError, match=r"cannot be written .No space left on device.. Make room"):
        publish(b"new", tmp_path / "file")
    assert not [path for path in tmp_path.iterdir() if path.is_file()]
