"""Runs in bad places: interrupted, out of disk, without a terminal, beside other runs, and with models that fail."""

import contextlib
import errno
import json
import multiprocessing
import os
import re
import resource
import shlex
import shutil
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from harness import plots, run
from harness.base import files as atomic
from harness.report import missing_libraries
from harness.results import COLUMNS, read_epochs, writing
from harness.results.lock import is_written
from harness.training import contenders
from harness.training.numpy_trainer import NumpyTrainer
from tests.harness.runs import assert_ends_alike, command, folder_below, run_alone, run_here

# A run that writes a file of each kind, in half a second: Adam, so that moments are among what is kept.
SMALL = ["--experiment", "adam", "--models", "numpy", "--epochs", 2, "--limit", 32, "--threads", 1]
KEPT = "what was finished is kept"


# Interrupted.


@pytest.fixture
def started(excerpt_path, without_report, tmp_path):
    """A function of flags that starts a run in a session of its own; what is left of it is ended after the test.

    A command, as a run prints it, may take the place of the flags. There is a report only if it is asked for.
    """
    processes = []

    def start(*flags, out=tmp_path, with_report=False, resume=None):
        process = subprocess.Popen(
            f"exec {resume}" if resume else command("--dataset", excerpt_path, "--out", out, *flags),
            shell=resume is not None,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env=os.environ | ({} if with_report else without_report),
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        if process.poll() is None:
            process.kill()
            process.communicate()


def wait_for(process, happens):
    """Wait until something happens, and fail if the process ends before."""
    for _ in range(60_000):
        if answer := happens():
            return answer
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.002)
    pytest.fail("it did not happen in two minutes")


def stop(process, how):
    """Send a signal, and return what the process printed, and how many seconds it took to end."""
    begin = time.perf_counter()
    process.send_signal(how)
    output, errors = process.communicate(timeout=60)
    return output, errors, time.perf_counter() - begin


def processes_of_session(session):
    """Return the processes of a session that still run."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(path.parent.name)
    return found


def assert_nothing_is_left_of(process):
    """Fail if a child outlives a process by half a minute; measured 0.1 s, and more on a busy machine."""
    for _ in range(600):
        if not processes_of_session(process.pid):
            return
        time.sleep(0.05)
    pytest.fail(f"processes {processes_of_session(process.pid)} are left")


def assert_interrupted(process, errors, seconds):
    assert process.returncode == 130, errors
    assert errors.startswith(f"interrupted; {KEPT}\n")
    assert "Traceback" not in errors and "Exception ignored" not in errors
    # Measured 0.1 to 0.6 on an idle machine of two cores, and up to 5 beside eight busy processes.
    assert seconds < 15


def command_in(errors):
    """Return the command that resumes a run, as it was printed, which is on the last line."""
    *_, line = errors.splitlines()
    assert line.startswith("go on with: ")
    return line.removeprefix("go on with: ")


SIGNALS = [signal.SIGINT, signal.SIGTERM]


@pytest.mark.parametrize("how", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_stopped_while_it_imports_a_run_leaves_nothing(how, started, tmp_path):
    process = started("--models", "keras")
    wait_for(process, lambda: "tensorflow" in Path(f"/proc/{process.pid}/maps").read_text())
    assert list(tmp_path.glob("*/*")) and not list(tmp_path.glob("*/*/*"))  # that it can be written to is known
    _, errors, seconds = stop(process, how)
    assert_interrupted(process, errors, seconds)
    assert "go on with" not in errors
    assert not list(tmp_path.glob("*/*/*"))


@pytest.mark.parametrize(
    ("first", "second"), [SIGNALS, pytest.param(*reversed(SIGNALS), marks=pytest.mark.slow)], ids=str
)
def test_stopped_while_numpy_trains_and_while_it_draws_a_run_is_completed_by_the_commands_that_it_prints(
    first, second, started, tmp_path
):
    # More than one process shares a batch.
    flags = ["--models", "numpy", "--batch-size", 32, "--threads", 2, "--epochs", 8]
    process = started(*flags, out=tmp_path / "a folder's name, with ünusual letters")
    process.stdout.readline()
    _, errors, seconds = stop(process, first)
    assert_interrupted(process, errors, seconds)
    assert_nothing_is_left_of(process)

    process = started(resume=command_in(errors))
    wait_for(process, lambda: list(tmp_path.glob("*/*/*/*/plots")))
    _, errors, seconds = stop(process, second)
    assert_interrupted(process, errors, seconds)
    (folder,) = tmp_path.glob("a folder*/*/*/*")
    assert list(read_epochs(folder)["epoch"]) == [*range(1, 9)]

    process = started(resume=command_in(errors))
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert "every training of this run is finished" in errors
    assert {path.name for path in (folder / "plots").iterdir()} >= {"learning_curves.png", "confusion.png"}
    assert not list(folder.rglob(".*"))


needs_report = pytest.mark.skipif(bool(missing_libraries()), reason=f"needs {', '.join(missing_libraries())}")


def children_of(process, words):
    """Return the processes of another's session whose command has these words."""
    found = []
    for number in processes_of_session(process.pid):
        with contextlib.suppress(OSError):
            if words in Path(f"/proc/{number}/cmdline").read_text().replace("\0", " "):
                found.append(number)
    return found


@needs_report
@pytest.mark.parametrize("seconds", [0, pytest.param(1.5, marks=pytest.mark.slow)])
def test_ctrl_c_while_the_report_is_made_leaves_all_else_and_no_process(seconds, started, tmp_path):
    process = started(*SMALL, with_report=True)
    wait_for(process, lambda: children_of(process, "harness.report"))
    time.sleep(seconds)  # to reach its imports, and then its charts
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    _, errors = process.communicate(timeout=60)
    assert_interrupted(process, errors, 0)
    assert errors.count("\n") == 2
    assert_nothing_is_left_of(process)
    folder = folder_below(tmp_path)
    assert_all_files_are_whole(folder)
    assert_stands(folder, "numpy-seed0")
    assert not (folder / "report.html").exists() and not list(folder.rglob(".*"))
    assert run.main(shlex.split(command_in(errors).partition(" harness.run ")[2])) == 0
    assert (folder / "report.html").exists()


@pytest.mark.slow
@pytest.mark.parametrize("how", SIGNALS)
def test_stopped_while_keras_trains_a_run_is_completed_by_the_command_that_it_prints(
    how, started, tmp_path, excerpt_path
):
    flags = ["--models", "numpy", "keras", "--epochs", 6, "--seeds", 0, 1]
    process = started(*flags, out=tmp_path / "cut")
    wait_for(process, lambda: process.stdout.readline().startswith("keras seed"))
    _, errors, seconds = stop(process, how)
    assert_interrupted(process, errors, seconds)
    assert_nothing_is_left_of(process)
    resumed = subprocess.run(command_in(errors), shell=True, capture_output=True, text=True, timeout=300)
    assert resumed.returncode == 0, resumed.stderr
    assert run_alone("--dataset", excerpt_path, *flags, "--out", tmp_path / "whole").returncode == 0
    assert_ends_alike(folder_below(tmp_path / "cut"), folder_below(tmp_path / "whole"))


def test_a_process_that_is_killed_leaves_no_child_and_a_folder_that_is_free(started, tmp_path):
    process = started("--models", "numpy", "--batch-size", 48, "--threads", 3, "--epochs", 100_000)
    process.stdout.readline()
    folder = folder_below(tmp_path)
    assert is_written(folder)
    assert len(processes_of_session(process.pid)) == 3
    stop(process, signal.SIGKILL)
    assert_nothing_is_left_of(process)
    assert not is_written(folder)


def test_a_run_that_is_under_way_is_not_resumed_by_a_second_process(started, tmp_path, monkeypatch, capsys):
    process = started("--models", "numpy", "--epochs", 100_000)
    process.stdout.readline()
    folder = folder_below(tmp_path)
    assert run_here(monkeypatch, "--resume", folder) == 2
    assert f"another process is writing into {folder}" in capsys.readouterr().err
    assert process.poll() is None


def test_asked_twice_to_stop_a_process_ends_without_a_traceback(started):
    process = started("--models", "numpy", "--epochs", 100_000)
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode in (130, -signal.SIGINT)
    assert "Traceback" not in errors


LOST = """
import os, signal, sys, time
from harness.base.command import exit_code_of, interrupt_once

class Cleared:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0)  # what is raised here is lost

def work():
    Cleared()
    time.sleep(60)

interrupt_once()
sys.exit(exit_code_of(work, debug=False, kept="all is kept"))
"""


def test_ctrl_c_that_comes_while_an_object_is_cleared_away_is_not_lost():
    begin = time.perf_counter()
    process = subprocess.run([sys.executable, "-c", LOST], capture_output=True, text=True, timeout=60)
    assert (process.returncode, process.stderr) == (130, "interrupted; all is kept\n")
    assert time.perf_counter() - begin < 15  # measured 0.4


def test_ctrl_c_on_a_terminal_ends_a_run_with_its_progress_bar_and_helpers(excerpt_path, tmp_path):
    import fcntl
    import pty
    import termios

    flags = ["--models", "numpy", "--batch-size", 32, "--threads", 2, "--epochs", 100_000]
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, command("--dataset", excerpt_path, "--out", tmp_path, *flags))
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("4H", 24, 120, 0, 0))
    shown = b""
    while shown.count(b"train loss") < 2:
        shown += os.read(terminal, 4096)
    os.write(terminal, b"\x03")
    while chunk := read_terminal(terminal):
        shown += chunk
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 130
    assert b"epoch 2/100000 (about " in shown and b" left):   0%|" in shown  # the bar
    assert b"go on with: " in shown and b"Traceback" not in shown
    assert not processes_of_session(pid)


def read_terminal(terminal):
    """Return what is shown next, and nothing at the end."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


# Out of disk, or of power.


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="asks the system for names of open files")
def test_an_epoch_is_on_the_disk_in_the_order_of_predictions_checkpoint_row(excerpt_path, tmp_path, monkeypatch):
    seen = []
    fsync = os.fsync

    def noted(descriptor):
        seen.append(Path(os.readlink(f"/proc/self/fd/{descriptor}")))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    assert run_here(monkeypatch, "--dataset", excerpt_path, *SMALL, "--epochs", 1, "--out", tmp_path) == 0
    names = [re.sub(r"^\.|\.\d+\.unfinished$", "", path.name) for path in seen]
    start = names.index("epochs.csv") + 1  # with its heading
    folder = folder_below(tmp_path)
    assert names[start : start + 8] == [
        folder.name,  # its list of files, as of the two folders below
        folder.name, "numpy-seed0.npz", "predictions",
        folder.name, "numpy-seed0-epoch1.npz", "checkpoints",
        "epochs.csv",
    ]  # fmt: skip


class FullDisk:
    """A disk of so many bytes: a file that does not fit is written as far as it does. `files` has the sizes of all."""

    def __init__(self, monkeypatch, size=10**12):
        self.left = size
        self.files = []
        for module in (atomic, writing):
            monkeypatch.setattr(module, "open", self.open, raising=False)

    def open(self, path, mode):
        file = open(path, mode)  # noqa: SIM115
        self.files.append([Path(path).name, 0])
        return FileOnFullDisk(self, file)


class FileOnFullDisk:
    """A file on it."""

    def __init__(self, disk, file):
        self._disk, self._file = disk, file

    def write(self, content):
        size = memoryview(content).nbytes
        self._disk.files[-1][1] += size
        if size > self._disk.left:
            self._file.write(memoryview(content).cast("B")[: self._disk.left])
            self._disk.left = 0
            raise OSError(errno.ENOSPC, "No space left on device")
        self._disk.left -= size
        return self._file.write(content)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._file.close()

    def __getattr__(self, name):
        return getattr(self._file, name)


@pytest.fixture(scope="module")
def whole(excerpt_path, tmp_path_factory):
    """The folder of a small run that had space enough, and the size of every file in the order of writing."""
    out = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        disk = FullDisk(patch)
        assert run_here(patch, "--dataset", excerpt_path, *SMALL, "--out", out) == 0
    return folder_below(out), disk.files


def assert_all_files_are_whole(folder):
    """Fail if any file is half, or was not to stay."""
    assert not list(folder.rglob("*.unfinished"))
    for path in folder.rglob("*.npz"):
        with np.load(path) as arrays:
            assert all(arrays[name] is not None for name in arrays)
    for path in folder.rglob("*.json"):
        json.loads(path.read_text())
    if (folder / "epochs.csv").exists():
        lines = (folder / "epochs.csv").read_text().split("\n")
        assert {line.count(",") + 1 for line in lines[:-1]} == {len(COLUMNS)} and lines[-1] == ""


def test_wherever_the_disk_is_full_files_are_whole_and_the_run_is_completed_once_there_is_space(
    excerpt_path, whole, tmp_path, monkeypatch, capsys
):
    folder, files = whole
    names = [re.sub(r"^\.|\.\d+\.unfinished$", "", name) for name, _ in files]
    assert names == [
        "config.json", "environment.json", "samples.npz", "epochs.csv",
        "numpy-seed0.npz", "numpy-seed0-epoch1.npz", "epochs.csv",
        "numpy-seed0.npz", "numpy-seed0-epoch2.npz", "epochs.csv",
        "numpy-seed0.npz", "table.md",
    ]  # fmt: skip
    sizes = [size for _, size in files]
    for number in range(len(sizes)):
        out = tmp_path / str(number)
        capsys.readouterr()
        with monkeypatch.context() as patch:
            FullDisk(patch, sum(sizes[:number]) + sizes[number] // 2)
            assert run_here(patch, "--dataset", excerpt_path, *SMALL, "--out", out) == 2
        errors = capsys.readouterr().err
        assert errors.startswith(
            f"error: [Errno 28] No space left on device; {KEPT}. Make room, or name another folder"
        )
        if number == 0:
            assert errors.count("\n") == 1
            assert not list(out.glob("*/*/*"))  # nothing was begun
            continue
        cut = folder_below(out)
        assert command_in(errors).endswith(f"--resume {cut}")
        assert_all_files_are_whole(cut)
        assert run_here(monkeypatch, "--resume", cut) == 0
        assert_ends_alike(cut, folder)


@pytest.mark.parametrize("every", [8, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.EIO, "Input/output error")], ids=repr)
def test_whichever_of_its_steps_is_the_last_of_a_run_the_next_process_completes_it(
    error, every, excerpt_path, whole, tmp_path, monkeypatch
):
    # Of the two errors, each is tried at other steps.
    for number in range(every if isinstance(error, OSError) else 1 + every // 2, 1000, every):
        out = tmp_path / str(number)
        with monkeypatch.context() as patch:
            steps = fail_at_step(patch, number, error)
            run_here(patch, "--dataset", excerpt_path, *SMALL, "--out", out)
        if len(steps) < number:
            break  # it has no more steps
        if not list(out.glob("*/*/*")):
            continue  # nothing was begun
        cut = folder_below(out)
        assert_all_files_are_whole(cut)
        assert run_here(monkeypatch, "--resume", cut) == 0
        assert_ends_alike(cut, whole[0])
    assert number > 40


def fail_at_step(monkeypatch, number, error):
    """Raise an error in place of the n-th of all steps that bring something to the disk; return the list of steps."""
    steps = []

    def guarded(name):
        function = getattr(os, name)

        def step(*arguments, **options):
            steps.append(name)
            if len(steps) == number:
                raise error
            return function(*arguments, **options)

        return step

    for name in ("fsync", "replace", "mkdir", "rmdir"):
        monkeypatch.setattr(os, name, guarded(name))
    return steps


def test_a_disk_that_is_full_while_it_draws_costs_the_plots_alone(excerpt_path, tmp_path, monkeypatch, capsys):
    def no_space(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(plots, "save_figure", no_space)
        run_here(patch, "--dataset", excerpt_path, *SMALL, "--out", tmp_path, with_plots=True)
    errors = capsys.readouterr().err
    assert "learning_curves.png was not drawn: [Errno 28] No space left on device" in errors
    folder = folder_below(tmp_path)
    assert_all_files_are_whole(folder)
    assert run_here(monkeypatch, "--resume", folder, with_plots=True) == 0
    assert (folder / "plots" / "learning_curves.png").exists()


def test_a_matplotlib_that_cannot_be_imported_costs_the_plots_alone(excerpt_path, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "harness.plots", None)
    monkeypatch.delattr("harness.plots")
    assert run_here(monkeypatch, "--dataset", excerpt_path, *SMALL, "--out", tmp_path, with_plots=True) == 0
    errors = capsys.readouterr().err
    assert errors.startswith("warning: no plot was drawn, as matplotlib cannot be imported: ")
    assert errors.count("\n") == 1
    assert (folder_below(tmp_path) / "table.md").exists()


@needs_report
def test_a_disk_that_has_no_room_for_the_report_costs_the_report_alone(whole, tmp_path, capsys):
    folder = shutil.copytree(whole[0], tmp_path / "run")
    sizes = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, sizes[1]))  # a report takes 1 MB, no other file half of that
    try:
        assert run.main(["--resume", str(folder)]) == 0
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, sizes)
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("warning")]
    assert line.startswith("warning: report.html was not written: [Errno 27] File too large")
    assert_all_files_are_whole(folder)
    assert_stands(folder, "numpy-seed0")
    assert not (folder / "report.html").exists()


@needs_report
@pytest.mark.slow  # a report that cannot be written for another reason is above
def test_a_report_that_may_not_be_replaced_costs_the_report_alone(whole, tmp_path, capsys):
    folder = shutil.copytree(whole[0], tmp_path / "run")
    (folder / "report.html").mkdir()
    capsys.readouterr()
    assert run.main(["--resume", str(folder)]) == 0
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("warning")]
    assert line.startswith("warning: report.html was not written: ") and "directory" in line
    assert_stands(folder, "numpy-seed0")
    assert not list(folder.rglob(".*"))


def can_mount():
    """Return whether this user may mount a file system in a name space of their own."""
    if not shutil.which("unshare"):
        return False
    probe = "mount -t tmpfs -o size=1m tmpfs /mnt"
    return subprocess.run(["unshare", "-rm", "sh", "-c", probe], capture_output=True).returncode == 0


@pytest.mark.slow
@pytest.mark.skipif(not can_mount(), reason="needs a file system of its own")
@pytest.mark.parametrize("kilobytes", [4, 60, 200, 400, 480])
def test_on_a_disk_that_is_too_small_a_run_is_completed_once_it_is_larger(kilobytes, whole, excerpt_path, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    first = " ".join(command("--dataset", excerpt_path, *SMALL, "--out", disk / "results"))
    script = f"""
        mount -t tmpfs -o size={kilobytes}k tmpfs {disk}
        {first} 2> {tmp_path}/errors
        echo $? > {tmp_path}/code
        cp -r {disk}/results {tmp_path}/cut
        mount -o remount,size=20m {disk}
        run=$(sed -n 's/^go on with: //p' {tmp_path}/errors)
        if [ -n "$run" ]; then $run 2> {tmp_path}/more-errors; else {first}; fi
        echo $? >> {tmp_path}/code
        cp -r {disk}/results {tmp_path}/results
    """
    subprocess.run(["unshare", "-rm", "sh", "-c", script], capture_output=True, check=True, timeout=120)
    errors = (tmp_path / "errors").read_text()
    assert (tmp_path / "code").read_text() == "2\n0\n", errors
    assert "No space left on device" in errors and "Traceback" not in errors
    assert_all_files_are_whole(tmp_path / "cut")
    assert_ends_alike(folder_below(tmp_path / "results"), whole[0])


@pytest.mark.slow
def test_a_largest_size_of_files_is_told_and_the_run_is_completed_without_it(excerpt_path, tmp_path):
    flags = ["--dataset", excerpt_path, *SMALL, "--out", tmp_path]
    process = subprocess.run(
        command(*flags),
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)),
    )
    assert process.returncode == 2
    assert "File too large" in process.stderr and process.stderr.count("\n") == 2
    assert_all_files_are_whole(folder_below(tmp_path))
    resumed = subprocess.run(command_in(process.stderr), shell=True, capture_output=True, text=True)
    assert (resumed.returncode, resumed.stderr) == (0, "")


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES])
def test_a_folder_that_cannot_be_written_is_found_before_training(code, excerpt_path, tmp_path, monkeypatch, capsys):
    def refuse(*arguments, **options):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(Path, "mkdir", refuse)
    assert run_here(monkeypatch, "--dataset", excerpt_path, *SMALL, "--out", tmp_path / "results") == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert f"cannot be written to {tmp_path}" in output.err and "--out" in output.err


@pytest.mark.parametrize("place", ["results", "results/fashion_excerpt", "results/fashion_excerpt/adam"])
def test_a_file_in_place_of_a_folder_is_named(place, excerpt_path, tmp_path, monkeypatch, capsys):
    (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / place).write_text("")
    assert run_here(monkeypatch, "--dataset", excerpt_path, *SMALL, "--out", tmp_path / "results") == 2
    output = capsys.readouterr()
    assert output.out == "" and output.err.count("\n") == 1
    assert "--out" in output.err


@pytest.mark.parametrize("place", ["checkpoints", "predictions", "weights"])
def test_a_file_in_place_of_a_folder_of_the_run_is_named(place, excerpt_path, whole, tmp_path, monkeypatch, capsys):
    with monkeypatch.context() as patch:
        fail_at_step(patch, 12, KeyboardInterrupt())
        assert run_here(patch, "--dataset", excerpt_path, *SMALL, "--out", tmp_path / "cut") == 130
    folder = folder_below(tmp_path / "cut")
    shutil.rmtree(folder / place, ignore_errors=True)
    (folder / place).write_text("")
    capsys.readouterr()
    assert run_here(monkeypatch, "--resume", folder) == 2
    errors = capsys.readouterr().err
    assert f"{folder / place}" in errors and "Traceback" not in errors
    (folder / place).unlink()
    assert run_here(monkeypatch, "--resume", folder) == 0
    assert_ends_alike(folder, whole[0])


# Beside others, without a terminal.


def run_beside(barrier, codes, number, flags):
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    barrier.wait()
    with pytest.MonkeyPatch.context() as patch:
        codes.put((number, run_here(patch, *flags)))


def test_runs_that_begin_in_one_second_in_one_place_do_not_meet(excerpt_path, whole, tmp_path):
    fork = multiprocessing.get_context("fork")
    barrier, codes = fork.Barrier(4), fork.Queue()
    flags = ["--dataset", excerpt_path, *SMALL, "--out", tmp_path / "shared"]
    processes = [fork.Process(target=run_beside, args=(barrier, codes, number, flags)) for number in range(4)]
    for process in processes:
        process.start()
    assert {codes.get(timeout=120) for _ in processes} == {(number, 0) for number in range(4)}
    for process in processes:
        process.join()
    folders = list((tmp_path / "shared").glob("*/*/*"))
    assert len(folders) == 4
    for folder in folders:
        assert_ends_alike(folder, whole[0])


def test_a_place_whose_name_is_no_text_is_refused_before_training(excerpt_path, tmp_path):
    process = run_alone("--dataset", excerpt_path, *SMALL, "--out", os.fsencode(tmp_path).decode() + "/\udcff")
    assert process.returncode == 2
    assert process.stderr.count("\n") == 1 and r"/\udcff" in process.stderr and "--out" in process.stderr
    assert list(tmp_path.iterdir()) == []


def test_data_whose_name_is_no_text_are_trained_on(excerpt_path, without_report, tmp_path):
    data = f"{tmp_path}/\udcff.npz"
    shutil.copy(excerpt_path, data)
    flags = ["--dataset", data, *SMALL, "--out", tmp_path / "results"]
    assert run_alone(*flags, **without_report).returncode == 0
    folder = folder_below(tmp_path / "results")
    assert json.loads((folder / "config.json").read_text())["resume"]["dataset"] == data


@pytest.mark.slow
@pytest.mark.parametrize("models", [["numpy"], ["numpy", "keras"]], ids=" ".join)
def test_the_order_of_sets_which_differs_with_every_process_has_no_part_in_the_numbers(models, excerpt_path, tmp_path):
    flags = ["--dataset", excerpt_path, *SMALL, "--limit", 200, "--models", *models]
    for seed in "12":
        assert run_alone(*flags, "--out", tmp_path / seed, PYTHONHASHSEED=seed).returncode == 0
    assert_ends_alike(folder_below(tmp_path / "1"), folder_below(tmp_path / "2"))


def test_a_reader_that_goes_away_ends_a_run_with_one_message(started, tmp_path):
    process = started("--models", "numpy", "--epochs", 100_000)
    process.stdout.readline()
    process.stdout.close()
    errors = process.stderr.read()
    assert process.wait(timeout=60) == 2
    assert errors.startswith(f"error: nobody reads any more what is printed; {KEPT}\ngo on with: ")
    assert errors.count("\n") == 2
    assert_all_files_are_whole(folder_below(tmp_path))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_log_on_a_full_disk_ends_a_run_with_one_message(excerpt_path, tmp_path):
    with open("/dev/full", "w") as full:
        process = subprocess.run(
            command("--dataset", excerpt_path, *SMALL, "--out", tmp_path),
            stdout=full, stderr=subprocess.PIPE, text=True, timeout=120,
        )  # fmt: skip
    assert process.returncode == 2
    assert "No space left on device" in process.stderr and process.stderr.count("\n") == 2


# Models that fail.


def failures_in(folder):
    return [
        (entry["model"], entry["seed"], entry["error"]) for entry in json.loads((folder / "failures.json").read_text())
    ]


def assert_stands(folder, name):
    """Fail unless a training's weights and predictions are there, and plots and table of the run."""
    for path in (f"weights/{name}.npz", f"predictions/{name}.npz", "table.md", "plots/learning_curves.png"):
        assert (folder / path).exists()


@pytest.mark.parametrize(
    "error", [pytest.param("ImportError('no such library')", marks=pytest.mark.slow), "OSError('no such file')"]
)
def test_a_keras_that_cannot_be_imported_leaves_numpy_standing(error, excerpt_path, without_report, tmp_path):
    for name in ("keras", "tensorflow"):
        (tmp_path / f"{name}.py").write_text(f"raise {error}\n")
    path = os.pathsep.join([str(tmp_path), without_report["PYTHONPATH"]])
    flags = ["--dataset", excerpt_path, "--models", "numpy", "keras", "--epochs", 1, "--limit", 20]
    process = run_alone(*flags, "--out", tmp_path / "results", PYTHONPATH=path)
    assert process.returncode == 4, process.stderr
    words = error.split("'")[1]
    assert words in process.stderr and "Traceback" not in process.stderr
    folder = folder_below(tmp_path / "results")
    assert list(read_epochs(folder)["model"]) == ["numpy"]
    assert_stands(folder, "numpy-seed0")
    ((model, seed, message),) = failures_in(folder)
    assert (model, seed) == ("keras", None) and words in message


def test_a_training_that_fails_leaves_the_others_standing_and_is_tried_again(
    excerpt_path, tmp_path, monkeypatch, capsys
):
    errors = {
        1: FloatingPointError("the loss is nan at epoch 1, step 7"),
        2: MemoryError(),
        3: MemoryError("no 12 GiB"),
        4: KeyError("kernel"),
    }
    initial_weights = NumpyTrainer.initial_weights

    def fail_with_some_seeds(self, seed):
        if seed in errors:
            raise errors[seed]
        return initial_weights(self, seed)

    flags = ["--dataset", excerpt_path, *SMALL, "--seeds", *range(6)]
    with monkeypatch.context() as patch:
        patch.setattr(NumpyTrainer, "initial_weights", fail_with_some_seeds)
        assert run_here(patch, *flags, "--out", tmp_path, with_plots=True) == 4
    folder = folder_below(tmp_path)
    messages = {seed: str(error) or type(error).__name__ for seed, error in errors.items()}
    assert failures_in(folder) == [("numpy", seed, message) for seed, message in messages.items()]
    told = capsys.readouterr().err
    assert all(f"numpy with seed {seed}: {message}" in told for seed, message in messages.items())
    assert "Traceback" not in told
    assert list(read_epochs(folder)["seed"]) == [0, 0, 5, 5]
    assert_stands(folder, "numpy-seed0")
    assert_stands(folder, "numpy-seed5")
    assert run_here(monkeypatch, "--resume", folder) == 0
    assert not (folder / "failures.json").exists()
    assert sorted(read_epochs(folder)["seed"]) == sorted([*range(6)] * 2)


def test_a_model_that_cannot_be_made_for_want_of_memory_leaves_the_others_standing(
    excerpt_path, tmp_path, monkeypatch, capsys
):
    make_trainer = contenders.make_trainer

    def no_memory(model, *arguments):
        if model == "naive":
            raise MemoryError
        return make_trainer(model, *arguments)

    monkeypatch.setattr(contenders, "make_trainer", no_memory)
    flags = ["--dataset", excerpt_path, *SMALL, "--models", "numpy", "naive", "--out", tmp_path]
    assert run_here(monkeypatch, *flags) == 4
    assert "naive" in capsys.readouterr().err
    assert list(read_epochs(folder_below(tmp_path))["model"]) == ["numpy", "numpy"]
