"""A plan: layers and a number of samples, become arrays and operations.

Letters: N samples, F classes.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from numpy_model import layers as kinds
from numpy_model.activations import Linear, Relu
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

# Layers of images to which all pixels of a channel are alike.
SAME_EVERYWHERE = (
    kinds.Activation,
    kinds.AveragePooling2D,
    kinds.BatchNormalization,
    kinds.Conv2D,
    kinds.Dropout,
    kinds.Flatten,
    kinds.GlobalAveragePooling2D,
    kinds.GlobalMaxPooling2D,
    kinds.MaxPooling2D,
    kinds.ReLU,
)


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
        is_watched: whether somebody looks at `outputs` and `grad_inputs`. Default `False`, as it takes longer.
        is_weighted: whether each sample has a weight, which its gradient is multiplied by. Default `False`.

    Attributes:
        layers: as given.
        outputs: of each layer, arrays (N, ...). Unless they are watched, only those of the last are sure to be its own.
        logits: (N, F), what the loss takes: the last outputs, or what their softmax or sigmoid was given.
        grad_inputs: in training, the gradient of what each layer was given, arrays (N, ...). Unless they are watched,
            that of the first layer holds nothing, and that of a max pooling lacks the ReLU.

    The arrays hold the numbers of the last pass that was played.
    """

    def __init__(
        self,
        layers: list[Layer],
        n: int,
        loss: Loss | None = None,
        batch_size: int | None = None,
        deferred: dict[Layer, DeferredKernel] | None = None,
        is_watched: bool = False,
        is_weighted: bool = False,
    ) -> None:
        self.layers = layers
        self._tape = Tape()
        self._inputs = np.empty((n, *layers[0].input_shape), layers[0].dtype)
        self._loss, self._fused = loss, fused_activation(layers[-1], loss)
        training, deferred, ties_matter = batch_size is not None, deferred or {}, tells_pixels_apart(layers)
        self._kernels = [
            DeferredDenseKernel(layer, n, activation, deferred[layer])
            if layer in deferred
            else make_kernel(layer, n, activation, training, ties_matter)
            for layer, activation in zip(layers, self._activations(is_watched), strict=True)
        ]
        self._write_forward(training)
        if training:
            self._targets = np.empty(self.logits.shape, self.logits.dtype)
            self._weights = np.empty((n, 1), self.logits.dtype) if is_weighted else None
            self._write_backward(batch_size, is_watched)

    def _activations(self, is_watched: bool) -> list[Activation | None]:
        """Return the activation that each kernel computes, which is its layer's but for two cases.

        One belongs to the loss. And where a max pooling follows a ReLU, the maximum is taken first: results and
        gradients are the same, and behind a pooling of 2 x 2 the ReLU has a quarter of the numbers to work on. What
        lies between the two then is not the layer's output, so this is not done where somebody looks at it.
        """
        activations = [
            None if type(layer) is kinds.MaxPooling2D else getattr(layer, "activation", None) for layer in self.layers
        ]
        if self._fused:
            activations[-1] = Linear()
        for index, (layer, following) in enumerate(itertools.pairwise(self.layers)):
            is_pooled = type(layer) is kinds.Conv2D and type(following) is kinds.MaxPooling2D
            if is_pooled and type(activations[index]) is Relu and not is_watched:
                activations[index : index + 2] = Linear(), activations[index]
        return activations

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

    def _write_backward(self, batch_size: int, is_watched: bool) -> None:
        self._tape.begin(("loss", "backward"))
        grad = np.empty_like(self.logits)
        probabilities = self.outputs[-1] if self._fused else None
        write_gradient(self._tape, self._loss, self.logits, probabilities, self._targets, batch_size, out=grad)
        if self._weights is not None:
            self._tape.multiply(grad, self._weights, out=grad)
        self.grad_inputs = []
        for layer, kernel in reversed(list(zip(self.layers, self._kernels, strict=True))):
            self._tape.begin((layer.name, "backward"))
            grad = kernel.backward(self._tape, grad, is_watched or layer is not self.layers[0])
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


def tells_pixels_apart(layers: list[Layer]) -> bool:
    """Return whether it matters which of several equal numbers a max pooling chooses.

    To a convolution all places are alike, and beside equal pixels the gradient has the same effect at any of them. But
    each bias of a `PixelBias` belongs to one, and so does what a dense layer has drawn, or a layer that is not known.
    """
    n_before = max((index + 1 for index, layer in enumerate(layers) if len(layer.input_shape) == 3), default=0)
    return not all(type(layer) in SAME_EVERYWHERE for layer in layers[:n_before])


def fused_activation(layer: Layer, loss: Loss | None) -> Activation | None:
    """Return the activation at the end of the last layer that a loss is computed together with, or `None`."""
    activation = getattr(layer, "activation", None)
    is_fused = loss and loss.activation and not loss.from_logits and isinstance(activation, loss.activation)
    return activation if is_fused else None
