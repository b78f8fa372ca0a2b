"""One process writes into a run's folder."""

import errno
import multiprocessing
import os
import signal
import time
from pathlib import Path

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


@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="the system does not tell who holds a lock")
def test_the_refusal_names_the_process_that_holds_the_folder(writer, tmp_path):
    refusal = rf"the number \(pid\) {writer.pid}; wait for it, or stop it"
    with pytest.raises(UsageError, match=refusal), only_writer(tmp_path):
        pass


def be_there(connection):
    connection.send("there")
    time.sleep(60)


def test_a_process_that_the_writer_forks_does_not_hold_the_folder(tmp_path):
    with only_writer(tmp_path):
        ours, theirs = FORK.Pipe()
        child = FORK.Process(target=be_there, args=(theirs,))
        child.start()
        assert ours.recv() == "there"
        assert is_written(tmp_path)  # the child let go of it, and its parent did not
    try:
        assert not is_written(tmp_path) and child.is_alive()
        with only_writer(tmp_path):
            pass
    finally:
        child.kill()
        child.join()


def leave_the_block(writing):
    with open(os.devnull) as other:  # it may have the descriptor that the folder had
        writing.__exit__(None, None, None)
        assert not other.closed and os.fstat(other.fileno())


def test_a_fork_that_leaves_the_block_closes_nothing_of_its_own(tmp_path):
    writing = only_writer(tmp_path)
    with writing:
        child = FORK.Process(target=leave_the_block, args=(writing,))
        child.start()
        child.join()
        assert child.exitcode == 0 and is_written(tmp_path)


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
