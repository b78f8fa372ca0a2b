"""Looks for files that a reader trips over, guided by the lines that each file reaches. A tool for development.

It needs atheris, which is on PyPI for Linux and for some versions of Python only, so no requirements name it:

    python -m pip install atheris
    python tests/fuzz/fuzz_readers.py idx -max_total_time=60

The first word is a reader of `tests/fuzz/readers.py`; without one, their names are printed. Words behind it are
libFuzzer's: -max_total_time=SECONDS, -runs=N, -rss_limit_mb=MB, a folder in which files that reach new lines are kept.
A file that is neither refused nor read right, takes longer than `-timeout` (default here: 10 seconds), or more memory
than `-rss_limit_mb` (default here: 1024) ends the search, and is kept as crash-*, timeout-* or oom-* in the current
folder. Such a file, as the last word, is read alone.
"""

import random
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import atheris

# Imported before the code that is watched, so that a library of a million lines is not.
import numpy
import pandas  # noqa: F401

with atheris.instrument_imports(include=["harness", "numpy_model", "zipfile", "tarfile", "json", "csv"]):
    from tests.fuzz.mutations import mutate
    from tests.fuzz.readers import FOLDER, READERS

atheris.instrument_func(numpy.lib.format.read_array)
DEFAULTS = ["-timeout=10", "-rss_limit_mb=1024", "-max_len=65536", "-print_final_stats=1"]


def main():
    """Fuzz the reader that the first word names; end the process as libFuzzer does."""
    if len(sys.argv) < 2 or sys.argv[1] not in READERS:
        sys.exit(f"name a reader: {', '.join(READERS)}")
    reader = READERS[sys.argv[1]]
    counts = {True: 0, False: 0}

    def try_file(content):
        counts[reader.try_file(content)[0]] += 1
        if sum(counts.values()) % 10_000 == 0:
            print(f"{counts[True]} read, {counts[False]} refused", file=sys.stderr)

    def change(content, max_size, seed):
        # Half of the changes are ours, which know of lengths and of values; half are libFuzzer's.
        choose = random.Random(seed).randrange
        if choose(2):
            return atheris.Mutate(content, max_size)
        return mutate(content, choose, reader.good[choose(len(reader.good))])[:max_size]

    good = Path(tempfile.mkdtemp(prefix="fuzz-good-"))
    for number, content in enumerate(reader.good):
        (good / str(number)).write_bytes(content)
    words = sys.argv[2:]
    folders = [] if words and Path(words[-1]).is_file() else [str(good)]
    try:
        atheris.Setup([sys.argv[0], *DEFAULTS, *words, *folders], try_file, custom_mutator=change)
        atheris.Fuzz()
    finally:
        shutil.rmtree(good, ignore_errors=True)
        shutil.rmtree(FOLDER, ignore_errors=True)


if __name__ == "__main__":
    main()
