"""A plan: layers and a number of samples, become arrays and operations.

Letters: N samples, F classes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numpy_model.activations import Linear
from numpy_model.engine.kernels import make_kernel
from numpy_model.engine.kernels.activation import write_forward
from numpy_model.engine.kernels.dense import DeferredDenseKernel
from numpy_model.engine.kernels.losses import write_gradient
from numpy_model.engine.tape import Tape

if TYPE_CHECKING:
    from numpy_model.activations import Activation
    from numpy_model.engine.deferred import DeferredKernel
    from numpy_model.layer import Layer
    from numpy_model.losses import Loss


class Plan:
    """One pass of N samples through all layers: forward, and in training backward to the gradients.

    The softmax or sigmoid at the end of a network belongs to a cross-entropy here: the last layer runs without it, and
    the loss has the gradient of the logits, which is what Keras trains with in graph mode.

    Args:
        layers: built.
        n: N.
        loss: from `losses`; `None`, the default, for outputs alone.
        batch_size: samples of the whole batch, of which these may be a part; `None` for a pass without training.
        deferred: the `DeferredKernel` of each layer that has one now.
        needs_first: whether to compute the gradient of what the first layer was given. Default `False`.
        is_weighted: whether each sample has a weight, which its gradient is multiplied by. Default `False`.

    Attributes:
        layers: as given.
        outputs: of each layer, arrays (N, ...).
        logits: (N, F), what the loss takes: the last outputs, or what their softmax or sigmoid was given.
        grad_inputs: in training, the gradient of what each layer was given, arrays (N, ...). That of the first layer
            holds nothing unless `needs_first` is set.

    The arrays hold the numbers of the last pass that was played.
    """

    def __init__(
        self,
        layers: list[Layer],
        n: int,
        loss: Loss | None = None,
        batch_size: int | None = None,
        deferred: dict[Layer, DeferredKernel] | None = None,
        needs_first: bool = False,
        is_weighted: bool = False,
    ) -> None:
        self.layers = layers
        self._tape = Tape()
        self._inputs = np.empty((n, *layers[0].input_shape), layers[0].dtype)
        self._loss, self._fused = loss, fused_activation(layers[-1], loss)
        training = batch_size is not None
        self._kernels = [self._make_kernel(layer, n, deferred or {}, training) for layer in layers]
        self._write_forward(training)
        if training:
            self._targets = np.empty(self.logits.shape, self.logits.dtype)
            self._weights = np.empty((n, 1), self.logits.dtype) if is_weighted else None
            self._write_backward(batch_size, needs_first)

    def _make_kernel(self, layer: Layer, n: int, deferred: dict[Layer, DeferredKernel], training: bool) -> object:
        activation = getattr(layer, "activation", None)
        if self._fused and layer is self.layers[-1]:
            activation = Linear()
        if layer in deferred:
            return DeferredDenseKernel(layer, n, activation, deferred[layer])
        return make_kernel(layer, n, activation, training)

    def _write_forward(self, training: bool) -> None:
        outputs, self.outputs = self._inputs, []
        for layer, kernel in zip(self.layers, self._kernels, strict=True):
            self._tape.begin((layer.name, "forward"))
            outputs = kernel.forward(self._tape, outputs, training)
            self.outputs.append(outputs)
        self.logits = outputs
        if self._fused:
            self.outputs[-1] = np.empty(outputs.shape, outputs.dtype)
            write_forward(self._tape, self._fused, self.logits, out=self.outputs[-1])

    def _write_backward(self, batch_size: int, needs_first: bool) -> None:
        self._tape.begin(("loss", "backward"))
        grad = np.empty_like(self.logits)
        probabilities = self.outputs[-1] if self._fused else None
        write_gradient(self._tape, self._loss, self.logits, probabilities, self._targets, batch_size, out=grad)
        if self._weights is not None:
            self._tape.multiply(grad, self._weights, out=grad)
        self.grad_inputs = []
        for layer, kernel in reversed(list(zip(self.layers, self._kernels, strict=True))):
            self._tape.begin((layer.name, "backward"))
            grad = kernel.backward(self._tape, grad, needs_first or layer is not self.layers[0])
            self.grad_inputs.insert(0, grad)

    def play(
        self,
        x: np.ndarray,
        targets: np.ndarray | None = None,
        seconds: dict[tuple[str, str], float] | None = None,
        sample_weight: np.ndarray | None = None,
    ) -> None:
        """Run the pass.

        Args:
            x: (N, *input_shape).
            targets: (N, F), in training.
            seconds: a dictionary by (name of a layer, `"forward"` or `"backward"`), to which the time of each is added;
                default `None`, which costs nothing.
            sample_weight: (N,), for a plan with weights.
        """
        self._inputs[...] = x
        if targets is not None:
            self._targets[...] = targets
        if sample_weight is not None:
            self._weights[:, 0] = sample_weight
        if seconds is None:
            self._tape.play()
        else:
            self._tape.play_timed(seconds)


def fused_activation(layer: Layer, loss: Loss | None) -> Activation | None:
    """Return the activation at the end of the last layer that a loss is computed together with, or `None`."""
    activation = getattr(layer, "activation", None)
    is_fused = loss and loss.activation and not loss.from_logits and isinstance(activation, loss.activation)
    return activation if is_fused else None
