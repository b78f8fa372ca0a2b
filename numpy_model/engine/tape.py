"""A tape of NumPy operations, which is written once and then played.

A step of `simple_cnn` at batch size 1 is some 70 operations, always the same ones on the same arrays. To find these
arrays again (look up attributes, check shapes, transpose) takes a fifth of the time; so the operations are written to
a tape once, and a step plays it: that takes 0.77 times as long, 0.92 at batch size 8, and 0.95 at 32 and 256.

Whoever writes to a tape keeps to two rules. What changes from one pass to the next, inputs or parameters, changes in
place, in the same arrays. And no `if` depends on a number in an array: when the tape is written it is not there yet,
and when the tape is played the `if` is not run again.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable

import numpy as np


class Tape:
    """Operations in the order in which they were written; nothing is computed before they are played."""

    def __init__(self) -> None:
        self._calls = []
        self._sections = []

    def begin(self, section: tuple[str, str]) -> None:
        """Let all that is written from here on belong to a section, which `play_timed` names."""
        self._sections.append((section, len(self._calls)))

    def play(self) -> None:
        """Run all operations."""
        for function, arguments in self._calls:
            function(*arguments)

    def play_timed(self, seconds: dict[tuple[str, str], float]) -> None:
        """Run all operations, and add the seconds that each section took to `seconds[section]`."""
        ends = [first for _, first in self._sections[1:]] + [len(self._calls)]
        for (section, first), end in zip(self._sections, ends, strict=True):
            start = time.perf_counter()
            for function, arguments in self._calls[first:end]:
                function(*arguments)
            seconds[section] += time.perf_counter() - start

    # What can be written: the operations of NumPy under its own names, always into an array `out`.

    def call(self, function: Callable, *arguments: object) -> None:
        """Write the call of any function."""
        self._calls.append((function, arguments))

    def copyto(self, destination: np.ndarray, source: np.ndarray | float) -> None:
        """destination[...] = source, an array or a number."""
        self.call(destination.__setitem__, ..., source)  # an assignment takes 0.2 µs, and `np.copyto` 0.3

    def matmul(self, x1: np.ndarray | np.number, x2: np.ndarray | np.number, out: np.ndarray) -> None:
        """out = x1 @ x2"""
        if x1.ndim == x2.ndim == 2 and len(x1) == 1:
            self.call(np.dot, x1[0], x2, out[0])  # one row takes 0.5 µs less than with `np.matmul`
        else:
            self.call(np.matmul, x1, x2, out)

    def add(self, x1: np.ndarray | np.number, x2: np.ndarray | np.number, out: np.ndarray) -> None:
        """out = x1 + x2"""
        self.call(np.add, x1, x2, out)

    def subtract(self, x1: np.ndarray | np.number, x2: np.ndarray | np.number, out: np.ndarray) -> None:
        """out = x1 - x2"""
        self.call(np.subtract, x1, x2, out)

    def multiply(self, x1: np.ndarray | np.number, x2: np.ndarray | np.number, out: np.ndarray) -> None:
        """out = x1 * x2"""
        self.call(np.multiply, x1, x2, out)

    def divide(self, x1: np.ndarray | np.number, x2: np.ndarray | np.number, out: np.ndarray) -> None:
        """out = x1 / x2"""
        self.call(np.divide, x1, x2, out)

    def maximum(self, x1: np.ndarray | np.number, x2: np.ndarray | np.number, out: np.ndarray) -> None:
        """out = the larger of each pair"""
        self.call(functools.partial(np.maximum, x1, x2, out=out))  # newer NumPy wants `out` by name, but only here

    def greater(self, x1: np.ndarray | np.number, x2: np.ndarray | np.number, out: np.ndarray) -> None:
        """out = x1 > x2, booleans"""
        self.call(np.greater, x1, x2, out)

    def exp(self, x: np.ndarray, out: np.ndarray) -> None:
        """out = exp(x)"""
        self.call(np.exp, x, out)

    def sum(self, x: np.ndarray, axis: int | tuple[int, ...], out: np.ndarray) -> None:
        """out = the sum along an axis, or several"""
        self.call(np.add.reduce, x, axis, None, out)

    def max(self, x: np.ndarray, axis: int | tuple[int, ...], out: np.ndarray) -> None:
        """out = the largest number along an axis"""
        self.call(np.maximum.reduce, x, axis, None, out)
