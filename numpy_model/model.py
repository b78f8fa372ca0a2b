"""Sequential: layers one after the other, trained by gradient descent.

Letters: N samples, F classes.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from numpy_model import losses, optimizers
from numpy_model.callbacks import CallbackList
from numpy_model.checks import check_count, check_only
from numpy_model.data import check_validation_data, one_weight, split_off
from numpy_model.engine.blas_threads import one_blas_thread
from numpy_model.engine.network import PREDICTION_BLOCK_SIZE, Network
from numpy_model.engine.numpy_settings import fast_numpy
from numpy_model.engine.penalties import penalty_of
from numpy_model.engine.trainer import Trainer, check_loss
from numpy_model.engine.worker_pool import WorkerPool
from numpy_model.predictor import Predictor
from numpy_model.scores import History, line_of


class Sequential(Predictor):
    """A chain of layers.

    Args:
        layers: an `Input`, then layers, built at once from first to last; `None` (the default) leaves them to `add`.
        trainable: `True`, the default: all layers are trained.
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

    stop_training = False

    def compile(
        self,
        optimizer: str | optimizers.Optimizer = "sgd",
        loss: str | losses.Loss = "sparse_categorical_crossentropy",
        loss_weights: None = None,
        metrics: Sequence[str] | None = None,
        weighted_metrics: Sequence[str] | None = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: bool | str = "auto",
        auto_scale_loss: bool = True,
    ) -> None:
        """Choose how to train.

        Args:
            optimizer: `"sgd"` (the default), `"adam"`, `"adamw"`, `"adagrad"`, `"rmsprop"`, or an optimizer.
            loss: `"sparse_categorical_crossentropy"` (the default), `"categorical_crossentropy"`,
                `"binary_crossentropy"`, `"mean_squared_error"`, `"mean_absolute_error"`, or a loss.
            loss_weights: `None`, the default: there is one loss.
            metrics: `["accuracy"]`, or `None` or nothing in the list.
            weighted_metrics: `None` or nothing in the list.
            run_eagerly: `False`, the default.
            steps_per_execution: 1, the default.
            jit_compile: `"auto"`, the default, or `False`: nothing is compiled by XLA.
            auto_scale_loss: without effect, as there is no float16. Default `True`.

        Raises:
            ValueError: for any other value, for an optimizer of another model, or if loss and last layer do not go
                together.
        """
        self._check_layers()
        check_only("loss_weights", loss_weights, None)
        check_only("weighted_metrics", weighted_metrics, None, [])
        check_only("run_eagerly", run_eagerly, False)
        check_only("steps_per_execution", steps_per_execution, 1)
        check_only("jit_compile", jit_compile, "auto", False)
        check_only("auto_scale_loss", auto_scale_loss, True, False)
        metrics = [] if metrics is None else metrics
        if not isinstance(metrics, list | tuple) or any(metric != "accuracy" for metric in metrics):
            raise ValueError(f"metrics are {metrics!r}; allowed is ['accuracy']")
        loss, optimizer = losses.get(loss), optimizers.get(optimizer)
        if not optimizer.is_free_for(self._network.params):
            raise ValueError("the optimizer belongs to another model; make a new one for each model")
        check_loss(self._network, loss)
        self._trainer = Trainer(self._workers, loss, optimizer)
        optimizer.build(self._network.params)
        self.loss, self.optimizer, self.metrics = loss, optimizer, list(metrics)

    def reset_optimizer(self) -> None:
        """Forget all steps and moments of the optimizer."""
        self._check_compiled()
        self.optimizer.build(self._network.params)

    def fit(
        self,
        x: np.ndarray | None = None,
        y: np.ndarray | None = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: int | str = "auto",
        callbacks: Sequence[object] | object | None = None,
        validation_split: float = 0.0,
        validation_data: Sequence[np.ndarray] | None = None,
        shuffle: bool = True,
        class_weight: Mapping[int, float] | None = None,
        sample_weight: np.ndarray | None = None,
        initial_epoch: int = 0,
        steps_per_epoch: None = None,
        validation_steps: None = None,
        validation_batch_size: int | None = None,
        validation_freq: int = 1,
        *,
        seed: int | np.random.Generator | None = None,
    ) -> History:
        """Train for some epochs, with one step for each batch; a short last batch is kept.

        The loss of a batch is the mean over its samples, each with its weight: sum_n weight_n * loss_n / N. Weights
        leave the accuracy as it is.

        Args:
            x: (N, *input_shape).
            y: labels (N,) or targets (N, F), as the loss needs them.
            batch_size: samples a step. Default 32, also for `None`.
            epochs: default 1.
            verbose: 0 prints nothing; 1, 2 and `"auto"` (the default) a line per epoch.
            callbacks: objects with some of the methods of `CallbackList`, or one such object. `logs` after a step are
                the means of loss and metrics over the epoch so far, after an epoch those over all of it. Default none.
            validation_split: the share of the samples, the last ones, from 0 (the default) to below 1, that is held
                out and evaluated; without effect beside `validation_data`.
            validation_data: `(x, y)` or `(x, y, sample_weight)` to evaluate.
            shuffle: whether to draw a new order for each epoch. Default `True`.
            class_weight: weight of each class by its number, 1 for others; not together with `sample_weight`.
            sample_weight: weight of each sample, (N,).
            initial_epoch: number of the first epoch, from 0.
            steps_per_epoch, validation_steps: `None`, the default: an epoch and a validation see all samples.
            validation_batch_size: samples at a time in validation. Default `batch_size`.
            validation_freq: validation follows every epoch (1, the default), or every so many.
            seed: an integer or generator for the order; `None`, the default, draws differently each time.

        Returns:
            A `History` with `loss`, and `accuracy` if asked for: means over the epoch, while the weights move. After
            `val_` the same for the validation data.

        Raises:
            ValueError: for data that the model cannot take.
            FloatingPointError: at the first loss that is not finite, naming epoch and step.
        """
        batch_size = 32 if batch_size is None else batch_size
        validation_batch_size = batch_size if validation_batch_size is None else validation_batch_size
        check_count("batch_size", batch_size)
        check_count("epochs", epochs)
        check_count("validation_batch_size", validation_batch_size)
        check_count("initial_epoch", initial_epoch, least=0)
        check_count("validation_freq", validation_freq)
        check_only("verbose", verbose, "auto", 0, 1, 2, False, True)
        check_only("shuffle", shuffle, True, False)
        check_only("steps_per_epoch", steps_per_epoch, None)
        check_only("validation_steps", validation_steps, None)
        if not isinstance(seed, np.random.Generator | None):
            check_count("seed", seed, least=0)
        if validation_split and validation_data is None:
            (x, y, sample_weight), validation_data = split_off(validation_split, x, y, sample_weight)
        if validation_data is not None:
            validation_data = check_validation_data(validation_data)
        with self._lock, one_blas_thread():
            x, targets, weights = self._check_data(x, y, one_weight(sample_weight, class_weight, y))
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
                values = self._trainer.train_epoch(
                    x, targets, order, batch_size, epoch, self.metrics, callbacks, weights
                )
                if validation_data is not None and (epoch + 1) % validation_freq == 0:
                    scores = self.evaluate(**validation_data, batch_size=validation_batch_size, return_dict=True)
                    values |= {f"val_{name}": score for name, score in scores.items()}
                history.append(epoch, values)
                callbacks.call("on_epoch_end", epoch, dict(values))
                if verbose:
                    print(f"Epoch {epoch + 1}/{epochs} - {line_of(values)}")
                if self.stop_training:
                    break
            callbacks.call("on_train_end", {})
        return history

    def train_on_batch(
        self,
        x: np.ndarray,
        y: np.ndarray | None = None,
        sample_weight: np.ndarray | None = None,
        class_weight: Mapping[int, float] | None = None,
        return_dict: bool = False,
    ) -> float | list[float] | dict[str, float]:
        """Take one step with all samples, and return `loss`, or `[loss, accuracy]`, from before it; or both by name.

        Args:
            x, y, sample_weight, class_weight: as in `fit`.
            return_dict: whether to return them by name. Default `False`.

        Raises:
            ValueError: for data that the model cannot take.
        """
        check_only("return_dict", return_dict, False, True)
        with self._lock, one_blas_thread(), fast_numpy():
            x, targets, weights = self._check_data(x, y, one_weight(sample_weight, class_weight, y))
            self._take_up_changes()
            logits, penalty = self._trainer.step(x, targets, weights)
            return self._scores(logits, targets, weights, penalty, return_dict)

    # The engine

    def _start_anew(self) -> None:
        """Make the engine for the layers as they are now, not compiled."""
        self.optimizer, self.loss, self.metrics = None, None, []
        self._network = Network(self.layers) if self.layers else None
        self._workers = WorkerPool(self._network)

    def _outputs(self, x: np.ndarray, batch_size: int | None, as_logits: bool = False) -> np.ndarray:
        batch_size = 32 if batch_size is None else batch_size
        check_count("batch_size", batch_size)
        outputs = np.empty((len(x), *self.output_shape), self.dtype)
        with self._lock, one_blas_thread(), fast_numpy():
            self._take_up_changes()
            self._workers.predict(x, outputs, min(batch_size, PREDICTION_BLOCK_SIZE), as_logits)
        return outputs

    def _penalty(self) -> float:
        """Return the penalties of all regularized parameters."""
        return penalty_of(self.layers)

    def _take_up_changes(self) -> None:
        """Let the engine compute with the layers as they are now: a user may have changed an activation."""
        if self._network.refresh():
            self._workers.restart()
            if self.loss:
                check_loss(self._network, self.loss)

    # A look inside

    @contextlib.contextmanager
    def observed(self, observer: Callable[[object], None]) -> Iterator[None]:
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
    def timed(self, seconds: dict[tuple[str, str], float]) -> Iterator[None]:
        """Add the time of each layer in training to a dictionary while the body runs.

        Args:
            seconds: by (name of the layer, `"forward"` or `"backward"`), each 0 at first, as in a `Counter`.
        """
        self._network.seconds = seconds
        try:
            yield
        finally:
            self._network.seconds = None

    def batch_shares(self, n: int) -> list[int]:
        """Return how many of the n samples of a training batch each process works on, that of the caller first."""
        return self._workers.shares(n)
