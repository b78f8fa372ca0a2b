"""What a run was made with: machine, versions, threads, commit."""

import os
import platform
import shlex
import subprocess
import sys
from pathlib import Path

# The last is read by many libraries besides BLAS, so it is recorded and never set.
THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "OMP_NUM_THREADS")


def use_one_blas_thread() -> None:
    """Let NumPy's BLAS use one thread, unless the user's environment says otherwise; call it before NumPy is imported.

    The matrix products of these networks are so small that handing them to a second thread costs more than it gives.
    """
    for variable in THREAD_VARIABLES[:3]:
        os.environ.setdefault(variable, "1")


def describe_environment() -> dict[str, object]:
    """Return machine, versions, BLAS, thread settings and commit, as plain values for a JSON file."""
    import numpy

    from numpy_model.config import usable_cores

    blas = numpy.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return {
        "cpu": cpu_name(),
        "cores": usable_cores(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "blas": f"{blas['name']} {blas['version']}",
        "threads": {name: os.environ[name] for name in THREAD_VARIABLES if name in os.environ},
        "commit": commit(),
        "command": command(),
    }


def command() -> str:
    """Return the command of this process, to be copied."""
    module = sys.modules["__main__"].__spec__
    program = f"python -m {module.name.removesuffix('.__main__')}" if module else Path(sys.argv[0]).name
    return shlex.join([*program.split(), *sys.argv[1:]])


def environment_of_children() -> dict[str, str]:
    """Return the environment in which a process of ours finds this project, whatever folder it is started in."""
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths)}


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
