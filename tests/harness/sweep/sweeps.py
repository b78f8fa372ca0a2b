"""Sweeps in this process or one of their own, and Dask's processes as people start them by hand."""

import json
import multiprocessing
import os
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from harness.results import read_epochs
from harness.results.code_version import code_version
from harness.sweep.__main__ import main
from harness.sweep.cell import Sweep, run_cell
from harness.sweep.grid import make_cells

ROOT = Path(__file__).parents[3]
SCORES = ["model", "seed", "epoch", "train_loss", "train_accuracy", "test_loss", "test_accuracy", "test_macro_f1"]


def write_tiny_data(path, seed=0):
    """Write a data set of eight images of noise, and return its path."""
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (2, 8, 28, 28), dtype=np.uint8)
    labels = np.arange(8) % 2
    np.savez(path, x_train=images[0], y_train=labels, x_test=images[1], y_test=labels)
    return path


def write_model(path):
    """Write a user's model, the network of the experiment behind calls of its own; return its path."""
    path.write_text(
        """
import numpy_model
from harness.experiments.networks import simple_cnn


class Own:
    def __init__(self):
        self.model = simple_cnn(numpy_model, (28, 28, 1), 2)
        self.model.compile(numpy_model.optimizers.SGD(0.005), loss="sparse_categorical_crossentropy")
        self.get_weights, self.set_weights = self.model.get_weights, self.model.set_weights

    def forward(self, x):
        return self.model.predict(x, verbose=0)

    def train_step(self, x, y, learning_rate):
        self.model.train_on_batch(x, y)


make_model = Own
"""
    )
    return path


def cells_of(dataset, seeds=(0,), models=("numpy",), **settings):
    """Return the cells of a small grid."""
    settings = {"epochs": [1]} | {name: list(values) for name, values in settings.items()}
    return make_cells([str(dataset)], ["identical"], models, seeds, settings)


def sweep_to(out, models=("numpy",)):
    """Return what cells need to know of a sweep with this version of the code."""
    out.mkdir(exist_ok=True)
    return Sweep(str(out), None, code_version(models), "the command")


@contextmanager
def process_for_cells():
    """Hold a process, and give a function that has it run a cell of a sweep.

    A worker's scores have the bits of a process with as many threads; this one may have more, of NumPy or TensorFlow.
    """
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as worker:

        def run(cell, sweep):
            assert worker.submit(run_cell, cell, sweep).result().error == ""

        yield run


def scores_of_one_process(cells, sweep):
    """Return the scores of cells that a process of its own runs one after the other."""
    with process_for_cells() as run:
        for cell in cells:
            run(cell, sweep)
    return scores_below(Path(sweep.out))


def command(*flags):
    """Return the command of a sweep as a list."""
    return [sys.executable, "-m", "harness.sweep", *map(str, flags)]


def sweep_here(*flags):
    """Run a sweep in this process, and return its exit code."""
    return main(list(map(str, flags)))


def sweep_alone(*flags, timeout=600):
    """Run a sweep in a process of its own."""
    return subprocess.run(command(*flags), capture_output=True, text=True, timeout=timeout, check=False, cwd=ROOT)


def scores_below(out):
    """Return the scores of all runs below a folder, by model, seed and epoch."""
    rows = [
        row for path in out.glob("*/*/*/epochs.csv") for row in read_epochs(path.parent)[SCORES].to_numpy().tolist()
    ]
    return sorted(rows)


def wait_until(condition, seconds=120):
    """Wait until a condition holds, and fail if it does not in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come in time"
        time.sleep(0.05)


@contextmanager
def process(*words, cwd=ROOT):
    """Hold a process of Dask, which ends with the body."""
    started = subprocess.Popen(
        [sys.executable, "-m", "dask", *map(str, words)],
        cwd=cwd,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"DASK_DISTRIBUTED__WORKER__MEMORY__TERMINATE": "False"},
    )
    try:
        yield started
    finally:
        started.kill()
        started.wait()


@contextmanager
def scheduler_of(folder):
    """Hold a scheduler on loopback, started by hand, and give its address and its process."""
    file = folder / "scheduler.json"
    with process(
        "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", file
    ) as started:
        wait_until(file.exists)
        yield json.loads(file.read_text())["address"], started


@contextmanager
def worker_of(address, n_threads=1, cwd=ROOT):
    """Hold a worker of a scheduler, started by hand, once the scheduler knows it."""
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        n_before = len(client.nthreads())
        with process("worker", address, "--nthreads", n_threads, "--no-nanny", "--no-dashboard", cwd=cwd) as started:
            wait_until(lambda: len(client.nthreads()) > n_before)
            client.close()
            yield started
