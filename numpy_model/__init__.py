"""Neural networks in NumPy, under the names that Keras gives them.

A network that is written as a function of the library is a Keras model or a NumPy one:

    def network(nn):
        return nn.Sequential([nn.Input((28, 28, 1)), nn.layers.Flatten(), nn.layers.Dense(10, activation="softmax")])

Read on in the order of the imports: `ops` are the operations of NumPy that layers are made of; `geometry` and `windows`
place and copy patches; `layers` holds every layer, forward and backward side by side; `losses` and `optimizers` close
the loop; `training` is one step of it, and `model` all the rest. `naive` says the layers again in plain loops.
`recorded`, `deferred`, `parameters`, `arithmetic`, `team` and `helper` are there for speed alone.
"""

from numpy_model import activations, config, initializers, layers, losses, optimizers
from numpy_model.input import Input
from numpy_model.model import Sequential
from numpy_model.scores import History

__all__ = ["History", "Input", "Sequential", "activations", "config", "initializers", "layers", "losses", "optimizers"]
