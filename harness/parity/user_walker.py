"""Single training steps of a user's model, and what can be known of them.

Letters: N samples, H x W pixels, C channels, F classes.
"""

import numpy as np

from harness.base.errors import UsageError
from harness.user_models.model import UserModel

# An output that is inferred from a gradient must be probabilities but for this much, or the gradient is at fault. It is
# far above rounding, and far below what a gradient of double size does to them.
SLACK = 1e-3


class UserWalker:
    """A user's model that takes one training step at a time and reports what it did, as `NumpyWalker` does.

    Gradients that the model does not tell are inferred from its step: of plain descent as (before - after) / learning
    rate, and with a velocity from the step before too; from other steps they are not known. Where it reports no outputs
    either, those of the last layer follow at batch size 1 from the gradient of the last bias, which with a softmax and
    its cross-entropy is probabilities - one-hot: without them a mistake in the forward pass would be blamed on the
    backward pass.

    Args:
        loaded: a `LoadedModel`.
        network: a function of the library that returns a `Sequential`, for the shapes of the data set.
        optimizer: a function of the library that returns an optimizer.
        dtype: `"float32"` or `"float64"`.

    Attributes:
        network: what the model is compared with, as a function of the library.
        names: of the layers.
        step_rule: the `StepRule` of the optimizer.
    """

    def __init__(self, loaded, network, optimizer, dtype):
        self._model = UserModel(loaded, network, optimizer, dtype)
        self._where = loaded.where
        self._layers = self._model.twin.layers
        self._after = self._velocity = None
        self.network = self._model.network
        self.names = [layer.name for layer in self._layers]
        self.step_rule = self._model.twin.steps

    def initialize(self, seed):
        """Draw the parameters of the network from a seed, and return them."""
        return self._model.twin.draw(seed)

    def check_batch_size(self, batch_size):
        """Raise `UsageError` if the model takes one image at a time, and batches have more."""
        self._model.check_batch_size(batch_size)

    def keeps_float64(self, weights):
        """Return whether the model keeps numbers that float32 cannot hold. Its parameters are others after this."""
        return self._model.keeps_float64(weights)

    def start(self, weights):
        """Set all parameters."""
        self._model.start(weights)
        self._after = self._model.get_weights()
        self._velocity = [np.zeros(array.shape) for array in self._after]

    def steps(self, batches):
        """Take a step for each batch (x, y), and yield what it did, as `step` returns it."""
        for x, y in batches:
            yield self.step(x, y)

    def step(self, x, y):
        """Take one step, and return what it did, as a dictionary with one entry per layer in every list.

        Args:
            x: (N, H, W, C).
            y: (N,) labels.

        Returns:
            The same as `NumpyWalker.steps` yields, `None` for what the model does not report; and `rounding`, by
            parameter name and `"output"`, how far what was inferred may be off.
        """
        before = self._model.get_weights()
        self._check_untouched(before)
        outputs = self._outputs(x)
        layer_gradients = self._model.layer_gradients(x, y) if self._model.interface.has_layer_gradients else None
        learning_rate = self._model.learning_rate
        result = self._model.step(x, y)
        self._after = self._model.get_weights()
        grads, rounding = result.grads, [0.0 for _ in before]
        if grads is None:
            grads, rounding = self._inferred(before, learning_rate)
        grads, rounding = self._of_trained(grads), self._of_trained(rounding)
        if outputs[-1] is None:
            outputs[-1] = result.outputs
        if outputs[-1] is None and self._begins_with_errors:
            outputs[-1] = inferred_probabilities(grads, y, result.loss)
            rounding[-1]["output"] = last_bias(rounding) or 0.0
        return {
            "loss": result.loss,
            "outputs": outputs,
            "grads": grads,
            "grad_inputs": layer_gradients or result.layer_gradients or [None for _ in self.names],
            "params": self._by_layer(self._after),
            "rounding": rounding,
        }

    @property
    def _begins_with_errors(self):
        """Whether the gradient of the last bias is probabilities - one-hot."""
        return self._model.interface.is_crossentropy and self._model.twin.activation == "softmax"

    def _inferred(self, before, learning_rate):
        """Return the gradients that the last step took and how far they may be off; none if they are not known."""
        steps = self._model.twin.steps
        if steps.momentum is None:
            return [None for _ in before], [None for _ in before]
        inferred = inferred_gradients(before, self._after, learning_rate, steps, self._velocity)
        for velocity, grad in zip(self._velocity, inferred[0], strict=True):
            velocity *= steps.momentum
            velocity -= learning_rate * grad
        return inferred

    def _outputs(self, x):
        """Return the outputs of the layers that the model can be asked for before it takes its step."""
        interface = self._model.interface
        outputs = self._model.layer_outputs(x) if interface.has_layer_outputs else [None for _ in self.names]
        if outputs[-1] is None and interface.has_forward and interface.has_train_step:
            outputs[-1] = self._model.forward(x)
        return outputs

    def _check_untouched(self, before):
        for array, kept in zip(before, self._after, strict=True):
            if not np.array_equal(array, kept, equal_nan=True):
                raise UsageError(
                    f"{self._where}: the weights changed between two steps; two models are made for two precisions, "
                    "and must not share their weights, in global variables for instance"
                )

    def _by_layer(self, values):
        """Return values, one for each parameter, as a dictionary for each layer."""
        values = iter(values)
        return [{name: next(values) for name in layer.params} for layer in self._layers]

    def _of_trained(self, values):
        """Return those values that are known of parameters that the optimizer changes, as `_by_layer` does."""
        return [
            {name: value for name, value in found.items() if name in layer.trained and value is not None}
            for found, layer in zip(self._by_layer(values), self._layers, strict=True)
        ]


def inferred_gradients(before, after, learning_rate, steps=None, velocity=None):
    """Return the gradients that a step of descent took, and how far rounding may have put each of them off.

        step = momentum * velocity - learning_rate * grad
        step = momentum² * velocity - (1 + momentum) * learning_rate * grad     with Nesterov

    A parameter is rounded once when it is updated, by half of its last digit at most. Divided by the learning rate that
    is half of eps * |parameter| / learning_rate; twice as much is allowed, for what else is rounded on the way, and
    more where the velocity was inferred too.

    Args:
        before, after: the parameters.
        learning_rate: of the step.
        steps: the `StepRule`; default `None`, plain descent.
        velocity: before the step, an array for each parameter.
    """
    momentum, is_ahead = (steps.momentum, steps.nesterov) if steps else (0.0, False)
    part, length = (momentum**2, (1 + momentum) * learning_rate) if is_ahead else (momentum, learning_rate)
    grads, rounding = [], []
    for index, (one, other) in enumerate(zip(before, after, strict=True)):
        grad = (one.astype(np.float64) - other.astype(np.float64)) / length
        grads.append(grad + part * velocity[index] / length if momentum else grad)
        largest = float(max(np.abs(one).max(initial=0), np.abs(other).max(initial=0)))
        rounding.append((1 + 2 * momentum) * float(np.finfo(one.dtype).eps) * largest / learning_rate)
    return grads, rounding


def inferred_probabilities(grads, y, loss):
    """Return the probabilities (1, F) that the gradient of the last bias shows for one image, or `None`.

    They are returned only if they are probabilities and have the loss that the model reports: else the gradient is
    another one, of another loss or of a step of another size, and it must be found as that.

    Args:
        grads: by name, for each layer.
        y: (N,) labels.
        loss: what the model reported, or `None`.
    """
    grad = last_bias(grads)
    if grad is None or len(y) != 1:
        return None
    probabilities = grad[np.newaxis].copy()
    probabilities[0, y[0]] += 1
    is_told = (
        probabilities.min() > -SLACK
        and abs(probabilities.sum() - 1) < SLACK
        and (loss is None or abs(np.exp(-loss) - probabilities[0, y[0]]) < SLACK)
    )
    return probabilities if is_told else None


def last_bias(by_layer):
    """Return what is known of the bias of the last layer that has parameters, or `None`.

    Args:
        by_layer: values by name, for each layer.
    """
    return next((of_layer.get("bias") for of_layer in reversed(by_layer) if of_layer), None)


def what_is_inferred(interface, batch_size, is_float64_known, momentum=0.0):
    """Return sentences that say what of a user's model is compared although it does not tell it, and what is not.

    Args:
        interface: an `Interface`.
        batch_size: of the comparison.
        is_float64_known: whether the model was compared in float64.
        momentum: of its steps; `None` if they are none of descent.
    """
    sentences, is_inferred = [], interface.is_crossentropy and batch_size == 1 and momentum is not None
    if interface.has_train_step:
        sentences.append(
            "Gradients do not follow from the steps of this optimizer: the updates themselves are compared."
            if momentum is None
            else "Gradients are inferred from the steps, as (before - after) / learning rate"
            + (" and the velocity that the steps before have left." if momentum else ".")
        )
    if interface.has_train_step and not interface.has_forward:
        sentences.append(
            "Outputs of the last layer are inferred from the gradient of its bias, unless train_step returns them: a "
            "method forward(x) would tell them."
            if is_inferred
            else "Outputs are compared only if train_step returns them: a method forward(x) would tell them."
        )
    if not interface.has_layer_outputs:
        sentences.append("Outputs of the other layers are not known: a method layer_outputs(x) would tell them.")
    if not is_float64_known:
        sentences.append("The model keeps its weights in float32, so it is not compared in float64.")
    return sentences
