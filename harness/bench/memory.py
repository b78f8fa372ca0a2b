"""How much memory a process has had at most."""

import multiprocessing
import pathlib
import resource
import sys


def peak_memory() -> float:
    """Return the largest resident memory of this process so far in MB, with what its helpers have for themselves."""
    own = own_peak()
    return (own + sum(private_memory(child.pid) for child in multiprocessing.active_children())) / 1024


def own_peak() -> float:
    """Return the largest resident memory of this process so far in kilobytes.

    What `getrusage` gives is on Linux no less than what the process that started this one had.
    """
    status = pathlib.Path("/proc/self/status")
    if status.exists():
        (line,) = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
        return float(line.split()[1])
    kilobytes = 1024 if sys.platform == "darwin" else 1  # macOS counts in bytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / kilobytes


def private_memory(pid: int) -> int:
    """Return the kilobytes of memory that a process shares with no other."""
    lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))
