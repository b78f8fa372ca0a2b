"""Training and prediction with Keras, one epoch over a given order at a time, with nothing waited for at their end.

Letters: N samples, H x W pixels, C channels, F classes.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import keras
import numpy as np

from keras_model import library
from keras_model.batches import fed_with
from keras_model.settings import with_keras_settings
from keras_model.step_clock import StepClock


class KerasTrainer:
    """A Keras model of a network, compiled, behind the few calls that the harness makes of every model.

    Args:
        network: a function of the library that returns a `Sequential`.
        optimizer: a function of the library that returns an optimizer.
        dtype: `"float32"` (the default) or `"float64"`.
        loss: a name of Keras's, or a function of the library that returns a loss. Default
            `"sparse_categorical_crossentropy"`.
        options: more arguments for Keras's `compile`, such as `steps_per_execution`.

    Attributes:
        model: the `keras.Sequential`.
        dtype: that it computes in.
        loss: Keras's.
        in_steps: whether the runner trains step by step: Keras trains an epoch in one piece.
    """

    in_steps = False

    def __init__(
        self,
        network: Callable,
        optimizer: Callable,
        dtype: str = "float32",
        loss: str | Callable = "sparse_categorical_crossentropy",
        **options: Any,
    ) -> None:
        self.dtype = dtype
        self._make(network, optimizer, loss, options)

    @with_keras_settings
    def _make(self, network: Callable, optimizer: Callable, loss: str | Callable, options: dict[str, Any]) -> None:
        self._network = partial(network, library)
        self.model = self._network()
        self.loss = keras.losses.get(loss(library) if callable(loss) else loss)
        self.model.compile(optimizer(library), loss=self.loss, metrics=["accuracy"], **options)
        self.model.optimizer.build(self.model.trainable_variables)
        self._first_state = copies(self.model.optimizer.variables)
        self.model.make_train_function()
        self.model.train_function = self._clock = StepClock(self.model.train_function)

    def parameters(self) -> list[tuple[str, tuple[int, ...]]]:
        """Return name and shape of every parameter array, in order."""
        return [(variable.name, tuple(variable.shape)) for variable in self.model.weights]

    def get_weights(self) -> list[np.ndarray]:
        """Return copies of all parameters."""
        return copies(self.model.weights)

    def get_state(self) -> list[np.ndarray]:
        """Return copies of all that `set_state` needs to go on from here, as a list of arrays."""
        return copies(self._variables())

    def set_state(self, state: Sequence[np.ndarray]) -> None:
        """Go on from a state that `get_state` returned."""
        for variable, value in zip(self._variables(), state, strict=True):
            variable.assign(value)

    @with_keras_settings
    def initial_weights(self, seed: int) -> list[np.ndarray]:
        """Return parameters that Keras itself draws from the seed, in a model of its own."""
        keras.utils.set_random_seed(seed % 2**32)  # Keras takes no larger ones
        return self._network().get_weights()

    @property
    def steps_done(self) -> int:
        """Training steps taken so far, for a progress bar to read from another thread."""
        return int(self.model.optimizer.iterations.numpy())

    @property
    def last_step_end(self) -> float | None:
        """When the last training step ended, in seconds of `time.perf_counter`."""
        return self._clock.last_step_end

    def warm_up(self, x: np.ndarray, y: np.ndarray, batch_size: int) -> None:
        """Train and predict once, so that everything is compiled and traced, and undo the training.

        Args:
            x, y: (N, H, W, C) and (N,), batches of every size to come.
            batch_size: of the training to come.
        """
        weights = self.get_weights()
        self.train_epoch(x, y, batch_size)
        self.predict(x)
        self.start(weights)

    def start(self, weights: Sequence[np.ndarray]) -> None:
        """Set all parameters, and forget all that the optimizer knows."""
        self.model.set_weights(weights)
        for variable, value in zip(self.model.optimizer.variables, self._first_state, strict=True):
            variable.assign(value)

    @with_keras_settings
    def train_epoch(self, x: np.ndarray, y: np.ndarray, batch_size: int, epoch: int = 1) -> tuple[float, float]:
        """Train on all samples once, in the order given.

        The weights are those of `fit(x, y, batch_size=batch_size, shuffle=False)`, bit by bit.

        Args:
            x: (N, H, W, C), float.
            y: (N,) labels.
            batch_size: samples a step; a short last batch is kept.
            epoch: its number, from 1, for error messages.

        Returns:
            Mean loss and accuracy over the epoch, while the weights move.

        Raises:
            FloatingPointError: if the loss is not finite, naming epoch and step.
        """
        y = self.targets(y)
        before = self.get_state()
        history = self.model.fit(**fed_with((x, y), batch_size), shuffle=False, verbose=0).history
        loss, accuracy = history["loss"][0], history["accuracy"][0]
        if not math.isfinite(loss):
            self.set_state(before)
            step = self._find_divergence(x, y, batch_size)
            where = f"epoch {epoch}, step {step}" if step else f"epoch {epoch}"
            raise FloatingPointError(f"the loss is {loss} at {where}; try a smaller learning_rate")
        return loss, accuracy

    def _find_divergence(self, x: np.ndarray, y: np.ndarray, batch_size: int) -> int | None:
        """Return the first step whose loss is not finite, or `None`, by training once more with a look at every step.

        To look at every step in the first place would slow Keras down several times. Where several steps are one call
        of TensorFlow, there is no look at each.
        """
        if self.model.steps_per_execution > 1:
            return None
        watcher = _StopWhenNotFinite()
        self.model.fit(**fed_with((x, y), batch_size), shuffle=False, verbose=0, callbacks=[watcher])
        return watcher.step

    def targets(self, y: np.ndarray) -> np.ndarray:
        """Return labels (N,) as the loss takes them: as they are, or one-hot (N, F)."""
        name = getattr(self.loss, "name", None) or getattr(self.loss, "__name__", "")
        return y if name.startswith("sparse") else np.eye(self.model.output_shape[-1], dtype=self.dtype)[y]

    def _variables(self) -> list[keras.Variable]:
        return [*self.model.weights, *self.model.optimizer.variables]

    @with_keras_settings
    def predict(self, x: np.ndarray, batch_size: int = 256) -> np.ndarray:
        """Return the probabilities of all classes, (N, F)."""
        return np.asarray(self.model.predict(**fed_with((x,), batch_size), verbose=0))


def copies(variables: Iterable[keras.Variable]) -> list[np.ndarray]:
    """Return the numbers of Keras's variables. JAX hands out its own memory, which the next step writes over."""
    return [np.array(variable.numpy()) for variable in variables]


class _StopWhenNotFinite(keras.callbacks.Callback):
    """Stops training at the first step after which the mean loss is not finite; `step` counts from 1."""

    step = None

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        if not math.isfinite(logs["loss"]):
            self.step = batch + 1
            self.model.stop_training = True
