"""Runs that are killed, stopped or cut off, and resumed: they end as if nothing had happened."""

import hashlib
import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pandas
import pytest

from harness.results import COLUMNS, read_epochs
from harness.results.checkpoints import Checkpoints
from tests.harness.runs import run_here

SCORES = [column for column in COLUMNS if not column.endswith("seconds")]
# With two seeds, more than the kills: each comes after one new row at least, and none is to find the run at its end.
EPOCHS = 24


def command(*flags):
    return [sys.executable, "-m", "harness.run", *map(str, flags)]


def run_to_end(*flags, **environment):
    process = subprocess.run(
        command(*flags), capture_output=True, text=True, timeout=300, check=False, env=os.environ | environment
    )
    return process


def folder_below(out):
    (path,) = out.glob("*/*/*/config.json")
    return path.parent


def hashes(folder):
    """Return a hash of every array of every weights file, by file and name: the zip around them holds the time."""
    return {
        (path.name, name): hashlib.sha256(array.tobytes()).hexdigest()
        for path in sorted((folder / "weights").iterdir())
        for name, array in np.load(path).items()
    }


@pytest.fixture(scope="module")
def flags(excerpt_path):
    return ["--dataset", excerpt_path, "--models", "numpy", "--seeds", 0, 1, "--epochs", EPOCHS]


@pytest.fixture(scope="module")
def uninterrupted(flags, tmp_path_factory):
    out = tmp_path_factory.mktemp("uninterrupted")
    assert run_to_end(*flags, "--out", out).returncode == 0
    return folder_below(out)


def rows_written(folder):
    return (folder / "epochs.csv").read_text().count("\n") - 1 if (folder / "epochs.csv").exists() else 0


def kill_in_training(process, out, rng):
    """Kill a process at a random moment after its first new row; return whether it was still there to be killed."""
    while process.poll() is None and not list(out.glob("*/*/*/config.json")):
        time.sleep(0.005)
    before = rows_written(folder_below(out))
    while process.poll() is None and rows_written(folder_below(out)) == before:
        time.sleep(0.005)
    time.sleep(rng.uniform(0, 0.15))  # an epoch takes some 0.1 s
    process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


@pytest.mark.parametrize("n_kills", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_a_run_that_is_killed_again_and_again_ends_as_one_that_was_not(n_kills, flags, uninterrupted, tmp_path):
    rng = random.Random(n_kills)
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command(*flags, "--out", tmp_path), **silent)
    for _ in range(n_kills):
        assert kill_in_training(process, tmp_path, rng)
        process = subprocess.Popen(command("--resume", folder_below(tmp_path)), **silent)
    assert process.wait(timeout=120) == 0
    folder = folder_below(tmp_path)
    pandas.testing.assert_frame_equal(read_epochs(folder)[SCORES], read_epochs(uninterrupted)[SCORES])
    assert hashes(folder) == hashes(uninterrupted)
    assert not (folder / "checkpoints").exists()
    assert not list(folder.rglob(".*"))


# With a checkpoint after every step of the naive model, which takes some 40 ms on images of 4 x 4 pixels. The number of
# steps that the model knows to be behind it is written to a file before each.
WITHOUT_PLOTS = """
import os
import sys
from harness import plots, run, steps, trainers

plots.draw_all = lambda folder: plots.Drawing()
steps.SECONDS_BETWEEN = 0
train_step = trainers.NaiveTrainer.train_step


def noted_step(self, x, y):
    with open(os.environ.get("STEPS_FILE", os.devnull), "a") as file:
        print(int(self.steps_done), file=file)
    return train_step(self, x, y)


trainers.NaiveTrainer.train_step = noted_step
sys.exit(run.main(sys.argv[1:]))
"""


def command_without_plots(*flags):
    return [sys.executable, "-c", WITHOUT_PLOTS, *map(str, flags)]


@pytest.fixture(scope="module")
def small_images(excerpt_path, tmp_path_factory):
    """The middle of the excerpt's images, as a data set."""
    with np.load(excerpt_path) as arrays:
        small = {name: array[:200] for name, array in arrays.items()}
    for name in ("x_train", "x_test"):
        small[name] = small[name][:, 12:16, 12:16]
    path = tmp_path_factory.mktemp("data") / "small.npz"
    np.savez(path, **small)
    return path


def places_in(folder):
    """Return where the checkpoints of the naive model are, (epochs, steps), newest first."""
    return Checkpoints(folder, "naive-seed0").places()


def kill_within_an_epoch(process, out, rng):
    """Kill a process at a random moment after its first two new checkpoints; return whether it was there."""
    while process.poll() is None and not list(out.glob("*/*/*/config.json")):
        time.sleep(0.005)
    folder = folder_below(out)
    before = places_in(folder)
    while process.poll() is None and (len(places := places_in(folder)) < 2 or set(places) & set(before)):
        time.sleep(0.002)
    time.sleep(rng.uniform(0, 0.1))
    process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


def cut_off(folder, place):
    """Cut the end off a checkpoint of the naive model."""
    epoch, step = place
    path = folder / "checkpoints" / f"naive-seed0-epoch{epoch}{f'-step{step}' if step else ''}.npz"
    path.write_bytes(path.read_bytes()[:-100])


def steps_taken(path):
    """Return the numbers of the steps, from 0, that a process began."""
    return list(map(int, path.read_text().split()))


@pytest.mark.parametrize(
    ("n_kills", "damaged"),
    [(2, False), (1, True), pytest.param(20, False, marks=pytest.mark.slow)],
    ids=["twice", "the newest checkpoint damaged", "20 times"],
)
def test_a_naive_run_that_is_killed_within_an_epoch_goes_on_from_there(
    n_kills, damaged, small_images, tmp_path, monkeypatch
):
    n_steps = 20 + 9 * n_kills  # of the 200 images
    flags = ["--dataset", small_images, "--models", "naive", "--epochs", 2, "--limit", n_steps]
    assert run_here(monkeypatch, *flags, "--out", tmp_path / "whole") == 0
    whole, out, rng = folder_below(tmp_path / "whole"), tmp_path / "cut", random.Random(n_kills)
    steps_file = tmp_path / "steps"

    def start(*flags):
        steps_file.write_text("")
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.Popen(
            command_without_plots(*flags), **quiet, env=os.environ | {"STEPS_FILE": str(steps_file)}
        )

    process, begin = start(*flags, "--out", out), 0
    for _ in range(n_kills):
        assert kill_within_an_epoch(process, out, rng)
        assert steps_taken(steps_file)[0] == begin
        folder = folder_below(out)
        newest, older, *_ = places_in(folder)  # a third if it was killed before that was dropped
        if damaged:
            cut_off(folder, newest)
        epochs, steps = older if damaged else newest
        begin = epochs * n_steps + steps
        assert begin > 0
        process = start("--resume", folder)
    assert process.wait(timeout=120) == 0
    assert steps_taken(steps_file) == list(range(begin, 2 * n_steps))
    pandas.testing.assert_frame_equal(read_epochs(folder)[SCORES], read_epochs(whole)[SCORES], check_exact=True)
    assert hashes(folder) == hashes(whole)
    assert not (folder / "checkpoints").exists()


# A quick one, of a run that is interrupted, is in test_resume.py.
@pytest.mark.slow
@pytest.mark.parametrize(
    "more",
    [
        [],
        ["--batch-size", 32, "--limit", 1600],
        ["--batch-size", 32, "--limit", 1600, "--threads", 8],
        ["--experiment", "adam", "--limit", 1600, "--threads", 1],
    ],
    ids=lambda flags: " ".join(map(str, flags)) or "defaults",
)
def test_a_keras_run_that_is_killed_after_an_epoch_ends_with_the_same_bits(more, excerpt_path, tmp_path):
    flags = ["--dataset", excerpt_path, "--models", "keras", "--epochs", 12, "--limit", 32, *more]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command_without_plots(*flags, "--out", tmp_path / "cut"), **quiet)
    assert kill_in_training(process, tmp_path / "cut", random.Random(0))
    folder = folder_below(tmp_path / "cut")
    assert 0 < rows_written(folder) < 12
    for rest in (["--resume", folder], [*flags, "--out", tmp_path / "whole"]):
        subprocess.run(command_without_plots(*rest), check=True, timeout=300, **quiet)
    whole = folder_below(tmp_path / "whole")
    pandas.testing.assert_frame_equal(read_epochs(folder)[SCORES], read_epochs(whole)[SCORES], check_exact=True)
    assert hashes(folder) == hashes(whole)
