"""What a worker process sets in its library."""

import subprocess
import sys

import pytest

from harness.base.environment import environment_of_children
from harness.bench.libraries import environment_of, library_set_up
from harness.bench.plan import Contender
from numpy_model import config

PROGRAM = """
from harness.base.environment import use_one_blas_thread
from harness.bench.libraries import environment_of, library_set_up
from harness.bench.plan import Contender
use_one_blas_thread()
contender = Contender("pytorch", "torch", threads={threads}, way="eager")
with library_set_up(contender):
    print(environment_of(contender)["threads"])
"""


@pytest.mark.parametrize(("threads", "expected"), [(None, config.usable_cores()), (1, 1)])
def test_pytorch_has_its_threads_whatever_numpy_is_given(threads, expected):
    pytest.importorskip("torch", reason="needs torch, of the extra peers")
    command = [sys.executable, "-c", PROGRAM.format(threads=threads)]
    process = subprocess.run(
        command, env=environment_of_children(), capture_output=True, text=True, timeout=120, check=True
    )
    assert int(process.stdout) == expected


def test_numpy_has_the_processes_that_a_contender_names():
    with library_set_up(Contender("numpy", "numpy", threads=3)):
        assert config.threads() == 3


def test_jax_tells_its_version_and_devices(monkeypatch):
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    jax = pytest.importorskip("jax", reason="needs jax, of the extra peers")
    contender = Contender("jax", "jax", way="jit of a step")
    with library_set_up(contender):
        assert environment_of(contender) == {"jax": jax.__version__, "devices": ["CPU"] * len(jax.devices())}
