"""When the last step of a Keras model ended."""

import time
from collections.abc import Callable
from typing import Any


class StepClock:
    """A step function of Keras that notes when it ended last.

    It stands in the place of a model's `train_function` or `predict_function`, and costs less than a microsecond a
    step. A callback's `on_train_batch_end` would make Keras turn loss and metrics into Python's numbers after each.

    Args:
        step: what a model's `make_train_function` or `make_predict_function` made. To compile the model again takes
            the clock away.

    Attributes:
        last_step_end: when the last step ended, in seconds of `time.perf_counter`; `None` before the first.
    """

    def __init__(self, step: Callable) -> None:
        self._step = step
        self.last_step_end = None

    def __call__(self, *arguments: Any) -> Any:
        """Take a step, as Keras has it do, and return what it returns."""
        logs = self._step(*arguments)
        self.last_step_end = time.perf_counter()
        return logs
