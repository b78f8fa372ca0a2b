"""Sequential: layers one after the other, trained by gradient descent.

Letters: N samples, F classes.
"""

import contextlib
import itertools
import threading
from collections.abc import Sequence

import numpy as np

from numpy_model import losses, optimizers
from numpy_model.callbacks import CallbackList
from numpy_model.checks import check_count
from numpy_model.data import split_off
from numpy_model.engine.network import BLOCK_SIZE, Network
from numpy_model.engine.numpy_settings import fast_numpy
from numpy_model.engine.trainer import Trainer, check_loss
from numpy_model.engine.worker_pool import WorkerPool
from numpy_model.input import Input
from numpy_model.layer import Layer
from numpy_model.scores import History, as_keras_returns, epoch_scores, line_of
from numpy_model.summary import summary_table
from numpy_model.weights_file import read_weights, write_weights


class Sequential:
    """A chain of layers.

    Args:
        layers: an `Input`, then layers, built at once from first to last; `None` (the default) leaves them to `add`.
        name: default `"sequential"`.

    Attributes:
        layers: without the `Input`. Layers of one class are named as Keras does: conv2d, conv2d_1, ...
        input_shape, output_shape: of one sample.
        optimizer, loss, metrics: once compiled; before, and after `add` and `pop`, `None`, `None` and `[]`.
        stop_training: set to `True` by a callback, it ends `fit`.

    A model may be used from several threads: they take turns.

    Raises:
        ValueError: if the list does not begin with an `Input`, or a layer does not fit on the one before.

    Reference: https://keras.io/api/models/sequential/

    Example:
        >>> import numpy_model as nn
        >>> model = nn.Sequential()
        >>> model.add(nn.Input((4,)))
        >>> model.add(nn.layers.Dense(3, activation="softmax"))
        >>> model.output_shape
        (3,)
    """

    def __init__(self, layers: Sequence[Input | Layer] | None = None, name: str = "sequential") -> None:
        self.name = name
        self.layers = []
        self.input_shape = self.output_shape = None
        self.stop_training = False
        self._lock = threading.RLock()
        for layer in layers or ():
            self._append(layer)
        self._start_anew()

    def add(self, layer: Input | Layer) -> None:
        """Put an `Input` or a layer at the end; compile after it.

        Raises:
            ValueError: if it is no layer, is in a model already, or does not fit on the one before.
        """
        with self._lock:
            self._append(layer)
            self._start_anew()

    def pop(self) -> Layer:
        """Take the last layer off, and return it; compile after it.

        Raises:
            ValueError: if there is no layer.
        """
        with self._lock:
            if not self.layers:
                raise ValueError(f"{self.name} has no layer to pop; add one first")
            layer = self.layers.pop()
            self.output_shape = layer.input_shape
            self._start_anew()
            return layer

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """Return a layer by its name or its index.

        Raises:
            ValueError: for both or neither, or if there is no such layer.
        """
        if (name is None) == (index is None):
            raise ValueError(f"get_layer takes a name or an index, and received name={name!r}, index={index!r}")
        names = [layer.name for layer in self.layers]
        if index is not None and -len(names) <= index < len(names):
            return self.layers[index]
        if name in names:
            return self.layers[names.index(name)]
        wanted = f"name {name!r}" if index is None else f"index {index!r}"
        raise ValueError(f"{self.name} has no layer of {wanted}; there are {', '.join(names)}")

    def _append(self, layer):
        if self.input_shape is None and isinstance(layer, Input):
            self.input_shape = self.output_shape = layer.shape
            return
        if self.input_shape is None or not isinstance(layer, Layer):
            raise ValueError(
                "Sequential needs an Input, such as Input((28, 28, 1)), and then layers, "
                f"and received {layer!r} at place {len(self.layers) + (self.input_shape is not None)}"
            )
        if layer.input_shape is not None:
            raise ValueError(f"layer {layer.name} is in a model already; make a new one for each place")
        if self.layers and layer.dtype != self.layers[0].dtype:
            raise ValueError(
                f"layer {layer.name} computes in {layer.dtype}, and the first layer in {self.layers[0].dtype}; "
                "give all layers of a model the same dtype"
            )
        self._number_name(layer)
        self.output_shape = layer.build(self.output_shape)
        self.layers.append(layer)

    def _start_anew(self):
        """Make the engine for the layers as they are now, not compiled."""
        self.optimizer, self.loss, self.metrics = None, None, []
        self._network = Network(self.layers) if self.layers else None
        self._workers = WorkerPool(self._network)

    def __reduce_ex__(self, protocol):
        raise TypeError("a Sequential cannot be copied or pickled; build it again, and use get_weights and set_weights")

    def _number_name(self, layer):
        taken = {other.name for other in self.layers}
        numbered = (f"{layer.name}_{count}" for count in itertools.count(1))
        layer.name = next(name for name in itertools.chain([layer.name], numbered) if name not in taken)

    # Parameters

    @property
    def dtype(self):
        """The type that the layers compute in."""
        return np.dtype(self.layers[0].dtype)

    @property
    def params(self):
        """The parameter arrays themselves, in Keras's order, under names such as `conv2d_1/kernel`."""
        return {f"{layer.name}/{name}": param for layer in self.layers for name, param in layer.params.items()}

    @property
    def weights(self):
        """The arrays of `params`, and after those of each layer the ones that are not trained, in Keras's order."""
        return {f"{layer.name}/{name}": array for layer in self.layers for name, array in layer.weights.items()}

    def count_params(self):
        """Return the number of numbers in all weights, trained or not."""
        return sum(layer.count_params() for layer in self.layers)

    def initialize(self, seed):
        """Draw all parameters again with the layers' initializers, from one seed or generator."""
        rng = np.random.default_rng(seed)
        for layer in self.layers:
            layer.initialize(rng)

    def get_weights(self):
        """Return copies of all weights, in Keras's order."""
        return [weight.copy() for weight in self.weights.values()]

    def set_weights(self, weights):
        """Set all parameters, from arrays in Keras's order.

        Raises:
            ValueError: for another number of arrays, or an array of another shape.
        """
        params = list(self.weights.values())
        if len(weights) != len(params):
            raise ValueError(f"{self.name} has {len(params)} parameter arrays, and received {len(weights)}")
        for index, (param, weight) in enumerate(zip(params, weights, strict=True)):
            if param.shape != np.shape(weight):
                raise ValueError(
                    f"parameter {index} of {self.name} has shape {param.shape}, and received {np.shape(weight)}"
                )
        converted = [np.asarray(weight, self.dtype) for weight in weights]  # all of them, before any is set
        with self._lock:
            for param, weight in zip(params, converted, strict=True):
                np.copyto(param, weight)

    def save_weights(self, path):
        """Write all parameters to `path`, an npz file with names such as `conv2d/kernel`."""
        write_weights(path, self.weights)

    def load_weights(self, path):
        """Read all parameters from a file of `save_weights`.

        Raises:
            ValueError: if the names or shapes in the file are not those of this model.
        """
        self.set_weights(read_weights(path, {name: weight.shape for name, weight in self.weights.items()}))

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
        self._check_layers()
        metrics = [] if metrics is None else metrics
        if isinstance(metrics, str) or any(metric != "accuracy" for metric in metrics):
            raise ValueError(f"metrics are {metrics!r}; allowed is ['accuracy']")
        loss, optimizer = losses.get(loss), optimizers.get(optimizer)
        if not optimizer.is_free_for(self._network.params):
            raise ValueError("the optimizer belongs to another model; make a new one for each model")
        check_loss(self._network, loss)
        self._trainer = Trainer(self._workers, optimizer)
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
        callbacks=None,
        validation_split=0.0,
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
            callbacks: objects with some of the methods of `CallbackList`, or one such object. `logs` after a step are
                the means of loss and metrics over the epoch so far, after an epoch those over all of it. Default none.
            validation_split: the share of the samples, the last ones, from 0 (the default) to below 1, that is held
                out and evaluated after each epoch; not together with `validation_data`.

        Returns:
            A `History` with `loss`, and `accuracy` if asked for: means over the epoch, while the weights move. After
            `val_` the same for the validation data.

        Raises:
            ValueError: for data that the model cannot take.
            FloatingPointError: at the first loss that is not finite, naming epoch and step.
        """
        batch_size = 32 if batch_size is None else batch_size
        check_count("batch_size", batch_size)
        check_count("epochs", epochs)
        if validation_split and validation_data is None:
            (x, y), validation_data = split_off(x, y, validation_split)
        with self._lock:
            x, targets = self._check_data(x, y)
            self._take_up_changes()
            self.stop_training = False
            rng = np.random.default_rng(seed)
            history = History()
            callbacks = CallbackList(callbacks, self)
            callbacks.call("set_params", {"epochs": epochs, "steps": -(-len(x) // batch_size), "verbose": verbose})
            callbacks.call("set_model", self)
            callbacks.call("on_train_begin", {})
            for epoch in range(initial_epoch, epochs):
                callbacks.call("on_epoch_begin", epoch, {})
                order = rng.permutation(len(x)) if shuffle else None
                values = self._trainer.train_epoch(x, targets, order, batch_size, epoch, self.metrics, callbacks)
                if validation_data is not None:
                    scores = self.evaluate(*validation_data, verbose=0, return_dict=True)
                    values |= {f"val_{name}": score for name, score in scores.items()}
                history.append(epoch, values)
                callbacks.call("on_epoch_end", epoch, dict(values))
                if verbose:
                    print(f"Epoch {epoch + 1}/{epochs} - {line_of(values)}")
                if self.stop_training:
                    break
            callbacks.call("on_train_end", {})
        return history

    def train_on_batch(self, x, y, return_dict=False):
        """Take one step with all samples, and return `loss`, or `[loss, accuracy]`, from before it; or both by name."""
        with self._lock:
            x, targets = self._check_data(x, y)
            self._take_up_changes()
            logits = self._trainer.step(x, targets)
        scores = epoch_scores(losses.cross_entropy(logits, targets), logits, targets, self.metrics)
        return scores if return_dict else as_keras_returns(scores)

    def test_on_batch(self, x, y, return_dict=False):
        """Return `loss`, or `[loss, accuracy]`, of one batch; or both by name."""
        return self.evaluate(x, y, batch_size=len(x), return_dict=return_dict)

    @property
    def metrics_names(self):
        """The names of what `evaluate` returns, in its order."""
        return ["loss", *self.metrics]

    def evaluate(self, x, y, batch_size=None, verbose=0, return_dict=False):
        """Return `loss`, or `[loss, accuracy]`, over all samples; or both by name."""
        x, targets = self._check_data(x, y)
        logits = self._outputs(x, batch_size, as_logits=True)
        scores = epoch_scores(losses.cross_entropy(logits, targets), logits, targets, self.metrics)
        if verbose:
            print(line_of(scores))
        return scores if return_dict else as_keras_returns(scores)

    @contextlib.contextmanager
    def observed(self, observer):
        """Let a function look into every pass of training while the body runs, layer by layer.

        Args:
            observer: is given, after each pass, an object with `outputs` and `grad_inputs`, lists with an array for
                each layer, which hold until the next pass. A batch is one pass, or several if it has more than 32
                samples or several processes share it; then the others are not seen.
        """
        self._network.observer = observer
        try:
            yield
        finally:
            self._network.observer = None

    @contextlib.contextmanager
    def timed(self, seconds):
        """Add the time of each layer in training to a dictionary while the body runs.

        Args:
            seconds: by (name of the layer, `"forward"` or `"backward"`), each 0 at first, as in a `Counter`.
        """
        self._network.seconds = seconds
        try:
            yield
        finally:
            self._network.seconds = None

    def batch_shares(self, n):
        """Return how many of the n samples of a training batch each process works on, that of the caller first."""
        return self._workers.shares(n)

    # Prediction

    def forward(self, x, training=False):
        """Return the outputs of the last layer for one batch (N, *input_shape), layer by layer as they are written."""
        for layer in self.layers:
            x = layer.forward(x, training)
        return x

    def predict(self, x, batch_size=None, verbose=0):
        """Return the outputs for all samples, (N, *output_shape).

        Args:
            x: (N, *input_shape).
            batch_size: samples at a time, at most. Default 32, also for `None`.
            verbose: 1 prints how many samples were predicted.
        """
        x = self._check_samples(x)
        outputs = self._outputs(x, batch_size)
        if verbose:
            print(f"predicted {len(x)} samples")
        return outputs

    def predict_on_batch(self, x):
        """Return the outputs for one batch, (N, *output_shape)."""
        return self.predict(x, batch_size=len(x))

    def _outputs(self, x, batch_size, as_logits=False):
        batch_size = 32 if batch_size is None else batch_size
        check_count("batch_size", batch_size)
        outputs = np.empty((len(x), *self.output_shape), self.dtype)
        with self._lock, fast_numpy():
            self._take_up_changes()
            self._workers.predict(x, outputs, min(batch_size, BLOCK_SIZE), as_logits)
        return outputs

    # Checks

    def _take_up_changes(self):
        """Let the engine compute with the layers as they are now: a user may have changed an activation."""
        if self._network.refresh():
            self._workers.restart()
            if self.loss:
                check_loss(self._network, self.loss)

    def _check_layers(self):
        if not self.layers:
            raise RuntimeError(f"{self.name} has no layers; add an Input and layers first")

    def _check_compiled(self):
        if self.optimizer is None:
            raise RuntimeError(f"{self.name} is not compiled; call compile(optimizer, loss) first")

    def _check_samples(self, x):
        self._check_layers()
        x = np.asarray(x, self.dtype)
        if x.shape == self.input_shape:
            raise ValueError(
                f"{self.name} takes a batch of samples of shape {self.input_shape}, and received a single one; "
                "give x[0][None] for x[0]"
            )
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
