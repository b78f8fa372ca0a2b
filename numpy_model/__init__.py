"""Neural networks in NumPy, under the names that Keras gives them.

A network that is written as a function of the library is a Keras model or a NumPy one:

    def network(nn):
        return nn.Sequential([nn.Input((28, 28, 1)), nn.layers.Flatten(), nn.layers.Dense(10, activation="softmax")])

Read on in this order: `windows` are the patches that convolution and pooling see; `layers` holds every layer, forward
and backward side by side, on the base `layer`; `activations`, `losses`, `regularizers` and `optimizers` close the loop;
`model` is `Sequential`. `naive` says the layers again in plain loops. `engine` computes the same numbers faster; a
reader of the layers need not know it.
"""

from numpy_model import activations, config, initializers, layers, losses, optimizers, regularizers
from numpy_model.input import Input
from numpy_model.model import Sequential
from numpy_model.scores import History

__all__ = [
    "History",
    "Input",
    "Sequential",
    "activations",
    "config",
    "initializers",
    "layers",
    "losses",
    "optimizers",
    "regularizers",
]
