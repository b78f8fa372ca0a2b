"""The layers again, in plain loops: the specification of what they compute, and the oracle of their tests.

Nothing here is fast, and nothing is clever: one number at a time, and nothing of `numpy_model.layers`.
`naive.Sequential` of `naive.layers` is a model like any other.
"""

from numpy_model import initializers, optimizers, regularizers
from numpy_model.input import Input
from numpy_model.model import Sequential
from numpy_model.naive import layers, losses

__all__ = ["Input", "Sequential", "initializers", "layers", "losses", "optimizers", "regularizers"]
