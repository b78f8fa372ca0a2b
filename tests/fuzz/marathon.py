"""Reads many damaged files in one process of bounded memory, and says how many were read, refused, and how fast.

    python -m tests.fuzz.marathon --files 10000 --seed 0

File number N of a seed is always the same: `--only N` reads it alone.
"""

import argparse
import json
import random
import resource
import shutil
import signal
import sys
import time

MOST_MEGABYTES = 200  # beside what the process has when all libraries are loaded
MOST_SECONDS = 1.0
HOPELESS_SECONDS = 30


def main(arguments=None):
    """Read the files; return the exit code: 0 if each was read or refused in time."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.marathon", description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int, metavar="N")
    flags = parser.parse_args(arguments)
    from tests.fuzz.readers import FOLDER

    try:
        report = run(flags.seed, range(flags.files) if flags.only is None else [flags.only])
    finally:
        shutil.rmtree(FOLDER)
    print(json.dumps(report, indent=2))
    return 0 if not report["failures"] else 1


def run(seed, numbers):
    """Return what came of the damaged files of a seed."""
    from tests.fuzz.mutations import mutate
    from tests.fuzz.readers import READERS

    for reader in READERS.values():  # warm up, so that what follows is what a file costs
        for content in reader.good:
            assert reader.try_file(content)[0]
    before = limit_memory()
    counts = {name: {"read": 0, "refused": 0, "slowest": 0.0} for name in READERS}
    failures = []
    for number in numbers:
        name = list(READERS)[number % len(READERS)]
        reader = READERS[name]
        choose = random.Random(f"{seed} {number}").randrange
        content = mutate(reader.good[choose(len(reader.good))], choose, reader.good[choose(len(reader.good))])
        signal.setitimer(signal.ITIMER_PROF, HOPELESS_SECONDS)  # ends the process
        start = time.process_time()
        try:
            was_read, _ = reader.try_file(content)
        except BaseException as error:
            failures.append(f"file {number}, {name}: {type(error).__name__}: {ascii(str(error))[:500]}")
            continue
        seconds = time.process_time() - start
        counts[name]["read" if was_read else "refused"] += 1
        counts[name]["slowest"] = round(max(counts[name]["slowest"], seconds), 3)
        if seconds > MOST_SECONDS:
            failures.append(f"file {number}, {name}: {seconds:.1f} seconds")
    signal.setitimer(signal.ITIMER_PROF, 0)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024 - before
    return {"files": len(numbers), "megabytes": peak, "readers": counts, "failures": failures}


def limit_memory():
    """Allow this process so much more memory than it has; return what it has, in MB."""
    with open("/proc/self/status") as status:
        (size,) = [int(line.split()[1]) for line in status if line.startswith("VmSize:")]
    most = size * 1024 + MOST_MEGABYTES * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    sys.exit(main())
