"""Small networks from scratch in the styles that people write, each right, and with one mistake.

One network of plain formulas in Keras's layout stands behind all. A style says how arrays lie outside of it, how the
model trains, and what it tells; a mistake is one wrong term.

Letters: N samples, H x W pixels, C channels, K x K a kernel, F filters or classes, D inputs.
"""

from dataclasses import dataclass, field

import numpy as np

SHAPE, N_CLASSES = (8, 6, 2), 3


def cnn(nn, penalty=None):
    """Two convolutions, a pooling and a dense layer."""
    return nn.Sequential(
        [
            nn.Input(SHAPE),
            nn.layers.Conv2D(2, 3, padding="same", activation="relu"),
            nn.layers.Conv2D(3, 3, activation="relu", **({"kernel_regularizer": penalty} if penalty else {})),
            nn.layers.MaxPooling2D(2),
            nn.layers.Flatten(),
            nn.layers.Dense(N_CLASSES, activation="softmax"),
        ]
    )


def penalized_cnn(nn):
    """The same with an L2 penalty, 0.01 * sum(kernel²), on its second convolution."""
    return cnn(nn, nn.regularizers.L2(0.01))


def mlp(nn, activation="softmax"):
    """Two dense layers."""
    layers = [nn.layers.Dense(5, activation="relu"), nn.layers.Dense(N_CLASSES, activation=activation)]
    return nn.Sequential([nn.Input(SHAPE), nn.layers.Flatten(), *layers])


def sigmoid_mlp(nn):
    """The same with a sigmoid at its end."""
    return mlp(nn, "sigmoid")


def decaying_sgd(nn, learning_rate):
    """Plain descent whose learning rate falls as 1 / (1 + t)."""
    return nn.optimizers.SGD(nn.optimizers.schedules.InverseTimeDecay(learning_rate, 1, 1.0))


def patches_of(images, margin=0):
    """Return the 3 x 3 pixels at every place, (N, H, W, 3, 3, C), with zeros around the images."""
    padded = np.pad(images, ((0, 0), (margin, margin), (margin, margin), (0, 0)))
    return np.moveaxis(np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2)), 3, -1)


class Model:
    """A network of one style.

    Args:
        style: a `Style`.
        mistake: that is made, or `""`.
    """

    def __init__(self, style, mistake=""):
        self.style, self.mistake = style, mistake
        self.network = style.network
        for name, value in style.attributes.items():
            setattr(self, name, value)
        self.is_cnn = style.network not in (mlp, sigmoid_mlp)
        shapes = (
            [(3, 3, 2, 2), (2,), (3, 3, 2, 3), (3,), (18, 3), (3,)] if self.is_cnn else [(96, 5), (5,), (5, 3), (3,)]
        )
        self.weights = None if "lazy" in style.does else [np.zeros(shape, style.dtype) for shape in shapes]
        self._shapes = shapes
        self.t, self.first, self.second = 0, [0.0] * len(shapes), [0.0] * len(shapes)
        for method in style.has:
            setattr(self, method, getattr(self, f"_{method}"))

    def has(self, name):
        """Return whether an attribute is set."""
        return bool(self.style.attributes.get(name, self.style.attributes.get("channels_first", False)))

    # Arrays, as they lie outside

    def get_weights(self):
        return [self._outside(index, weight) for index, weight in enumerate(self.weights)]

    def set_weights(self, weights):
        self.weights = [self._inside(index, weight).astype(self.style.dtype) for index, weight in enumerate(weights)]

    def _order(self):
        """Return the row of the first dense kernel that stands at each place outside."""
        shape = (3, 2, 3) if self.is_cnn else SHAPE
        rows = np.arange(np.prod(shape)).reshape(shape)
        return (np.moveaxis(rows, -1, 0) if self.has("flatten_channels_first") else rows).ravel()

    def _outside(self, index, array):
        if array.ndim == 4 and self.has("kernels_channels_first"):
            return array.transpose(3, 2, 0, 1).copy()
        if array.ndim == 2:
            array = array[self._order()] if index == self._first_dense() else array
            return array.T.copy() if self.style.attributes.get("out_in") else array.copy()
        return array[:, np.newaxis].copy() if self.style.attributes.get("column_vectors") else array.copy()

    def _inside(self, index, array):
        if array.ndim == 4:
            return array.transpose(2, 3, 1, 0) if self.has("kernels_channels_first") else array
        if array.shape != self._shapes[index] and array.size == max(array.shape):
            return array.ravel()
        if array.ndim == 2:
            array = array.T if self.style.attributes.get("out_in") else array
            return array[np.argsort(self._order())] if index == self._first_dense() else array
        return array

    def _first_dense(self):
        return 4 if self.is_cnn else 0

    def _images(self, x):
        if self.style.attributes.get("column_vectors"):
            return x.T[:, np.argsort(self._order())].reshape(-1, *SHAPE)
        x = x[np.newaxis] if self.style.attributes.get("one_image") else x
        return np.moveaxis(x, 1, -1) if self.has("images_channels_first") else x

    def _targets(self, y):
        if self.style.attributes.get("one_hot"):
            y = y.T if self.style.attributes.get("column_vectors") else y
            y = np.atleast_2d(y).argmax(axis=1)
        return np.eye(N_CLASSES)[np.atleast_1d(y) - (self.mistake == "labels off by one")]

    # Forward and backward

    def _run(self, x):
        if self.weights is None:
            self.weights = [np.zeros(shape) for shape in self._shapes]
        self.outputs = []
        if self.is_cnn:
            kernel, bias, second_kernel, second_bias, *_ = self.weights
            kernel = kernel[::-1] if self.mistake == "kernel upside down" else kernel
            self.patches = patches_of(x, margin=1)
            self.first_output = np.maximum(np.einsum("nhwklc,klcf->nhwf", self.patches, kernel) + bias, 0)
            self.second_patches = patches_of(self.first_output)
            logits = np.einsum("nhwklc,klcf->nhwf", self.second_patches, second_kernel) + second_bias
            self.second_output = np.maximum(logits, 0)
            pixels = self.second_output.reshape(-1, 3, 2, 2, 2, 3).transpose(0, 1, 3, 5, 2, 4)
            self.pixels = pixels.reshape(-1, 3, 2, 3, 4)
            pooled = self.pixels.mean(axis=-1) if self.mistake == "pooling averages" else self.pixels.max(axis=-1)
            self.inputs = pooled.reshape(len(x), -1)
            self.outputs += [self.first_output, self.second_output, pooled, self.inputs]
        else:
            flat = x.reshape(len(x), -1)
            self.inputs, self.flat = np.maximum(flat @ self.weights[0] + self.weights[1], 0), flat
            self.outputs += [flat, self.inputs]
        logits = self.inputs @ self.weights[-2] + self.weights[-1]
        if self.style.network is sigmoid_mlp:
            return logits, 1 / (1 + np.exp(-logits))
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return logits, powers / powers.sum(axis=1, keepdims=True)

    def _logits_gradient(self, outputs, targets):
        n = 1 if self.mistake == "summed over the batch" else len(targets)
        if self.style.attributes.get("loss") == "mean_squared_error":
            mean = 2 * (outputs - targets) / (1 if self.mistake == "summed over the classes" else N_CLASSES)
            return mean * outputs * (1 - outputs) / n
        if self.style.attributes.get("loss") == "binary_crossentropy":
            return (outputs - targets) / N_CLASSES / n * (0.5 if self.mistake == "half the gradient" else 1)
        return (outputs - targets) / n

    def _gradients(self, grad):
        """Return the gradients of all weights, and of what each layer was given."""
        wrong = self.mistake
        dense = [self.inputs.T @ grad, -grad.sum(axis=0) if wrong == "sign of a bias" else grad.sum(axis=0)]
        dense[1] = 0 * dense[1] if wrong == "bias not trained" else dense[1]
        grad = grad @ self.weights[-2].T
        if not self.is_cnn:
            inputs_gradient, grad = grad, grad if wrong == "no derivative of ReLU" else grad * (self.inputs > 0)
            weights = [self.flat.T @ grad, grad.sum(axis=0)]
            return [*weights, *dense], [None, grad @ self.weights[0].T, inputs_gradient]
        flat, grad = grad, grad.reshape(-1, 3, 2, 3)
        pooled, place = (
            grad,
            np.zeros(grad.shape, int) if wrong == "place of the maximum" else self.pixels.argmax(axis=-1),
        )
        grad = (grad[..., np.newaxis] * np.eye(4)[place]).reshape(-1, 3, 2, 3, 2, 2)
        unpooled = grad = grad.transpose(0, 1, 4, 2, 5, 3).reshape(-1, 6, 4, 3)
        grad = grad if wrong == "no derivative of ReLU" else grad * (self.second_output > 0)
        second = [np.einsum("nhwklc,nhwf->klcf", self.second_patches, grad), grad.sum(axis=(0, 1, 2))]
        kernel = self.weights[2]
        if self.style.network is penalized_cnn:
            second[0] += (0.01 if wrong == "half the penalty" else 0.02) * kernel
        turned = kernel if wrong == "kernel not turned" else kernel[::-1, ::-1]
        grad = np.einsum("nhwklf,klcf->nhwc", patches_of(grad, margin=2), turned)
        between, grad = grad, grad * (self.first_output > 0)
        first = [np.einsum("nhwklc,nhwf->klcf", self.patches, grad), grad.sum(axis=(0, 1, 2))]
        return [*first, *second, *dense], [None, between, unpooled, pooled, flat]

    # What models have

    def _told(self, array):
        if self.style.attributes.get("one_image"):
            return array[0][:, np.newaxis] if self.style.attributes.get("column_vectors") else array[0]
        return array.T if self.style.attributes.get("column_vectors") and array.ndim == 2 else array

    def _forward(self, x):
        logits, outputs = self._run(self._images(x))
        return self._told(logits if self.style.attributes.get("from_logits") else outputs)

    def _backward(self, gradient_of_the_outputs):
        gradients, layer_gradients = self._gradients(gradient_of_the_outputs)
        gradients = [self._outside(index, gradient) for index, gradient in enumerate(gradients)]
        return (gradients, layer_gradients) if "tells layer gradients" in self.style.does else gradients

    def _layer_outputs(self, x):
        self._run(self._images(x))
        return [*self.outputs, None]

    def _layer_gradients(self, x, y):
        _, outputs = self._run(self._images(x))
        return self._gradients(self._logits_gradient(outputs, self._targets(y)))[1]

    def _train_step(self, x, y, learning_rate):
        _, outputs = self._run(self._images(x))
        targets = self._targets(y)
        gradients, _ = self._gradients(self._logits_gradient(outputs, targets))
        self.t += 1
        steps = [self._change(index, gradient) for index, gradient in enumerate(gradients)]
        rate = learning_rate * (2 if self.mistake == "rate of its own" else 1)
        if self.mistake == "no decay":
            rate = 0.005
        self.weights = [(old - rate * step).astype(old.dtype) for old, step in zip(self.weights, steps, strict=True)]
        if "tells loss and accuracy" in self.style.does:
            loss = float(-np.log((outputs * targets).sum(axis=1)).mean())
            return loss * (len(x) if self.mistake == "loss summed" else 1), 0.5

    def _change(self, index, gradient):
        """Return the step of the optimizer, before the learning rate."""
        kind, wrong = self.style.steps, self.mistake
        if kind == "sgd" or wrong == "plain steps":
            return gradient
        if kind in ("momentum", "nesterov"):
            kept = 0.0 if wrong == "velocity forgotten" else 0.9
            self.first[index] = kept * self.first[index] + gradient * (0.1 if wrong == "dampened" else 1)
            return 0.9 * self.first[index] + gradient if kind == "nesterov" else self.first[index]
        if wrong == "moments forgotten":
            self.first[index] = self.second[index] = 0.0
        self.first[index] = 0.9 * self.first[index] + 0.1 * gradient
        self.second[index] = 0.999 * self.second[index] + 0.001 * gradient**2
        first, second = 1 - 0.9**self.t, 1 - 0.999**self.t
        if wrong == "no correction":
            first = second = 1
        if kind == "adam":
            return self.first[index] / first * np.sqrt(second) / (np.sqrt(self.second[index]) + 1e-7)
        return self.first[index] / first / (np.sqrt(self.second[index] / second) + 1e-7)


@dataclass(frozen=True)
class Style:
    """How a model is written, and a mistake in it.

    Attributes:
        name: of the style.
        mistake: that can be made.
        finds: what the proof says of it.
        attributes: of the model.
        has: its methods beside `get_weights` and `set_weights`.
        does: what else it does.
        network: a function of the library.
        steps: the kind of its steps.
        dtype: of its weights.
        batch_size: of the proof.
    """

    name: str
    mistake: str
    finds: tuple[str, ...]
    attributes: dict = field(default_factory=dict)
    has: tuple[str, ...] = ("train_step",)
    does: tuple[str, ...] = ()
    network: object = cnn
    steps: str = "sgd"
    dtype: str = "float64"

    @property
    def batch_size(self):
        """Of the proof."""
        return 1 if self.attributes.get("one_image") else 4


TRAIN, ASKED, ALL = (
    ("train_step",),
    ("train_step", "forward"),
    ("train_step", "forward", "layer_outputs", "layer_gradients"),
)
FROM_CONV2D_1 = ("layer conv2d: gradient of kernel", "or at the gradient that comes from conv2d_1")
STYLES = (
    Style("batches", "summed over the batch", ("layer dense", "it is summed over the batch")),
    Style("one image", "kernel not turned", FROM_CONV2D_1, {"one_image": True}, ASKED),
    Style(
        "one image, one-hot",
        "sign of a bias",
        ("layer dense", "gradient of bias", "it has the wrong sign"),
        {"one_image": True, "one_hot": True},
        ASKED,
    ),
    Style(
        "batches, one-hot", "no derivative of ReLU", ("layer conv2d_1: gradient of kernel",), {"one_hot": True}, ASKED
    ),
    Style(
        "channels first",
        "place of the maximum",
        ("layer conv2d_1: gradient of kernel", "that comes from dense, flatten, max_pooling2d"),
        {"channels_first": True},
        ASKED,
    ),
    Style(
        "images channels first",
        "labels off by one",
        ("layer dense", "look at the labels", "labels are off by one"),
        {"images_channels_first": True},
        ASKED,
    ),
    Style("kernels channels first", "kernel not turned", FROM_CONV2D_1, {"kernels_channels_first": True}, ASKED),
    Style(
        "flattened channels first",
        "kernel upside down",
        ("layer dense: output differs", "look at its forward pass, or at that of conv2d, conv2d_1"),
        {"flatten_channels_first": True},
        ASKED,
    ),
    Style(
        "outputs first",
        "bias not trained",
        ("layer dense: output equal, gradient of bias differs",),
        {"out_in": True},
        ASKED,
    ),
    Style(
        "columns",
        "summed over the batch",
        ("layer dense_1", "it is summed over the batch"),
        {"column_vectors": True, "out_in": True, "one_hot": True},
        ASKED,
        network=mlp,
    ),
    Style(
        "one column",
        "no derivative of ReLU",
        ("layer dense: gradient of kernel",),
        {"column_vectors": True, "out_in": True, "one_hot": True, "one_image": True},
        ASKED,
        network=mlp,
    ),
    Style(
        "a backward pass",
        "no derivative of ReLU",
        ("layer conv2d_1: gradient of kernel",),
        {"from_logits": True},
        ("forward", "backward"),
    ),
    Style(
        "a backward pass that tells all",
        "place of the maximum",
        ("layer max_pooling2d", "gradient of its inputs differs", "look at its backward pass"),
        {"from_logits": True},
        ("forward", "backward", "layer_outputs"),
        ("tells layer gradients",),
    ),
    Style("all is told", "pooling averages", ("layer max_pooling2d: output differs", "forward pass"), has=ALL),
    Style(
        "mean squared error",
        "summed over the classes",
        ("layer dense_1", "which is the number of classes: it is summed over them"),
        {"loss": "mean_squared_error"},
        ASKED,
        network=sigmoid_mlp,
    ),
    Style(
        "binary cross-entropy",
        "half the gradient",
        ("layer dense_1", "it is 0.5 times the right one"),
        {"loss": "binary_crossentropy", "one_hot": True},
        ASKED,
        network=sigmoid_mlp,
    ),
    Style(
        "Adam",
        "moments forgotten",
        ("step 2", "look at the optimizer", "moments that are forgotten at every step"),
        {"optimizer": "adam"},
        ASKED,
        steps="adam",
    ),
    Style(
        "Adam of its paper, silent",
        "no correction",
        ("look at the optimizer", "without the correction of its first steps"),
        {"optimizer": "adam"},
        steps="paper adam",
    ),
    Style(
        "Adam in float32, one image",
        "kernel not turned",
        ("layer conv2d: output equal, kernel after the update", "or at the gradient that comes from conv2d_1"),
        {"optimizer": "adam", "one_image": True},
        ALL[:3],
        steps="adam",
        dtype="float32",
    ),
    Style(
        "momentum",
        "dampened",
        ("look at the optimizer", "the velocity takes only 0.1 of each gradient"),
        {"optimizer": "sgd:momentum=0.9"},
        ASKED,
        network=mlp,
        steps="momentum",
    ),
    Style(
        "Nesterov's momentum",
        "plain steps",
        ("look at the optimizer", "a step without Nesterov's look ahead"),
        {"optimizer": "sgd:momentum=0.9,nesterov=True"},
        ASKED,
        network=mlp,
        steps="nesterov",
    ),
    Style(
        "a decay",
        "no decay",
        ("step 2", "a learning rate of 0.005 in place of 0.0025"),
        {"optimizer": decaying_sgd},
        network=mlp,
    ),
    Style(
        "an L2 penalty",
        "half the penalty",
        ("layer conv2d_1", "it lacks 0.01 times the weights"),
        has=ASKED,
        network=penalized_cnn,
    ),
    Style(
        "lazy weights",
        "rate of its own",
        ("it is 2 times the right one", "a learning rate of 0.01"),
        {},
        ASKED,
        ("lazy",),
    ),
    Style(
        "loss and accuracy",
        "loss summed",
        ("loss differs", "the batch size"),
        {},
        ASKED,
        ("tells loss and accuracy",),
    ),
    Style("float32", "no derivative of ReLU", ("in float32", "layer conv2d_1"), {}, ASKED, dtype="float32"),
)
