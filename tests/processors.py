"""Runs the tests marked `processor` as other processors would: `python -m tests.processors [NAME ...]`.

Their results could depend on rounding, kernels of BLAS, threads or load. Each configuration below is a run of them with
variables that OpenBLAS, NumPy, oneDNN and TensorFlow read; some run beside another busy process on each core. A line
tells what became of each, and the exit code is 1 if one failed. What this processor cannot do is named, not left out.
"""

import contextlib
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy

ROOT = Path(__file__).parents[1]
# As in the Makefile.
PARALLEL = ["-n", "logical", "--maxprocesses", "4", "--dist", "worksteal"]
TESTS = [sys.executable, "-m", "pytest", "-m", "processor and not slow", "-rs", "-p", "no:cacheprovider", *PARALLEL]
# Only files with such tests: each process would import what all others need, for seconds.
FILES = [str(path) for path in sorted((ROOT / "tests").rglob("test_*.py")) if "mark.processor" in path.read_text()]
BUSY = [sys.executable, "-c", "while True: pass"]
# A product that is large enough for a kernel to be called; with OPENBLAS_VERBOSE=2 OpenBLAS prints which.
PROBE = "import numpy; numpy.ones((200, 200), 'float32') @ numpy.ones((200, 200), 'float32')"


@dataclass(frozen=True)
class Configuration:
    """What a run of the tests is made to believe of its processor.

    Attributes:
        kernel: of OpenBLAS, a value of `OPENBLAS_CORETYPE`.
        threads: of BLAS.
        without: beginnings of names of NumPy's SIMD extensions that are switched off, where this processor has them.
        tensorflow: variables that oneDNN and TensorFlow read.
        busy: whether every core has another process, which never waits.
    """

    kernel: str
    threads: int
    without: tuple[str, ...] = ()
    tensorflow: tuple[tuple[str, str], ...] = ()
    busy: bool = False

    def variables(self) -> dict[str, str]:
        """Return the variables of the environment."""
        found = numpy.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
        off = " ".join(name for name in found if name.startswith(self.without))
        return {
            "OPENBLAS_CORETYPE": self.kernel,
            "OPENBLAS_NUM_THREADS": str(self.threads),
            **({"NPY_DISABLE_CPU_FEATURES": off} if off else {}),
            **dict(self.tensorflow),
        }


AVX2 = {"without": ("X86_V4", "AVX512"), "tensorflow": (("ONEDNN_MAX_CPU_ISA", "AVX2"),)}
WITHOUT_ONEDNN = {"without": ("X86_V4", "AVX512"), "tensorflow": (("TF_ENABLE_ONEDNN_OPTS", "0"),)}
SSE = {"without": ("X86_V", "AVX", "FMA"), "tensorflow": (("ONEDNN_MAX_CPU_ISA", "SSE41"),)}

CONFIGURATIONS = {
    "haswell-1": Configuration("Haswell", 1, **AVX2),
    "haswell-2": Configuration("Haswell", 2, **AVX2),
    "skylakex-1": Configuration("SkylakeX", 1),
    "skylakex-2": Configuration("SkylakeX", 2),
    "zen-1": Configuration("Zen", 1, **WITHOUT_ONEDNN),
    "zen-2": Configuration("Zen", 2, **WITHOUT_ONEDNN),
    "prescott-1": Configuration("Prescott", 1, **SSE),
    "prescott-2": Configuration("Prescott", 2, **SSE),
    "haswell-1-busy": Configuration("Haswell", 1, **AVX2, busy=True),
    "skylakex-2-busy": Configuration("SkylakeX", 2, busy=True),
}


def kernel_that_runs(environment: dict[str, str]) -> tuple[str, str]:
    """Return the kernel that OpenBLAS has in an environment, and why it cannot be had, or ""."""
    probe = subprocess.run(
        [sys.executable, "-c", PROBE], env=environment | {"OPENBLAS_VERBOSE": "2"}, capture_output=True, text=True
    )
    names = [line.removeprefix("Core: ") for line in probe.stderr.splitlines() if line.startswith("Core: ")]
    if probe.returncode != 0:
        return "", f"a product of matrices ends with exit code {probe.returncode}"
    if not names or "Core not found" in probe.stderr:
        return "", "this NumPy has no OpenBLAS with that kernel"
    return names[0], ""


@contextlib.contextmanager
def busy_cores(is_busy: bool):
    """Hold another process on each core, if asked to, and give those processes."""
    processes = []
    try:
        for core in sorted(os.sched_getaffinity(0)) if is_busy else []:
            processes.append(subprocess.Popen(BUSY))
            os.sched_setaffinity(processes[-1].pid, {core})
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


def run(name: str, configuration: Configuration) -> str:
    """Run the tests in a configuration, print what became of them, and return `passed`, `failed` or `not possible`."""
    variables = configuration.variables()
    environment = os.environ | variables
    words = " ".join(f"{variable}={value!r}" for variable, value in variables.items())
    kernel, reason = kernel_that_runs(environment)
    if reason:
        print(f"{name}: NOT POSSIBLE on this processor: {reason}; {words}", flush=True)
        return "not possible"
    start = time.monotonic()
    with busy_cores(configuration.busy):
        tests = subprocess.run(
            [*TESTS, *FILES], env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
    outcome = "passed" if tests.returncode == 0 else "failed"
    if outcome == "failed" or "SKIPPED" in tests.stdout:
        print(tests.stdout)
    counts = tests.stdout.rstrip().rpartition("\n")[2]
    load = ", beside a busy process on each core" if configuration.busy else ""
    print(f"{name}: {outcome.upper()} in {time.monotonic() - start:.0f} s: {counts}", flush=True)
    print(f"    OpenBLAS runs {kernel}; {words}{load}", flush=True)
    return outcome


def main(names: list[str]) -> int:
    """Run the configurations named, all by default, one after the other; return the exit code."""
    if unknown := [name for name in names if name not in CONFIGURATIONS]:
        print(f"error: no configuration {', '.join(unknown)}; there are {', '.join(CONFIGURATIONS)}", file=sys.stderr)
        return 2
    outcomes = [run(name, CONFIGURATIONS[name]) for name in names or CONFIGURATIONS]
    counts = {outcome: outcomes.count(outcome) for outcome in ("passed", "failed", "not possible")}
    print(f"{len(outcomes)} configurations: {', '.join(f'{count} {outcome}' for outcome, count in counts.items())}")
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
