"""Sequential: layers one after the other, trained by gradient descent.

Letters: N samples, F classes.
"""

import itertools

import numpy as np

from numpy_model import arithmetic, losses, optimizers
from numpy_model.input import Input
from numpy_model.layers.layer import Layer, is_whole
from numpy_model.scores import History, as_keras_returns, epoch_scores, line_of
from numpy_model.summary import summary_table
from numpy_model.team import Team
from numpy_model.training import BLOCK_SIZE, Network, Trainer
from numpy_model.weights_file import read_weights, write_weights


class Sequential:
    """A chain of layers.

    Args:
        layers: an `Input`, then layers, built at once from first to last.
        name: default `"sequential"`.

    Attributes:
        layers: without the `Input`. Layers of one class are named as Keras does: conv2d, conv2d_1, ...
        input_shape, output_shape: of one sample.
        optimizer, loss, metrics: once compiled; before, `None`, `None` and `[]`.

    Raises:
        ValueError: if the list is empty, does not begin with an `Input`, or a layer does not fit on the one before.
    """

    def __init__(self, layers, name="sequential"):
        if (
            len(layers) < 2
            or not isinstance(layers[0], Input)
            or not all(isinstance(step, Layer) for step in layers[1:])
        ):
            raise ValueError("Sequential needs a list of an Input, such as Input((28, 28, 1)), and then layers")
        self.name = name
        self.layers = list(layers[1:])
        self.input_shape = layers[0].shape
        self.optimizer, self.loss, self.metrics = None, None, []
        self._check_layers()
        self._number_names()
        shape = self.input_shape
        for layer in self.layers:
            shape = layer.build(shape)
        self.output_shape = shape
        self.layers[0].needs_input_gradient = False
        self._network = Network(self.layers)
        self._team = Team(self._network)

    def _check_layers(self):
        for index, layer in enumerate(self.layers):
            if layer.input_shape is not None or layer in self.layers[:index]:
                raise ValueError(f"layer {layer.name} is in a model already; make a new one for each place")
            if layer.dtype != self.layers[0].dtype:
                raise ValueError(
                    f"layer {layer.name} computes in {layer.dtype}, and the first layer in {self.layers[0].dtype}; "
                    "give all layers of a model the same dtype"
                )

    def __reduce_ex__(self, protocol):
        raise TypeError("a Sequential cannot be copied or pickled; build it again, and use get_weights and set_weights")

    def _number_names(self):
        taken = set()
        for layer in self.layers:
            numbered = (f"{layer.name}_{count}" for count in itertools.count(1))
            layer.name = next(name for name in itertools.chain([layer.name], numbered) if name not in taken)
            taken.add(layer.name)

    # Parameters

    @property
    def dtype(self):
        """The type that the layers compute in."""
        return np.dtype(self.layers[0].dtype)

    @property
    def params(self):
        """The parameter arrays themselves, in Keras's order, under names such as `conv2d_1/kernel`."""
        return {f"{layer.name}/{name}": param for layer in self.layers for name, param in layer.params.items()}

    def count_params(self):
        """Return the number of trained numbers."""
        return sum(layer.count_params() for layer in self.layers)

    def initialize(self, seed):
        """Draw all parameters again with the layers' initializers, from one seed or generator."""
        rng = np.random.default_rng(seed)
        for layer in self.layers:
            layer.initialize(rng)

    def get_weights(self):
        """Return copies of all parameters, in Keras's order."""
        return [param.copy() for param in self.params.values()]

    def set_weights(self, weights):
        """Set all parameters, from arrays in Keras's order.

        Raises:
            ValueError: for another number of arrays, or an array of another shape.
        """
        params = list(self.params.values())
        if len(weights) != len(params):
            raise ValueError(f"{self.name} has {len(params)} parameter arrays, and received {len(weights)}")
        for index, (param, weight) in enumerate(zip(params, weights, strict=True)):
            if param.shape != np.shape(weight):
                raise ValueError(
                    f"parameter {index} of {self.name} has shape {param.shape}, and received {np.shape(weight)}"
                )
        for param, weight in zip(params, weights, strict=True):
            np.copyto(param, weight)

    def save_weights(self, path):
        """Write all parameters to `path`, an npz file with names such as `conv2d/kernel`."""
        write_weights(path, self.params)

    def load_weights(self, path):
        """Read all parameters from a file of `save_weights`.

        Raises:
            ValueError: if the names or shapes in the file are not those of this model.
        """
        self.set_weights(read_weights(path, {name: param.shape for name, param in self.params.items()}))

    def summary(self, print_fn=print):
        """Print a table of layers, output shapes and parameter counts, as Keras does."""
        print_fn(summary_table(self))

    # Training

    def compile(self, optimizer="sgd", loss="sparse_categorical_crossentropy", metrics=()):
        """Choose how to train.

        Args:
            optimizer: `"sgd"` (the default), `"adam"`, or an optimizer.
            loss: `"sparse_categorical_crossentropy"` (the default), `"categorical_crossentropy"`, or a loss.
            metrics: `["accuracy"]`, or `None` or nothing in the list.

        Raises:
            ValueError: for any other name, for an optimizer of another model, or if loss and last layer do not go
                together.
        """
        metrics = [] if metrics is None else metrics
        if isinstance(metrics, str) or any(metric != "accuracy" for metric in metrics):
            raise ValueError(f"metrics are {metrics!r}; allowed is ['accuracy']")
        loss, optimizer = losses.get(loss), optimizers.get(optimizer)
        if not optimizer.is_free_for(self._network.params):
            raise ValueError("the optimizer belongs to another model; make a new one for each model")
        self._trainer = Trainer(self._team, loss, optimizer)
        optimizer.build(self._network.params)
        self.loss, self.optimizer, self.metrics = loss, optimizer, list(metrics)

    def reset_optimizer(self):
        """Forget all steps and moments of the optimizer."""
        self._check_compiled()
        self.optimizer.build(self._network.params)

    def fit(
        self,
        x,
        y,
        batch_size=32,
        epochs=1,
        verbose=1,
        shuffle=True,
        validation_data=None,
        initial_epoch=0,
        seed=None,
        callbacks=(),
    ):
        """Train for some epochs, with one step for each batch; a short last batch is kept.

        Args:
            x: (N, *input_shape).
            y: labels (N,) or targets (N, F), as the loss needs them.
            batch_size: samples a step. Default 32, also for `None`.
            epochs: default 1.
            verbose: 0 prints nothing, 1 (the default) a line per epoch.
            shuffle: whether to draw a new order for each epoch. Default `True`.
            validation_data: `(x, y)` to evaluate after each epoch.
            initial_epoch: number of the first epoch, from 0.
            seed: an integer or generator for the order; `None`, the default, draws differently each time.
            callbacks: objects whose `on_train_batch_end(batch, logs)` is called after every step, with its number from
                0 and the means of loss and metrics over the epoch so far. Default none.

        Returns:
            A `History` with `loss`, and `accuracy` if asked for: means over the epoch, while the weights move. After
            `val_` the same for the validation data.

        Raises:
            ValueError: for data that the model cannot take.
            FloatingPointError: at the first loss that is not finite, naming epoch and step.
        """
        x, targets = self._check_data(x, y)
        batch_size = 32 if batch_size is None else batch_size
        check_count("batch_size", batch_size)
        check_count("epochs", epochs)
        rng = np.random.default_rng(seed)
        history = History()
        for epoch in range(initial_epoch, epochs):
            order = rng.permutation(len(x)) if shuffle else None
            values = self._trainer.train_epoch(x, targets, order, batch_size, epoch, self.metrics, callbacks)
            if validation_data is not None:
                scores = np.atleast_1d(self.evaluate(*validation_data, verbose=0))
                values |= {f"val_{name}": float(score) for name, score in zip(list(values), scores, strict=True)}
            history.append(epoch, values)
            if verbose:
                print(f"Epoch {epoch + 1}/{epochs} - {line_of(values)}")
        return history

    def train_on_batch(self, x, y):
        """Take one step with all samples, and return `loss`, or `[loss, accuracy]`, from before it."""
        x, targets = self._check_data(x, y)
        logits = self._trainer.step(x, targets)
        return as_keras_returns(epoch_scores(losses.cross_entropy(logits, targets), logits, targets, self.metrics))

    def evaluate(self, x, y, batch_size=32, verbose=0):
        """Return `loss`, or `[loss, accuracy]`, over all samples."""
        x, targets = self._check_data(x, y)
        logits = self._outputs(x, batch_size, as_logits=True)
        scores = epoch_scores(losses.cross_entropy(logits, targets), logits, targets, self.metrics)
        if verbose:
            print(line_of(scores))
        return as_keras_returns(scores)

    # Prediction

    def forward(self, x, training=False):
        """Return the outputs of the last layer for one batch (N, *input_shape), in a work array."""
        return self._network.forward(x, training)

    def predict(self, x, batch_size=32, verbose=0):
        """Return the outputs for all samples, (N, *output_shape).

        Args:
            x: (N, *input_shape).
            batch_size: samples at a time, at most. Default 32.
            verbose: 1 prints how many samples were predicted.
        """
        x = self._check_samples(x)
        outputs = self._outputs(x, batch_size)
        if verbose:
            print(f"predicted {len(x)} samples")
        return outputs

    def _outputs(self, x, batch_size, as_logits=False):
        check_count("batch_size", batch_size)
        outputs = np.empty((len(x), *self.output_shape), self.dtype)
        with arithmetic.of_networks():
            self._team.predict(x, outputs, min(batch_size, BLOCK_SIZE), as_logits)
        return outputs

    # Checks

    def _check_compiled(self):
        if self.optimizer is None:
            raise RuntimeError(f"{self.name} is not compiled; call compile(optimizer, loss) first")

    def _check_samples(self, x):
        x = np.asarray(x, self.dtype)
        if x.shape[1:] != self.input_shape or len(x) == 0:
            raise ValueError(
                f"{self.name} takes one sample or more of shape {self.input_shape}, and received {x.shape}"
            )
        return x

    def _check_data(self, x, y):
        self._check_compiled()
        x = self._check_samples(x)
        targets = self.loss.encode(y, self.output_shape[-1], self.dtype)
        if len(x) != len(targets):
            raise ValueError(f"{self.name} received {len(x)} samples and {len(targets)} labels")
        return x, targets


def check_count(name, value):
    """Raise `ValueError` unless `value` is a whole number of at least 1."""
    if not is_whole(value) or value < 1:
        raise ValueError(f"{name} is {value!r}; allowed is a whole number of at least 1")
