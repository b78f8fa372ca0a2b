"""Trains networks in NumPy and in Keras, and compares them.

From Python, or a notebook such as `harness/tour.ipynb`:

    from harness import RunConfig, run_experiment

    result = run_experiment(RunConfig(dataset="fashion", limit=2000, epochs=1))  # a notebook shows table and curves
    result.epochs  # a pandas DataFrame
"""

import importlib

_PLACES = {
    "RunConfig": ("harness.experiments", "RunConfig"),
    "load_dataset": ("harness.datasets", "load"),
    "run_experiment": ("harness.runner", "run_experiment"),
}

__all__ = ["RunConfig", "load_dataset", "run_experiment"]


def __getattr__(name: str):
    """Import what is offered here once it is used: the help of a command must import nothing heavy."""
    if name not in _PLACES:
        raise AttributeError(f"module 'harness' has no attribute {name!r}; it offers {', '.join(__all__)}")
    module, attribute = _PLACES[name]
    return getattr(importlib.import_module(module), attribute)
