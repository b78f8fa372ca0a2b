"""BLAS has one thread while the engine computes, and as many as before afterwards, also if NumPy was imported first."""

import os
import subprocess
import sys

import pytest

from numpy_model.engine.blas_threads import VARIABLES, limit_blas, one_blas_thread

PROGRAM = """
import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

def threads():
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]

threadpool_limits(limits=3, user_api="blas")  # as on a machine of three cores
before = threadpool_info()
import numpy_model as nn

nn.config.set_threads(2)
seen = []

class Watcher:
    def on_train_batch_end(self, batch, logs):
        seen.extend(threads())

class Watching(nn.layers.Flatten):
    def forward(self, inputs, training=False):
        seen.extend(threads())
        if seen[-1] != EXPECTED:
            raise RuntimeError(f"{seen[-1]} threads")  # in a worker, this reaches the caller
        return super().forward(inputs, training)

model = nn.Sequential([nn.Input((2, 2, 1)), Watching(), nn.layers.Dense(3, activation="softmax")])
model.compile(metrics=["accuracy"])
x, y = np.ones((600, 2, 2, 1)), np.zeros(600, int)
model.fit(x, y, epochs=2, batch_size=64, verbose=0, callbacks=[Watcher()])
model.fit(x[:5], y[:5], batch_size=1, verbose=0, callbacks=[Watcher()])
model.evaluate(x, y)
model.predict(x)
model.train_on_batch(x, y)
try:
    model.fit(np.full_like(x, np.nan), y, verbose=0)
except FloatingPointError:
    pass
assert set(seen) == {EXPECTED}, seen
assert threadpool_info() == before, threadpool_info()
"""


def run(program, chosen):
    """Run a program with these variables for BLAS and no others, and let the test fail if it fails."""
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES} | chosen
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("chosen", "expected"), [({}, 1), ({"OPENBLAS_NUM_THREADS": "3"}, 3)])
def test_blas_has_one_thread_in_every_process_unless_the_user_chose(chosen, expected):
    pytest.importorskip("threadpoolctl")
    run(PROGRAM.replace("EXPECTED", str(expected)), chosen)


def test_blas_has_one_thread_too_if_the_variable_for_that_was_set_after_numpy_was_imported():
    pytest.importorskip("threadpoolctl")
    run("import os, numpy\nos.environ['OPENBLAS_NUM_THREADS'] = '1'\n" + PROGRAM.replace("EXPECTED", "1"), {})


def test_blas_is_not_told_again_what_it_does_already():
    pytest.importorskip("threadpoolctl")
    with one_blas_thread():
        assert limit_blas() is None
