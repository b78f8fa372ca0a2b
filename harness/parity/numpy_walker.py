"""Single training steps of a NumPy model, looked at layer by layer.

Letters: N samples, H x W pixels, C channels.
"""

from functools import partial

import numpy as np

import numpy_model
from harness.trainers import NumpyTrainer
from numpy_model import ops


class NumpyWalker:
    """A NumPy model that takes one training step at a time and says what it did. Its twin is `keras_model.KerasWalker`.

    The step is the model's own `train_on_batch`: what its layers return is copied on the way. NumPy's processes are set
    to one, so that nothing happens out of sight.

    Args:
        network: a function of the library that returns a `Sequential`.
        optimizer: a function of the library that returns an optimizer.
        dtype: `"float32"` or `"float64"`.
        library: default `numpy_model`.

    Attributes:
        names: of the layers.
    """

    def __init__(self, network, optimizer, dtype, library=numpy_model):
        numpy_model.config.set_threads(1)
        self._trainer = NumpyTrainer(network, optimizer, dtype, library)
        self._layers = self._trainer.model.layers
        self.names = [layer.name for layer in self._layers]
        self._outputs = {layer.name: [] for layer in self._layers}
        self._grad_inputs = {layer.name: [] for layer in self._layers}
        for layer in self._layers:
            layer.needs_input_gradient = True  # also in the first layer: it is compared
            layer.forward = partial(keep, self._outputs[layer.name], layer.forward)
            for backward in ("backward", "backward_logits"):
                if hasattr(layer, backward):
                    setattr(layer, backward, partial(keep, self._grad_inputs[layer.name], getattr(layer, backward)))

    def initialize(self, seed):
        """Draw the parameters from a seed, and return them."""
        self._trainer.model.initialize(seed)
        return self._trainer.get_weights()

    def start(self, weights):
        """Set all parameters, and forget all that the optimizer knows."""
        self._trainer.start(weights)

    def step(self, x, y):
        """Take one step, and return what it did, as a dictionary with one entry per layer in every list.

        Args:
            x: (N, H, W, C).
            y: (N,) labels.

        Returns:
            The same as `keras_model.KerasWalker.step`.
        """
        for kept in [*self._outputs.values(), *self._grad_inputs.values()]:
            kept.clear()
        loss, _ = self._trainer.model.train_on_batch(x, y)
        return {
            "loss": loss,
            # A large batch goes through the layers in blocks.
            "outputs": [np.concatenate(self._outputs[name]) for name in self.names],
            "grads": [copies(layer.grads) for layer in self._layers],
            "grad_inputs": [np.concatenate(self._grad_inputs[name]) for name in self.names],
            "params": [copies(layer.params) for layer in self._layers],
        }


def keep(kept, function, *arguments, **options):
    """Call a function of a layer, and append a copy of what it returns to `kept`, also whenever the call is played."""
    result = function(*arguments, **options)
    ops.run(lambda: kept.append(result.copy()))
    return result


def copies(arrays):
    """Return copies of arrays by name."""
    return {name: array.copy() for name, array in arrays.items()}
