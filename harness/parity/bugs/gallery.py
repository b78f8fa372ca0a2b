"""What is wrong, and where the comparison must find it."""

from dataclasses import dataclass

import numpy as np

import numpy_model
from harness.parity.bugs import activations, layers, optimizers
from harness.parity.bugs.library import library_with, library_with_activation

# The modules of everything that has a mistake in it.
MISTAKEN = {module.__name__ for module in (activations, layers, optimizers)}


@dataclass(frozen=True)
class Bug:
    """A mistake, and where in `simple_cnn` the comparison must find it.

    Attributes:
        name: as `--inject` takes it.
        mistake: what was done wrong, in a sentence.
        layer, quantity, step: of the first difference.
        library: like `numpy_model`, with the mistake in it.
        optimizer, batch_size: with which it shows.
        logits_scale: factor on the last kernel, for a mistake that shows with large logits.
    """

    name: str
    mistake: str
    layer: str
    quantity: str
    step: int = 1
    library: object = numpy_model
    optimizer: str = "sgd"
    batch_size: int = 1
    logits_scale: float = 1.0

    def scaled(self, weights):
        """Return the weights, in Keras's order, with the last kernel scaled."""
        *others, kernel, bias = weights
        return [*others, kernel * np.float32(self.logits_scale), bias]

    def is_in(self, model, optimizer):
        """Return whether a model and its optimizer have anything that the mistake is in."""
        activations_of = [getattr(layer, "activation", None) for layer in model.layers]
        parts = [*model.layers, *activations_of, optimizer]
        return any(kind.__module__ in MISTAKEN for part in parts for kind in type(part).__mro__)


NO_BUG = Bug("none", "No mistake.", "", "")

# In the order in which a step could go wrong: forward, backward, update.
_ALL = (
    Bug(
        "off-by-one-padding",
        "A convolution pads one pixel too many before the image and one too few behind it.",
        layer="conv2d",
        quantity="output",
        library=library_with(Conv2D=layers.ShiftedPaddingConv2D),
    ),
    Bug(
        "channels-first-flatten",
        "Flatten puts one channel after the other; the weights are for data with the channels last.",
        layer="flatten",
        quantity="output",
        library=library_with(Flatten=layers.ChannelsFirstFlatten),
    ),
    Bug(
        "transposed-dense-kernel",
        "A dense layer reads its kernel as if it were stored in the shape (units, inputs).",
        layer="dense",
        quantity="output",
        library=library_with(Dense=layers.TransposedDense),
    ),
    Bug(
        "softmax-without-shift",
        "Softmax does not take the largest logit off first, so exp overflows when logits are large.",
        layer="dense_1",
        quantity="output",
        library=library_with_activation(activations.UnshiftedSoftmax),
        logits_scale=1e5,
    ),
    Bug(
        "softmax-applied-twice",
        "The softmax of the last layer is taken again of the probabilities, as if they were logits.",
        layer="dense_1",
        quantity="output",
        library=library_with_activation(activations.DoubleSoftmax),
    ),
    Bug(
        "loss-gradient-through-softmax-twice",
        "The gradient of the logits, probabilities - targets, goes through the derivative of the softmax once more.",
        layer="dense_1",
        quantity="gradient of kernel",
        library=library_with(Dense=layers.TwiceDifferentiatedDense),
    ),
    Bug(
        "batch-mean-taken-twice",
        "A dense layer divides its gradients by the batch size, which the gradient of the mean loss has done already.",
        layer="dense_1",
        quantity="gradient of kernel",
        library=library_with(Dense=layers.TwiceAveragedDense),
        batch_size=4,
    ),
    Bug(
        "stale-cached-input",
        "The backward pass of a dense layer takes the inputs of the step before.",
        layer="dense_1",
        quantity="gradient of kernel",
        step=2,
        library=library_with(Dense=layers.StaleDense),
    ),
    Bug(
        "gradients-never-set-to-zero",
        "A dense layer adds its gradients to those of the step before.",
        layer="dense_1",
        quantity="gradient of kernel",
        step=2,
        library=library_with(Dense=layers.AccumulatingDense),
    ),
    Bug(
        "kernel-updated-too-early",
        "A dense layer updates its kernel before it passes the gradient down through it.",
        layer="dense_1",
        quantity="gradient of its inputs",
        library=library_with(Dense=layers.HastyDense),
    ),
    Bug(
        "relu-mask-from-gradient",
        "The gradient passes a ReLU where the gradient is positive, not where the outputs are.",
        layer="dense",
        quantity="gradient of kernel",
        library=library_with_activation(activations.ReluMaskedByGradient),
    ),
    Bug(
        "relu-mask-of-all-outputs",
        "The gradient passes a ReLU where the outputs are at least 0, which is everywhere.",
        layer="dense",
        quantity="gradient of kernel",
        library=library_with_activation(activations.ReluWithoutMask),
    ),
    Bug(
        "pooling-gradient-to-all-ties",
        "Max pooling sends its gradient to all equal maxima of a window, not to the first.",
        layer="max_pooling2d",
        quantity="gradient of its inputs",
        library=library_with(MaxPooling2D=layers.SharedMaxPooling2D),
    ),
    Bug(
        "bias-gradient-not-summed",
        "The gradient of a convolution's bias is the mean over all positions, not their sum.",
        layer="conv2d_1",
        quantity="gradient of bias",
        library=library_with(Conv2D=layers.MeanBiasConv2D),
    ),
    Bug(
        "unrotated-kernel",
        "The gradient of a convolution's inputs takes the kernel as the forward pass does, not rotated.",
        layer="conv2d_1",
        quantity="gradient of its inputs",
        library=library_with(Conv2D=layers.UnrotatedConv2D),
    ),
    Bug(
        "learning-rate-applied-twice",
        "The gradients are multiplied by the learning rate before the optimizer does the same.",
        layer="conv2d",
        quantity="kernel",
        library=library_with(SGD=optimizers.TwiceScaledSGD),
    ),
    Bug(
        "dampened-momentum",
        "The velocity takes only 1 - momentum of each gradient; Keras takes all of it.",
        layer="conv2d",
        quantity="kernel",
        library=library_with(SGD=optimizers.DampenedSGD),
        optimizer="momentum",
    ),
    Bug(
        "textbook-adam",
        "Adam adds epsilon to the root of the bias-corrected v; Keras adds it to that of v as it is.",
        layer="conv2d",
        quantity="kernel",
        library=library_with(Adam=optimizers.TextbookAdam),
        optimizer="adam",
    ),
    Bug(
        "forgetful-adam",
        "Adam begins every step with moments of zero.",
        layer="conv2d",
        quantity="kernel",
        step=2,
        library=library_with(Adam=optimizers.ForgetfulAdam),
        optimizer="adam",
    ),
)

BUGS = {bug.name: bug for bug in _ALL}
