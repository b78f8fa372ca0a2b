"""What a run was made with: machine, versions, threads, commit."""

import os
import platform
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

# The last is read by many libraries besides BLAS, so it is recorded and never set.
THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "OMP_NUM_THREADS")

# What else may change numbers, or how long they take. harness/ENVIRONMENT.md has all, and what is done of each.
# By name alone: a pattern such as TF_* would catch the secrets of other programs.
VARIABLES = (
    "GOTO_NUM_THREADS", "OPENBLAS_CORETYPE", "MKL_CBWR", "MKL_DYNAMIC", "MKL_ENABLE_INSTRUCTIONS", "OMP_DYNAMIC",
    "BLIS_NUM_THREADS", "BLIS_ARCH_TYPE", "NPY_DISABLE_CPU_FEATURES", "NPY_ENABLE_CPU_FEATURES",
    "NUMPY_MADVISE_HUGEPAGE", "TF_ENABLE_ONEDNN_OPTS", "TF_DETERMINISTIC_OPS", "TF_CUDNN_DETERMINISTIC",
    "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "TF_XLA_FLAGS", "XLA_FLAGS", "ONEDNN_DEFAULT_FPMATH_MODE",
    "ONEDNN_MAX_CPU_ISA", "NVIDIA_TF32_OVERRIDE", "CUDA_VISIBLE_DEVICES",
)  # fmt: skip


def use_one_blas_thread() -> None:
    """Let NumPy's BLAS use one thread, unless the user's environment says otherwise; call it before NumPy is imported.

    The matrix products of these networks are so small that handing them to a second thread costs more than it gives.
    """
    for variable in THREAD_VARIABLES[:3]:
        os.environ.setdefault(variable, "1")


def describe_environment() -> dict[str, object]:
    """Return machine, versions, BLAS and its kernel, threads, variables and commit, as plain values for a JSON file."""
    import numpy

    from harness.base.blas_kernel import blas_kernel
    from numpy_model.config import usable_cores

    blas = numpy.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return {
        "cpu": cpu_name(),
        "cores": usable_cores(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "blas": f"{blas['name']} {blas['version']}",
        "blas_kernel": blas_kernel(),
        "threads": {name: os.environ[name] for name in THREAD_VARIABLES if name in os.environ},
        "variables": {name: os.environ[name] for name in VARIABLES if name in os.environ},
        "commit": commit(),
        "command": command(),
    }


def command(python: str = "python") -> str:
    """Return the command of this process, to be copied, with a name or path of Python."""
    module = sys.modules["__main__"].__spec__
    program = [python, "-m", module.name.removesuffix(".__main__")] if module else [Path(sys.argv[0]).name]
    return shlex.join([*program, *sys.argv[1:]])


def interpreter() -> str:
    """Return what starts this Python again: `"python"`, or a path where that is another."""
    return "python" if shutil.which("python") == sys.executable else sys.executable


def environment_of_children() -> dict[str, str]:
    """Return the environment in which a process of ours finds this project, whatever folder it is started in.

    It keeps its docstrings, which a library of the report reads.
    """
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONOPTIMIZE"}
    return kept | {"PYTHONPATH": os.pathsep.join(paths)}


def cpu_name() -> str:
    """Return the processor's name."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def commit() -> str | None:
    """Return the commit of the code, with `+` if files differ from it, or `None` outside a checkout."""
    here = Path(__file__).resolve().parent

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=here, capture_output=True, text=True, timeout=10, check=True).stdout

    try:
        return git("rev-parse", "HEAD").strip() + ("+" if git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.SubprocessError):
        return None
