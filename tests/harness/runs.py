"""Runs of the command, in this process or in one of their own, and what they left."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import pandas

from harness import plots, report, run
from harness.results import COLUMNS, read_epochs
from harness.training.numpy_trainer import NumpyTrainer

SCORES = [column for column in COLUMNS if not column.endswith("seconds")]


def command(*flags):
    """Return the command with these flags, as a list."""
    return [sys.executable, "-m", "harness.run", *map(str, flags)]


def run_alone(*flags, **environment):
    """Run the command in a process of its own, with more in its environment, or less of it where a value is `None`."""
    variables = {name: value for name, value in (os.environ | environment).items() if value is not None}
    return subprocess.run(command(*flags), capture_output=True, text=True, timeout=300, check=False, env=variables)


def run_here(monkeypatch, *flags, with_plots=False, with_proof=False):
    """Run the command in this process; return the exit code, also where argparse ends it.

    There is no report and, unless asked for, neither plot nor proof: they take seconds.
    """
    with monkeypatch.context() as patch:
        patch.setattr(report, "write_run_report", lambda *arguments: None)
        if not with_plots:
            patch.setattr(plots, "draw_all", lambda folder: plots.Drawing())
        if not with_proof:
            patch.setattr(run, "prove_first", lambda *arguments: None)
        try:
            return run.main(list(map(str, flags)))
        except SystemExit as end:
            return end.code


def interrupt_in_epoch(monkeypatch, epoch, training=1, trainer=NumpyTrainer):
    """Have Ctrl-C come in an epoch of a training, each counted from 1, as it begins."""
    train_epoch = trainer.train_epoch
    seen = []

    def train(self, x, y, batch_size, number=1, **more):
        seen.append(number)
        # Once more than the trainings, as the warm-up before each is an epoch 1 too.
        if number == epoch and seen.count(epoch) == training * (1 + (epoch == 1)):
            raise KeyboardInterrupt
        return train_epoch(self, x, y, batch_size, number, **more)

    monkeypatch.setattr(trainer, "train_epoch", train)


def folder_below(out):
    """Return the folder of the only run below a folder."""
    (path,) = out.glob("*/*/*/config.json")
    return path.parent


def arrays_of(folder, kind):
    """Return a hash of every array of all files of a kind, by file and name: the archive around them holds the time."""
    return {
        (path.name, name): hashlib.sha256(array.tobytes()).hexdigest()
        for path in sorted((folder / kind).iterdir())
        for name, array in np.load(path).items()
    }


def assert_ends_alike(folder, uninterrupted):
    """Fail unless a finished run has the rows, weights and predictions of another, and left nothing to go on from."""
    rows, expected = read_epochs(folder), read_epochs(uninterrupted)
    assert tuple(rows.columns) == COLUMNS
    pandas.testing.assert_frame_equal(rows[SCORES], expected[SCORES], check_exact=True)
    for kind in ("weights", "predictions"):
        assert arrays_of(folder, kind) == arrays_of(uninterrupted, kind)
    assert not (folder / "checkpoints").exists()
    assert not (folder / "failures.json").exists()
    assert not list(folder.rglob(".*"))


def interrupt_at_step(monkeypatch, number, trainer):
    """Have Ctrl-C come in place of the n-th step of a slow trainer, those of the warm-up included."""
    train_step = trainer.train_step
    seen = []

    def step(self, x, y):
        seen.append(None)
        if len(seen) == number:
            raise KeyboardInterrupt
        return train_step(self, x, y)

    monkeypatch.setattr(trainer, "train_step", step)
