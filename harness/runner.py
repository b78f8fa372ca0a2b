"""Where scripts import `run_experiment` from; it is defined in `harness.training.runner`."""

from harness.training.runner import run_experiment

__all__ = ["run_experiment"]
