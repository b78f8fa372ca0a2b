"""Users' models made of `numpy_model`, in every layout: right, fast, and put into order by code of their own."""

import numpy as np

import numpy_model
from harness.experiments.networks import NETWORKS
from harness.user_models.interface import FLAGS, read_interface
from harness.user_models.loading import LoadedModel
from numpy_model import activations


class Wrapped:
    """What all of these are: a `numpy_model.Sequential` whose arrays are put into the user's layout.

    Args:
        dtype: that it computes in.
        network: a name from `NETWORKS`.
        column_biases: whether biases are (F, 1).
        flags: attributes of an `Interface`.
    """

    def __init__(self, dtype="float64", network="simple_cnn", column_biases=False, **flags):
        numpy_model.config.set_floatx(dtype)
        self.model = NETWORKS[network](numpy_model)
        self.optimizer = numpy_model.optimizers.SGD()
        self.model.compile(self.optimizer)
        self.network = network
        self.column_biases = column_biases
        for name in FLAGS:
            setattr(self, name, flags.get(name, False))
        self._orders = {}
        for before, after in zip(self.model.layers, self.model.layers[1:], strict=False):
            if after.name == "flatten":
                pixels = np.arange(np.prod(before.output_shape)).reshape(before.output_shape)
                first_dense = next(layer.name for layer in self.model.layers if layer.name.startswith("dense"))
                self._orders[f"{first_dense}/kernel"] = np.moveaxis(pixels, -1, 0).ravel()

    def get_weights(self):
        return [self._to_user(name, param) for name, param in self.model.params.items()]

    def set_weights(self, weights):
        self.model.set_weights(
            [self._to_ours(name, weight) for name, weight in zip(self.model.params, weights, strict=True)]
        )

    def _to_user(self, name, array):
        array = array.copy()
        if array.ndim == 4 and self.channels_first:
            return np.moveaxis(array, [2, 3], [1, 0])
        if array.ndim == 3 and self.channels_first:
            return np.moveaxis(array, 2, 0)
        if array.ndim == 2 and self.channels_first and name in self._orders:
            array = array[self._orders[name]]
        if array.ndim == 2 and self.out_in:
            return array.T
        return array[:, None] if array.ndim == 1 and self.column_biases else array

    def _to_ours(self, name, array):
        if array.ndim == 4 and self.channels_first:
            return np.moveaxis(array, [0, 1], [3, 2])
        if array.ndim == 3:
            return np.moveaxis(array, 0, 2) if self.channels_first else array
        if name.endswith("bias"):
            return array.ravel()
        array = array.T if array.ndim == 2 and self.out_in else array
        if array.ndim == 2 and self.channels_first and name in self._orders:
            inverse = np.empty_like(self._orders[name])
            inverse[self._orders[name]] = np.arange(len(inverse))
            array = array[inverse]
        return array

    def images(self, x):
        x = x[np.newaxis] if self.one_image else x
        return np.moveaxis(x, 1, -1) if self.channels_first else x

    def labels(self, y):
        if self.one_hot:
            assert y.ndim == (1 if self.one_image else 2)
            return np.atleast_1d(np.asarray(y).argmax(axis=-1))
        return np.array([y]) if self.one_image else y

    def outputs(self, x):
        probabilities = self.model.predict(self.images(x), verbose=0).copy()
        outputs = np.log(probabilities) if self.from_logits else probabilities
        return outputs[0] if self.one_image else outputs

    def descend(self, x, y, learning_rate):
        """Take a step, and return the loss."""
        self.optimizer.learning_rate = learning_rate
        return self.model.train_on_batch(self.images(x), self.labels(y))


class Silent(Wrapped):
    """Takes steps, and tells nothing."""

    def train_step(self, x, y, learning_rate):
        self.descend(x, y, learning_rate)


class TellsLoss(Silent):
    """Tells the loss."""

    def train_step(self, x, y, learning_rate):
        return self.descend(x, y, learning_rate)


class TellsOutputs(Silent):
    """Tells the outputs from before the step."""

    def train_step(self, x, y, learning_rate):
        outputs = self.outputs(x)
        self.descend(x, y, learning_rate)
        return outputs


class HasForward(Silent):
    """Can be asked for outputs."""

    def forward(self, x):
        return self.outputs(x)


class HasLayerOutputs(Silent):
    """Can be asked for the outputs of every layer."""

    def layer_outputs(self, x):
        outputs, found = self.images(x), []
        for layer in self.model.layers:
            outputs = layer.forward(outputs)
            user = np.moveaxis(outputs, -1, 1) if self.channels_first and outputs.ndim == 4 else outputs
            if self.channels_first and layer.name == "flatten":
                user = np.moveaxis(outputs.reshape(-1, *layer.input_shape), -1, 1).reshape(len(outputs), -1)
            user = np.log(user) if self.from_logits and layer is self.model.layers[-1] else user
            found.append(user[0].copy() if self.one_image else user.copy())
        return found


class HasBackward(Wrapped):
    """Has a forward and a backward pass, and takes no step itself."""

    def forward(self, x):
        outputs = self.images(x)
        for layer in self.model.layers:
            outputs = layer.forward(outputs, training=True)
        outputs = np.log(outputs) if self.from_logits else outputs.copy()
        return outputs[0] if self.one_image else outputs

    def backward(self, gradient_of_the_outputs):
        grad = np.array(gradient_of_the_outputs, ndmin=2)
        *layers, last = self.model.layers
        softmax = last.activation
        if self.from_logits:  # then the gradient is that of what the softmax was given
            last.activation = activations.get("linear")
        grad = last.backward(grad)
        last.activation = softmax
        for layer in reversed(layers):
            grad = layer.backward(grad)
        grads = {f"{layer.name}/{name}": grad for layer in self.model.layers for name, grad in layer.grads.items()}
        return [self._to_user(name, grad) for name, grad in grads.items()]


KINDS = (Silent, TellsLoss, TellsOutputs, HasForward, HasLayerOutputs, HasBackward)


def loaded(make, where="my_model.py"):
    """Return a `LoadedModel` of what a function () makes."""
    return LoadedModel("my_model", where, read_interface(make(), where), make)
