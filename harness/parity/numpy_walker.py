"""Single training steps of a NumPy model, looked at layer by layer.

Letters: N samples, H x W pixels, C channels.
"""

import contextlib

import numpy as np

import numpy_model
from harness.experiments.losses import LOSS
from harness.training.numpy_trainer import NumpyTrainer

# Steps that one call of `fit` takes. At batch size 1 it collects the steps of large kernels and settles them 16 at a
# time, so a call must last longer than that; elsewhere two show that a step leaves nothing behind for the next.
SINGLE_STEPS, STEPS = 20, 2


class NumpyWalker:
    """A NumPy model that takes training steps, and reports what happened in each.

    The steps are those of the model's own `fit`, a few in one call: outputs and gradients of the layers are copied
    after each pass, and parameters and their gradients in a callback after each step. The model
    is set to one process, so that nothing happens out of sight.

    Args:
        network: a function of the library that returns a `Sequential`.
        optimizer: a function of the library that returns an optimizer.
        dtype: `"float32"` or `"float64"`.
        library: default `numpy_model`.
        loss: a name of Keras's, or a function of the library that returns a loss. Default that of whole-number labels.

    Attributes:
        names: of the layers.
        random_layers: those that draw at random while they train.
    """

    def __init__(self, network, optimizer, dtype, library=numpy_model, loss=LOSS):
        self._trainer = NumpyTrainer(network, optimizer, dtype, library, loss)
        self._layers = self._trainer.model.layers
        self.names = [layer.name for layer in self._layers]
        self.random_layers = [layer for layer in self._layers if hasattr(layer, "seed_state")]
        self._outputs, self._grad_inputs = [], []
        self._seen, self._n_samples, self._total_loss = [], 0, 0.0

    @property
    def model(self):
        """The compiled model that takes the steps."""
        return self._trainer.model

    def initialize(self, seed):
        """Draw the parameters from a seed, and return them."""
        self._trainer.model.initialize(seed)
        return self._trainer.get_weights()

    def start(self, weights):
        """Set all parameters, and forget all that the optimizer knows."""
        self._trainer.start(weights)

    def steps(self, batches):
        """Take a step for each batch, and yield what it did, as a dictionary with one entry per layer in every list.

        Args:
            batches: pairs (x, y), (N, H, W, C) and labels (N,).

        Yields:
            `loss`, of the batch before the step; `outputs`; `grads`, by parameter name; `grad_inputs`, the gradient of
            what the layer was given; `params`, by name, after the step.
        """
        for x, y, batch_size in together(batches):
            self._seen, self._n_samples, self._total_loss = [], 0, 0.0
            self._clear()
            # A loss that is not finite ends `fit` after its last step, and shows in the outputs.
            model = self._trainer.model
            alone, seen = numpy_model.config.scope(threads=1), model.observed(self._copy_pass)
            with contextlib.suppress(FloatingPointError), alone, seen:
                model.fit(
                    x, self._trainer.targets(y), batch_size=batch_size, shuffle=False, verbose=0, callbacks=[self]
                )
            yield from self._seen

    def on_train_batch_end(self, batch, logs):
        """Keep what the step did. `logs` has the mean loss of all samples of this call of `fit` so far."""
        outputs = joined(self._outputs)
        before, n = self._total_loss, len(outputs[0])
        self._n_samples += n
        self._total_loss = logs["loss"] * self._n_samples
        self._seen.append(
            {
                "loss": (self._total_loss - before) / n,
                "outputs": outputs,
                "grads": [copies(layer.grads) for layer in self._layers],
                "grad_inputs": joined(self._grad_inputs),
                "params": [copies(layer.weights) for layer in self._layers],
            }
        )
        self._clear()

    def _copy_pass(self, plan):
        self._outputs.append([array.copy() for array in plan.outputs])
        self._grad_inputs.append([array.copy() for array in plan.grad_inputs])

    def _clear(self):
        self._outputs, self._grad_inputs = [], []


def joined(passes):
    """Return an array for each layer, from those of all passes of a batch: a large one goes through in blocks."""
    return [np.concatenate(arrays) for arrays in zip(*passes, strict=True)]


def together(batches):
    """Yield (x, y, batch size) for as many batches as one call of `fit` takes: all of one size, but for the last."""
    group = []
    for x, y in batches:
        if group and len(x) > len(group[0][0]):  # the short batch at the end of an epoch, and the first of the next
            yield *map(np.concatenate, zip(*group, strict=True)), len(group[0][0])
            group = []
        group.append((x, y))
        batch_size = len(group[0][0])
        if len(group) == (SINGLE_STEPS if batch_size == 1 else STEPS) or len(x) < batch_size:
            yield *map(np.concatenate, zip(*group, strict=True)), batch_size
            group = []
    if group:
        yield *map(np.concatenate, zip(*group, strict=True)), len(group[0][0])


def copies(arrays):
    """Return copies of arrays by name."""
    return {name: array.copy() for name, array in arrays.items()}
