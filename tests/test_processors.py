"""`make test-processors`: what it runs, and what it says of what fails and of what cannot be had."""

import os

import pytest

from tests import processors
from tests.processors import CONFIGURATIONS, busy_cores, kernel_that_runs


@pytest.mark.parametrize(("outcomes", "exit_code"), [(["passed", "not possible"], 0), (["failed", "passed"], 1)])
def test_one_that_fails_makes_all_fail_and_one_that_cannot_be_had_is_counted(outcomes, exit_code, monkeypatch, capsys):
    left = list(outcomes)
    monkeypatch.setattr(processors, "run", lambda name, configuration: left.pop(0))
    assert processors.main(["haswell-1", "zen-1"]) == exit_code
    expected = ", ".join(f"{outcomes.count(outcome)} {outcome}" for outcome in ("passed", "failed", "not possible"))
    assert capsys.readouterr().out == f"2 configurations: {expected}\n"


def test_an_unknown_configuration_is_refused_with_the_known_ones(capsys):
    assert processors.main(["haswel"]) == 2
    assert "no configuration haswel; there are haswell-1, haswell-2" in capsys.readouterr().err


def test_a_kernel_that_cannot_be_had_is_named(monkeypatch, capsys):
    monkeypatch.setattr(processors, "kernel_that_runs", lambda environment: ("", "it ends"))
    assert processors.run("zen-1", CONFIGURATIONS["zen-1"]) == "not possible"
    assert capsys.readouterr().out.startswith("zen-1: NOT POSSIBLE on this processor: it ends; OPENBLAS_CORETYPE='Zen'")


def test_a_kernel_that_openblas_does_not_know_cannot_be_had():
    assert kernel_that_runs(os.environ | {"OPENBLAS_CORETYPE": "Abacus"})[1]


def test_busy_processes_end_with_the_body():
    with busy_cores(True) as processes:
        assert len(processes) == len(os.sched_getaffinity(0))
        assert all(process.poll() is None for process in processes)
    assert all(process.poll() is not None for process in processes)
