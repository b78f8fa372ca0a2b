"""Runs that are killed, stopped or cut off, and resumed: they end as if nothing had happened."""

import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from harness.results.checkpoints import Checkpoints
from tests.harness.runs import assert_ends_alike, folder_below, run_here

QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def rows_written(folder):
    return (folder / "epochs.csv").read_text().count("\n") - 1 if (folder / "epochs.csv").exists() else 0


def kill_in_training(process, out, rng):
    """Kill a process at a random moment after its first new row; return whether it was still there to be killed."""
    while process.poll() is None and not list(out.glob("*/*/*/config.json")):
        time.sleep(0.005)
    before = rows_written(folder_below(out))
    while process.poll() is None and rows_written(folder_below(out)) == before:
        time.sleep(0.005)
    time.sleep(rng.uniform(0, 0.1))  # an epoch takes some 0.1 s
    process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


# With two seeds there are more epochs than kills: each comes after one new row at least, and none is to find the run at
# its end.
@pytest.mark.parametrize(("n_kills", "epochs"), [(1, 6), pytest.param(20, 24, marks=pytest.mark.slow)])
def test_a_run_that_is_killed_again_and_again_ends_as_one_that_was_not(
    n_kills, epochs, excerpt_path, tmp_path, monkeypatch
):
    flags = ["--dataset", excerpt_path, "--models", "numpy", "--seeds", 0, 1, "--epochs", epochs]
    assert run_here(monkeypatch, *flags, "--out", tmp_path / "whole") == 0
    out, rng = tmp_path / "cut", random.Random(n_kills)
    process = subprocess.Popen(command_without_plots(*flags, "--out", out), **QUIET)
    for _ in range(n_kills):
        assert kill_in_training(process, out, rng)
        process = subprocess.Popen(command_without_plots("--resume", folder_below(out)), **QUIET)
    assert process.wait(timeout=120) == 0
    assert_ends_alike(folder_below(out), folder_below(tmp_path / "whole"))


# Nothing is drawn. The naive model, which takes some 40 ms a step on images of 4 x 4 pixels, keeps a checkpoint after
# every step, and the number of steps that it knows to be behind it is written to a file before each.
WITHOUT_PLOTS = """
import os
import sys
from harness import plots, report, run
from harness.training import numpy_trainer, steps

plots.draw_all = lambda folder: plots.Drawing()
report.write_run_report = lambda *arguments: None
steps.SECONDS_BETWEEN = 0
train_step = numpy_trainer.NaiveTrainer.train_step


def noted_step(self, x, y):
    with open(os.environ.get("STEPS_FILE", os.devnull), "a") as file:
        print(int(self.steps_done), file=file)
    return train_step(self, x, y)


numpy_trainer.NaiveTrainer.train_step = noted_step
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
    [(1, True), pytest.param(20, False, marks=pytest.mark.slow)],
    ids=["the newest checkpoint damaged", "20 times"],
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
        return subprocess.Popen(
            command_without_plots(*flags), **QUIET, env=os.environ | {"STEPS_FILE": str(steps_file)}
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
    assert_ends_alike(folder, whole)


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
    process = subprocess.Popen(command_without_plots(*flags, "--out", tmp_path / "cut"), **QUIET)
    assert kill_in_training(process, tmp_path / "cut", random.Random(0))
    folder = folder_below(tmp_path / "cut")
    assert 0 < rows_written(folder) < 12
    for rest in (["--resume", folder], [*flags, "--out", tmp_path / "whole"]):
        subprocess.run(command_without_plots(*rest), check=True, timeout=300, **QUIET)
    assert_ends_alike(folder, folder_below(tmp_path / "whole"))
