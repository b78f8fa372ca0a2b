"""One process writes into a run's folder."""

import errno
import multiprocessing
import os
import signal
import time

import pytest

from harness.base.errors import UsageError
from harness.results import lock
from harness.results.lock import is_written, only_writer

FORK = multiprocessing.get_context("fork")


def hold(folder, connection):
    with only_writer(folder):
        connection.send("held")
        time.sleep(60)


@pytest.fixture
def writer(tmp_path):
    """Another process that holds the folder."""
    ours, theirs = FORK.Pipe()
    process = FORK.Process(target=hold, args=(tmp_path, theirs))
    process.start()
    assert ours.recv() == "held"
    yield process
    process.kill()
    process.join()


def test_a_folder_is_written_while_it_is_held(tmp_path):
    assert not is_written(tmp_path)
    with only_writer(tmp_path):
        assert is_written(tmp_path)
    assert not is_written(tmp_path)


def test_asking_changes_nothing(tmp_path):
    assert not is_written(tmp_path)
    with only_writer(tmp_path):
        assert is_written(tmp_path) and is_written(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_error_lets_go_of_the_folder(tmp_path):
    with pytest.raises(ZeroDivisionError), only_writer(tmp_path):
        1 / 0  # noqa: B018
    assert not is_written(tmp_path)


def test_a_second_writer_is_refused_with_the_folders_name_and_the_first_goes_on(tmp_path):
    with only_writer(tmp_path):
        with pytest.raises(UsageError, match=f"another process is writing into {tmp_path}"), only_writer(tmp_path):
            pass
        assert is_written(tmp_path)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_process_that_dies_in_whichever_way_holds_nothing(how, writer, tmp_path):
    assert is_written(tmp_path)
    with pytest.raises(UsageError), only_writer(tmp_path):
        pass
    os.kill(writer.pid, how)
    writer.join()
    assert not is_written(tmp_path)
    with only_writer(tmp_path):
        pass


def test_a_process_that_is_stopped_still_holds_the_folder(writer, tmp_path):
    os.kill(writer.pid, signal.SIGSTOP)
    assert is_written(tmp_path)
    os.kill(writer.pid, signal.SIGCONT)


def try_to_hold(folder, barrier, results):
    barrier.wait()
    try:
        with only_writer(folder):
            results.put("held")
            barrier.wait()
    except UsageError:
        results.put("refused")
        barrier.wait()


def test_of_many_that_begin_at_once_one_is_the_writer(tmp_path):
    for _ in range(4):
        barrier, results = FORK.Barrier(4), FORK.Queue()
        processes = [FORK.Process(target=try_to_hold, args=(tmp_path, barrier, results)) for _ in range(4)]
        for process in processes:
            process.start()
        answers = sorted(results.get(timeout=30) for _ in processes)
        for process in processes:
            process.join()
        assert answers == ["held", "refused", "refused", "refused"]


@pytest.mark.parametrize("code", [errno.EBADF, errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS])
def test_a_file_system_without_locks_can_be_written_to(code, tmp_path, monkeypatch):
    def flock(*arguments):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(lock.fcntl, "flock", flock)
    assert not is_written(tmp_path)
    with only_writer(tmp_path):
        pass


def test_a_system_without_locks_can_be_written_to(tmp_path, monkeypatch):
    monkeypatch.setattr(lock, "fcntl", None)
    with only_writer(tmp_path), only_writer(tmp_path):
        assert not is_written(tmp_path)
