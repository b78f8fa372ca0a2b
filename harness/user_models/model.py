"""A user's model, spoken to in Keras's layout.

Letters: N samples, H x W pixels, C channels, F classes.
"""

from dataclasses import dataclass

import numpy as np

from harness.base.errors import UsageError
from harness.user_models.calls import GuardedModel
from harness.user_models.interface import LOSSES, written
from harness.user_models.layouts import batch_to_user, input_layout, labels_to_user, output_layouts, parameter_layouts
from harness.user_models.outputs import ACTIVATIONS, gradient_of_loss
from harness.user_models.shapes import check_count, check_parameters, to_batch
from harness.user_models.twin import find_twin


@dataclass(frozen=True)
class StepResult:
    """What a model reported of a step; `None` for what it did not.

    Attributes:
        loss: mean over the batch, before the step.
        outputs: (N, F) of the whole network, before the step.
        grads: of all parameters, in Keras's layout.
        layer_gradients: those of what each layer was given, (N, ...), `None` for a layer of which it is not known.
    """

    loss: float | None = None
    outputs: np.ndarray | None = None
    grads: list | None = None
    layer_gradients: list | None = None


class UserModel:
    """One model made by the user's function.

    Args:
        loaded: a `LoadedModel`.
        network: a function of the library that returns a `Sequential`, for the shapes of the data set; for a model that
            names no network of its own.
        optimizer: a function of the library that returns an optimizer.
        dtype: of the numbers that the model is given, `"float32"` (the default) or `"float64"`.

    Attributes:
        interface: its `Interface`.
        network: what it is compared with, as a function of the library.
        twin: the `Twin` of that.
        steps_done: training steps taken.

    Raises:
        UsageError: here and in every method, if the model is not as `Interface` says. The message names file, method,
            what was received and what was expected.
        ValueError: if `network` cannot be built.
    """

    def __init__(self, loaded, network, optimizer, dtype="float32"):
        self.interface, self.dtype = loaded.interface, dtype
        self.twin = find_twin(loaded, network, optimizer, dtype)
        self.network = self.twin.network
        self.steps_done = 0
        self._where = loaded.where
        self._guarded = GuardedModel(loaded.make(), loaded.where)
        layers, interface = self.twin.layers, loaded.interface
        self._n_classes = self.twin.output_shape[0]
        self._activation = self._activation_of_logits()
        order = interface.images_channels_first, interface.flatten_channels_first
        self._input_layout = input_layout(layers, *order, interface.column_vectors)
        self._output_layouts = output_layouts(layers, *order)
        self._layouts = parameter_layouts(layers, interface.kernels_channels_first, order[1], interface.out_in)
        arrays = self._first_parameters()
        # From here on with the user's own axes of length 1.
        self._layouts = [layout.reshaped(array.shape) for layout, array in zip(self._layouts, arrays, strict=True)]

    @property
    def learning_rate(self):
        """Of the next step."""
        return self.twin.steps.rate(self.steps_done + 1)

    def _activation_of_logits(self):
        """Return the name of the activation that the model's outputs lack, or `None`."""
        if not self.interface.from_logits:
            return None
        if self.twin.activation not in ACTIVATIONS:
            raise UsageError(
                f"{self._where}: from_logits = True is for a network that ends in {' or '.join(ACTIVATIONS)}; this one "
                f"ends in {self.twin.activation or 'another layer'}, so leave from_logits out"
            )
        return self.twin.activation

    def _first_parameters(self):
        """Return the parameters of a new model, as the user has them; some make them at their first forward pass."""
        try:
            return self._ask_for_parameters("get_weights")
        except UsageError as error:
            if not self.interface.has_forward:
                raise
            try:
                self._outputs(np.zeros((1, *self.twin.input_shape), self.dtype))
            except UsageError:
                raise error from None
        return self._ask_for_parameters("get_weights")

    def check_batch_size(self, batch_size):
        """Raise `UsageError` if the model takes one image at a time, and batches have more."""
        if self.interface.one_image and batch_size != 1:
            raise UsageError(
                f"{self._where}: with one_image = True the batch size must be 1, and it is {batch_size}; "
                "leave out --batch-size"
            )

    def check_inputs(self, value):
        """Say whether to look after every call if the model has changed its inputs, as is done by default."""
        self._guarded.checks_inputs = value

    # Weights

    def get_weights(self):
        """Return copies of all parameters in Keras's layout, of the type in which the model keeps them."""
        return self._to_keras(self._ask_for_parameters("get_weights"))

    def set_weights(self, weights):
        """Set all parameters, from arrays in Keras's layout. The model is given copies, which it may keep."""
        self._guarded.call(
            "set_weights", [layout.to_user(weight) for layout, weight in zip(self._layouts, weights, strict=True)]
        )

    def start(self, weights):
        """Set all parameters, in the type of this model, see that they arrived, and count steps from 0."""
        self.set_weights([weight.astype(self.dtype) for weight in weights])
        self._see_that_they_arrived(weights, np.array_equal)
        self.steps_done = 0

    def go_on(self, weights):
        """Set all parameters, in the types that they have, see that they arrived, and count steps from 0.

        A model that keeps float32 may have made float64 of them in a step, and rounds them when they are set.
        """
        self.set_weights(weights)
        self._see_that_they_arrived(weights, is_equal_in_float32)
        self.steps_done = 0

    def _see_that_they_arrived(self, weights, is_equal):
        for layout, array, weight in zip(self._layouts, self.get_weights(), weights, strict=True):
            if not is_equal(array, weight):
                raise self._guarded.error(
                    "get_weights",
                    f"other weights than were set: {layout.name} differs by up to {np.abs(array - weight).max():.1e}",
                    "what set_weights(weights) was given",
                )

    def keeps_float64(self, weights):
        """Return whether the model keeps numbers that float32 cannot hold. Its parameters are others after this."""
        finer = [weight.astype(np.float64) + 2.0**-40 for weight in weights]
        self.set_weights(finer)
        return all(map(np.array_equal, self.get_weights(), finer))

    def _ask_for_parameters(self, method, *arguments):
        """Return the arrays that a method returns, which are as many and have the shapes of the parameters."""
        answer = self._guarded.call(method, *arguments)
        return self._parameters(answer, method)

    def _parameters(self, answer, method):
        """Return what a method returned as arrays, which are as many and have the shapes of the parameters."""
        check_count(answer, self._layouts, self._guarded, method)
        arrays = [self._guarded.numbers(array, method) for array in answer]
        check_parameters(arrays, self._layouts, self.twin.layers, self.interface, self._guarded, method)
        return arrays

    def _to_keras(self, arrays):
        return [layout.to_keras(array) for layout, array in zip(self._layouts, arrays, strict=True)]

    # Steps

    def step(self, x, y):
        """Take one step, and return a `StepResult`.

        Args:
            x: (N, H, W, C).
            y: (N,) labels.
        """
        self._guarded.step = self.steps_done + 1
        result = self._train_step(x, y) if self.interface.has_train_step else self._step_for_it(x, y)
        self._guarded.step = None
        self.steps_done += 1
        return result

    def _train_step(self, x, y):
        rate = [self.learning_rate] if self.interface.takes_rate else []
        answer = self._guarded.call("train_step", self._images(x), self._labels(y), *rate)
        return StepResult() if answer is None else self._result_of(answer, len(x))

    def _result_of(self, answer, n):
        """Return what `train_step` reported: loss, outputs, or a tuple of either and others, such as accuracy."""
        expected = "the loss, the outputs, or a tuple such as (loss, accuracy)"
        if isinstance(answer, dict):
            raise self._guarded.error("train_step", "a dict", expected)
        parts = answer if isinstance(answer, tuple) else (answer,)
        numbers = [self._guarded.numbers(part, "train_step") for part in parts if part is not None]
        losses = [part for part in numbers if part.size == 1]
        outputs = [part for part in numbers if part.size != 1]
        if outputs and outputs[0].shape in ((2,), (3,)) and outputs[0].size != n * self._n_classes:
            raise self._guarded.error("train_step", f"{outputs[0].size} numbers in one array or list", expected)
        return StepResult(
            loss=float(losses[0].item()) if losses else None,
            outputs=self._whole_outputs(outputs[0], n, "train_step") if outputs else None,
        )

    def _step_for_it(self, x, y):
        """Take a step of plain descent with the gradients of the model's backward pass."""
        answer = self._outputs(x)
        outputs = self._whole_outputs(answer, len(x), "forward")
        if not isinstance(self.interface.loss, str):
            raise UsageError(f"{self._where}: with {written('backward')} the loss must be one of {', '.join(LOSSES)}")
        grad = gradient_of_loss(outputs, y, self.interface.loss, self._activation)
        grad = grad.T if self.interface.column_vectors else grad
        answer = self._guarded.call("backward", grad.reshape(answer.shape).astype(answer.dtype))
        layer_gradients = None
        if isinstance(answer, tuple) and len(answer) == 2 and all(isinstance(part, list | tuple) for part in answer):
            answer, layer_gradients = answer[0], self._gradients_of_layers(answer[1], len(x), "backward")
        grads = self._to_keras(self._parameters(answer, "backward"))
        weights = self.get_weights()
        after = [weight - self.learning_rate * grad for weight, grad in zip(weights, grads, strict=True)]
        self.set_weights([array.astype(weight.dtype) for array, weight in zip(after, weights, strict=True)])
        return StepResult(outputs=outputs, grads=grads, layer_gradients=layer_gradients)

    # Outputs

    def forward(self, x):
        """Return the outputs of the whole network, (N, F), for the batch of the step to come."""
        self._guarded.step = self.steps_done + 1
        return self._whole_outputs(self._outputs(x), len(x), "forward")

    def predict(self, x, batch_size=256):
        """Return the outputs of the whole network, (N, F), for any number of images."""
        self._guarded.step = None
        batch_size = 1 if self.interface.one_image else batch_size
        batches = [x[start : start + batch_size] for start in range(0, len(x), batch_size)]
        return np.concatenate([self._whole_outputs(self._outputs(batch), len(batch), "forward") for batch in batches])

    def layer_outputs(self, x):
        """Return the outputs of every layer, (N, ...), for the batch of the step to come; `None` if not reported."""
        self._guarded.step = self.steps_done + 1
        method = "layer_outputs"
        answer = self._guarded.call(method, self._images(x))
        check_count(answer, self._output_layouts, self._guarded, method)
        outputs = self._of_layers(answer, self._output_layouts, len(x), method)
        if outputs[-1] is not None and self._activation:
            outputs[-1] = ACTIVATIONS[self._activation](outputs[-1])
        return outputs

    def layer_gradients(self, x, y):
        """Return the gradients of what every layer is given, (N, ...), in the step to come; `None` if not reported."""
        self._guarded.step = self.steps_done + 1
        answer = self._guarded.call("layer_gradients", self._images(x), self._labels(y))
        return self._gradients_of_layers(answer, len(x), "layer_gradients")

    def _gradients_of_layers(self, answer, n, method):
        layouts = [self._input_layout, *self._output_layouts[:-1]]
        check_count(answer, layouts, self._guarded, method)
        return self._of_layers(answer, layouts, n, method)

    def _of_layers(self, answer, layouts, n, method):
        """Return arrays of a batch, one for each layout, in Keras's layout; `None` for `None`."""
        arrays = []
        for array, layout in zip(answer, layouts, strict=True):
            if array is not None:
                array = self._guarded.numbers(array, method)
                batch = to_batch(array, layout.user_shape, n, self.interface, self._guarded, method)
                array = np.stack([layout.to_keras(image) for image in batch])
            arrays.append(array)
        return arrays

    def _outputs(self, x):
        """Return the outputs of a batch as the model returns them."""
        return self._guarded.numbers(self._guarded.call("forward", self._images(x)), "forward")

    def _whole_outputs(self, outputs, n, method):
        """Return outputs of the model as those of the whole network, (N, F)."""
        outputs = to_batch(outputs, (self._n_classes,), n, self.interface, self._guarded, method)
        return ACTIVATIONS[self._activation](outputs) if self._activation else outputs

    def _images(self, x):
        return batch_to_user(x, self._input_layout, self.interface.one_image, self.interface.column_vectors)

    def _labels(self, y):
        interface = self.interface
        return labels_to_user(
            y, self._n_classes, self.dtype, interface.one_image, interface.one_hot, interface.column_vectors
        )


def is_equal_in_float32(array, other):
    """Return whether two arrays differ by no more than the rounding to float32."""
    return np.array_equal(array.astype(np.float32), other.astype(np.float32), equal_nan=True)
