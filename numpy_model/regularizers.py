"""Regularizers: penalties on large parameters, which are added to the loss.

Reference: https://keras.io/api/layers/regularizers/
"""

from typing import NoReturn

import numpy as np

from numpy_model.checks import as_keras_casts, check_number, refuse_name


class L1L2:
    """penalty = l1 * sum(|param|) + l2 * sum(param²), with the gradient l1 * sign(param) + 2 * l2 * param.

    Args:
        l1, l2: 0 (the default) or above.

    Raises:
        ValueError: for another number.

    Example:
        >>> L1L2(l1=1, l2=0.5)(np.array([1.0, -2.0]))
        5.5
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        self.l1 = 0.0 if l1 is None else check_number("l1", l1, least=0)
        self.l2 = 0.0 if l2 is None else check_number("l2", l2, least=0)

    def __call__(self, param: np.ndarray) -> float:
        """Return the penalty."""
        l1, l2 = (as_keras_casts(factor, param.dtype) for factor in (self.l1, self.l2))
        return float((l1 * np.abs(param).sum() if l1 else 0) + (l2 * np.square(param).sum() if l2 else 0))

    def gradient(self, param: np.ndarray) -> np.ndarray:
        """Return the gradient of the penalty, an array like `param`. That of |0| is 0, as in Keras."""
        l1, l2 = (as_keras_casts(factor, param.dtype) for factor in (self.l1, self.l2))
        return l1 * np.sign(param) + 2 * l2 * param


class L1(L1L2):
    """penalty = l1 * sum(|param|).

    Args:
        l1: 0 or above. Default 0.01.

    Example:
        >>> L1(0.5)(np.array([1.0, -2.0]))
        1.5
    """

    def __init__(self, l1: float = 0.01) -> None:
        super().__init__(l1=l1)


class L2(L1L2):
    """penalty = l2 * sum(param²).

    Args:
        l2: 0 or above. Default 0.01.

    Example:
        >>> L2(0.5)(np.array([1.0, -2.0]))
        2.5
    """

    def __init__(self, l2: float = 0.01) -> None:
        super().__init__(l2=l2)


NAMES = ("L1", "L2", "L1L2")
_BY_NAME = {"l1": L1, "l2": L2, "l1_l2": L1L2, "L1": L1, "L2": L2, "L1L2": L1L2}


def get(identifier: str | L1L2 | None) -> L1L2 | None:
    """Return the regularizer of a Keras name, the one that was given, or `None` for none.

    Raises:
        ValueError: for another name or object.
    """
    if identifier is None or isinstance(identifier, L1L2):
        return identifier
    if isinstance(identifier, str) and identifier in _BY_NAME:
        return _BY_NAME[identifier]()
    raise ValueError(f"regularizer is {identifier!r}; allowed are l1, l2, l1_l2, L1(l1), L2(l2), L1L2(l1, l2) or None")


def __getattr__(name: str) -> NoReturn:
    refuse_name("regularizers", name, NAMES)
