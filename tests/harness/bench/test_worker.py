"""What a worker process answers."""

import io
import json
from dataclasses import asdict

import pytest

from harness.bench import worker
from harness.bench.plan import BLAS, NUMPY, Workload
from harness.bench.unavailable import UnavailableError
from harness.bench.worker import Worker, serve

WORKLOAD = Workload("train", 1, 1)


def answers_to(*requests):
    """Return the answers of a process that serves these requests."""
    answers = io.StringIO()
    serve(NUMPY, map(json.dumps, requests), answers)
    return [json.loads(line) for line in answers.getvalue().splitlines()]


def prepare(contender):
    return {"prepare": 0.0, "contender": asdict(contender), "workload": asdict(WORKLOAD)}


def test_the_number_of_parameters_is_told_before_a_turn():
    assert answers_to(prepare(NUMPY)) == [{"n_parameters": 119_772}]


def test_the_floor_has_no_parameters():
    assert answers_to(prepare(BLAS)) == [{"n_parameters": None}]


def test_what_cannot_be_had_is_told_with_the_reason(monkeypatch):
    def fail(*_):
        raise UnavailableError("no C++ compiler")

    monkeypatch.setattr(worker, "make_turns", fail)
    (answer,) = answers_to(prepare(NUMPY))
    assert answer == {"unavailable": "no C++ compiler"}
    caller = object.__new__(Worker)
    monkeypatch.setattr(caller, "ask", lambda **_: answer, raising=False)
    with pytest.raises(UnavailableError, match="no C"):
        caller.prepare(NUMPY, WORKLOAD)
