"""Damaged files: each is refused in words, or read as it stands there, soon and in little memory."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.mutations import mutate
from tests.fuzz.readers import READERS
from tests.properties import examples

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", READERS)
def test_a_good_file_is_read(name):
    reader = READERS[name]
    assert all(reader.try_file(content)[0] for content in reader.good)


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=examples(25), deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_refused_or_read_right(name, data):
    def choose(n):
        return data.draw(st.integers(0, n - 1))

    reader = READERS[name]
    content, other = (data.draw(st.sampled_from(reader.good)) for _ in range(2))
    reader.try_file(mutate(content, choose, other))


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=examples(10), deadline=None)
@given(content=st.binary(max_size=300))
def test_random_bytes_are_refused_or_read_right(name, content):
    READERS[name].try_file(content)


def test_the_same_number_is_the_same_file():
    words = [sys.executable, "-m", "tests.fuzz.marathon", "--only", "3"]
    reports = [json.loads(subprocess.run(words, capture_output=True, cwd=ROOT, check=True).stdout) for _ in range(2)]
    for report in reports:
        del report["megabytes"]
        for counts in report["readers"].values():
            del counts["slowest"]
    assert reports[0] == reports[1] and reports[0]["files"] == 1


@pytest.mark.slow
def test_of_ten_thousand_damaged_files_none_is_slow_or_hungry():
    words = [sys.executable, "-m", "tests.fuzz.marathon", "--files", "10000"]
    process = subprocess.run(words, capture_output=True, text=True, cwd=ROOT)
    assert process.returncode == 0, process.stdout + process.stderr
    assert json.loads(process.stdout)["megabytes"] < 200
