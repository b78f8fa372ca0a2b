"""The kernel of BLAS that is recorded is the one that computes."""

import os
import subprocess
import sys

import pytest

PROGRAM = """
from harness.base.blas_kernel import blas_kernel
from threadpoolctl import threadpool_info
print(blas_kernel(), *{pool["architecture"] for pool in threadpool_info() if pool["user_api"] == "blas"})
"""


# Prescott computes on every processor.
@pytest.mark.parametrize("choice", [{}, {"OPENBLAS_CORETYPE": "Prescott"}])
def test_the_kernel_is_that_which_openblas_chose_or_was_given(choice):
    pytest.importorskip("threadpoolctl")
    command = [sys.executable, "-c", PROGRAM]
    process = subprocess.run(command, env=os.environ | choice, capture_output=True, text=True, timeout=60, check=True)
    own, *others = process.stdout.split()
    assert others in ([own], [])  # nothing is known of other BLAS libraries
