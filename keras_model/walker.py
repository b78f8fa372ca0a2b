"""Single training steps of Keras, looked at layer by layer.

Letters: N samples, H x W pixels, C channels, K x L a window, F classes.
"""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_model.decisions import before_relu, decided, slope_of, takes_maximum, taps_of
from keras_model.settings import with_keras_settings
from keras_model.trainer import KerasTrainer


class KerasWalker:
    """A Keras model that takes one training step at a time, and whose steps can be looked into.

    `train` is the step of Keras's `fit`. `look` is the same step with everything in it, in graph mode as Keras trains:
    there the gradient of a final softmax comes from its logits. `look` takes the decisions of the step as arguments:
    where a ReLU lets its gradient pass, and which number of a window is the maximum. So two models can be compared
    although rounding made one of them decide the other way.

    Args:
        network: a function of the library that returns a `Sequential`.
        optimizer: a function of the library that returns an optimizer.
        dtype: `"float32"` or `"float64"`.
        loss: a name of Keras's, or a function of the library that returns a loss. Default
            `"sparse_categorical_crossentropy"`.
        is_exact: whether layers, penalties and optimizer compute with their own numbers in float64, and not with these
            rounded to float32, as Keras does with some. Default `False`; schedules always do.
    """

    def __init__(
        self,
        network: Callable,
        optimizer: Callable,
        dtype: str,
        loss: str | Callable = "sparse_categorical_crossentropy",
        is_exact: bool = False,
    ) -> None:
        self.dtype, self._is_exact = dtype, is_exact
        self._trainer = KerasTrainer(network, optimizer, dtype, loss)
        self._model, self._loss = self._trainer.model, self._trainer.loss
        if is_exact:
            penalties = [variable.regularizer for variable in self._model.trainable_variables]
            for holder in (self._model.optimizer, *self._model.layers, *penalties):
                make_exact(holder)
        for value in vars(self._model.optimizer).values():
            if isinstance(value, keras.optimizers.schedules.LearningRateSchedule):
                make_exact(value)
        self._kept = self._state_of_layers()
        self._forward = tf.function(self._outputs_of)
        self._look = tf.function(self._observe)
        self._effects = tf.function(self._project)
        self._apply = tf.function(self._model.optimizer.apply)

    @property
    def decides(self) -> list[bool]:
        """For each layer whether it decides anything: has a ReLU, or takes the maximum of windows."""
        return [slope_of(layer) is not None or takes_maximum(layer) for layer in self._model.layers]

    def start(self, weights: Sequence[np.ndarray]) -> None:
        """Set all parameters, and forget all that the optimizer knows."""
        self._trainer.start(weights)
        self._kept = self._state_of_layers()

    @with_keras_settings
    def train(self, x: np.ndarray, y: np.ndarray) -> list[dict[str, np.ndarray]]:
        """Take the step that `fit` takes, and return the parameters after it, a dictionary by name for each layer."""
        self._model.train_on_batch(
            x, self._trainer.targets(y.astype(np.int64))
        )  # it calls the function that `fit` calls, with one batch
        return self.params()

    @with_keras_settings
    def outputs(self, x: np.ndarray) -> list[np.ndarray]:
        """Return the outputs of every layer for a batch (N, H, W, C)."""
        return [output.numpy() for output in self._forward(tf.constant(x, self.dtype))]

    def decisions(self, x: np.ndarray, outputs: Sequence[np.ndarray], shares_ties: bool = False) -> list[np.ndarray]:
        """Return the decisions that follow from the outputs of all layers, an array for each layer.

        Of a ReLU: (N, ...), 1 where the output is above 0, else 0. Of windows: (N, H, W, K * L, C), 1 at the first
        maximum of each, else 0. `shares_ties` puts a 1 at every maximum of a tie.
        """
        inputs = [x, *outputs[:-1]]
        found = []
        for layer, before, after in zip(self._model.layers, inputs, outputs, strict=True):
            if takes_maximum(layer):
                taps = taps_of(layer, tf.constant(before, self.dtype)).numpy()
                is_largest = taps == taps.max(axis=3, keepdims=True)
                is_first = is_largest & (np.cumsum(is_largest, axis=3) == 1)
                found.append((is_largest if shares_ties else is_first).astype(self.dtype))
            else:
                is_open = slope_of(layer) is not None
                found.append((after > 0).astype(self.dtype) if is_open else np.zeros(0, self.dtype))
        return found

    @with_keras_settings
    def look(
        self, x: np.ndarray, y: np.ndarray, decisions: Sequence[np.ndarray], epsilon: float | None = None
    ) -> dict[str, Any]:
        """Return what happens in a step, as a dictionary, without taking it.

        Args:
            x: (N, H, W, C).
            y: (N,) labels.
            decisions: from `decisions`.
            epsilon: of a loss -log(p + epsilon). Default `None`, the loss of Keras.

        Returns:
            `loss`, the mean over the batch, with all penalties of the layers; `penalty`, these; `outputs` and
            `grad_inputs`, the gradient of what the layer was given, one array for each layer; `grads`, a dictionary by
            parameter name for each layer.
        """
        # As a tensor: TensorFlow would trace the step anew for each Python number, and warn of it.
        epsilon = None if epsilon is None else tf.constant(epsilon, self.dtype)
        loss, penalty, outputs, grads, grad_inputs = self._look(*self._tensors(x, y, decisions), epsilon)
        return {
            "loss": float(loss),
            "penalty": float(penalty),
            "outputs": [output.numpy() for output in outputs],
            "grads": [{name: grad.numpy() for name, grad in layer.items()} for layer in grads],
            "grad_inputs": [grad.numpy() for grad in grad_inputs],
        }

    @with_keras_settings
    def effects(
        self, x: np.ndarray, y: np.ndarray, decisions: Sequence[np.ndarray], direction: list[dict[str, np.ndarray]]
    ) -> list[np.ndarray]:
        """Return by how much each decision, changed by one, moves the gradients along a direction.

        Args:
            x, y, decisions: as of `look`.
            direction: as `grads` of `look`.
        """
        flat = [tf.constant(array, self.dtype) for layer in direction for array in layer.values()]
        return [effect.numpy() for effect in self._effects(*self._tensors(x, y, decisions), flat)]

    def margins(self, x: np.ndarray, outputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return how far each decision is from being another one, an array like `decisions` for each layer.

        Of a ReLU it is the distance of what it was given from 0, of a window's numbers that from the largest; both
        relative to the largest number of the layer.
        """
        found = []
        for layer, before in zip(self._model.layers, [x, *outputs[:-1]], strict=True):
            before = tf.constant(before, self.dtype)
            if takes_maximum(layer):
                taps = taps_of(layer, before).numpy()
                gaps = taps.max(axis=3, keepdims=True) - taps
            elif slope_of(layer) is not None:
                gaps = taps = np.abs(before_relu(layer, before).numpy())
            else:
                gaps = taps = np.zeros(0)
            largest = np.abs(taps, where=np.isfinite(taps), out=np.zeros_like(taps)).max(initial=0)
            found.append(gaps / (largest or 1))
        return found

    @with_keras_settings
    def update(self, grads: list[dict[str, np.ndarray]], x: np.ndarray) -> list[dict[str, np.ndarray]]:
        """Take the optimizer's step with these gradients, a dictionary for each layer; return the parameters.

        Layers that keep means of what they have seen, see the batch `x` once.
        """
        if self._kept:
            self._set_state_of_layers()
            self._forward(tf.constant(x, self.dtype))
        self._apply([tf.constant(array, self.dtype) for layer in grads for array in layer.values()])
        return self.params()

    def set_params(self, params: list[dict[str, np.ndarray]]) -> None:
        """Set the parameters that are given, by name for each layer, and let the optimizer keep what it knows."""
        for layer, arrays in zip(self._model.layers, params, strict=True):
            for variable in layer.weights:
                if variable.name in arrays:
                    variable.assign(arrays[variable.name])
        self._kept = self._state_of_layers()

    def params(self) -> list[dict[str, np.ndarray]]:
        """Return the parameters, a dictionary by name for each layer."""
        return [{variable.name: variable.numpy() for variable in layer.weights} for layer in self._model.layers]

    def get_optimizer_state(self) -> list[np.ndarray]:
        """Return copies of all that the optimizer knows, for `set_optimizer_state`."""
        return [variable.numpy() for variable in self._model.optimizer.variables]

    def set_optimizer_state(self, state: Sequence[np.ndarray]) -> None:
        """Let the optimizer know what `get_optimizer_state` returned."""
        for variable, value in zip(self._model.optimizer.variables, state, strict=True):
            variable.assign(value)

    def _state_of_layers(self) -> list[np.ndarray]:
        """Return what layers keep and the optimizer does not train, such as means of what they have seen."""
        return [variable.numpy() for layer in self._model.layers for variable in untrained(layer)]

    def _set_state_of_layers(self) -> None:
        variables = [variable for layer in self._model.layers for variable in untrained(layer)]
        for variable, value in zip(variables, self._kept, strict=True):
            variable.assign(value)

    def _slope(self, layer: keras.layers.Layer) -> float | None:
        """Return `slope_of` a layer; unless it is to be exact, as TensorFlow computes with it, rounded to float32."""
        slope = slope_of(layer)
        return slope if self._is_exact or slope is None else float(np.float32(slope))

    def _tensors(
        self, x: np.ndarray, y: np.ndarray, decisions: Sequence[np.ndarray]
    ) -> tuple[tf.Tensor, tf.Tensor, list[tf.Tensor]]:
        made = [tf.constant(array, self.dtype) for array in decisions]
        return tf.constant(x, self.dtype), tf.constant(self._trainer.targets(y.astype(np.int64))), made

    def _outputs_of(self, x: tf.Tensor) -> list[tf.Tensor]:
        outputs = []
        for layer in self._model.layers:
            slope = self._slope(layer)
            if slope:
                before = before_relu(layer, x)
                x = tf.where(before > 0, before, slope * before)
            else:
                x = layer(x, training=True)
            outputs.append(x)
        return outputs

    def _observe(
        self, x: tf.Tensor, y: tf.Tensor, decisions: list[tf.Tensor], epsilon: tf.Tensor | None = None
    ) -> tuple:
        flow = [x]
        with tf.GradientTape() as tape:
            tape.watch(x)
            for layer, decision in zip(self._model.layers, decisions, strict=True):
                flow.append(decided(layer, flow[-1], decision, self._slope(layer)))
            if epsilon is None:
                losses = self._loss(y, flow[-1])
            else:
                labels = y if y.shape.rank == 1 else tf.argmax(y, axis=1)
                losses = -tf.math.log(tf.gather(flow[-1], labels, axis=1, batch_dims=1) + epsilon)
            penalties = [penalty for layer in self._model.layers for penalty in layer.losses]
            penalty = tf.add_n(penalties) if penalties else tf.zeros((), self.dtype)
            loss = tf.reduce_mean(losses) + penalty
        params = [
            {variable.name: variable.value for variable in layer.trainable_variables} for layer in self._model.layers
        ]
        grads, grad_inputs = tape.gradient(loss, (params, flow[:-1]))
        return loss, penalty, flow[1:], grads, grad_inputs

    def _project(
        self, x: tf.Tensor, y: tf.Tensor, decisions: list[tf.Tensor], direction: list[tf.Tensor]
    ) -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(decisions)
            *_, grads, _ = self._observe(x, y, decisions)
            flat = [array for layer in grads for array in layer.values()]
            along = tf.add_n([tf.reduce_sum(grad * other) for grad, other in zip(flat, direction, strict=True)])
        return tape.gradient(along, decisions, unconnected_gradients="zero")


def make_exact(holder: Any) -> None:
    """Let an optimizer, a layer or a penalty compute with its own numbers: Keras rounds some to float32."""
    for name, value in vars(holder).items() if holder is not None else ():
        if type(value) is float:
            setattr(holder, name, np.float64(value))
        elif isinstance(value, tf.Tensor) and value.dtype == tf.float32:
            setattr(holder, name, np.float64(str(value.numpy())))  # 0.01 again, of what is 0.01 in float32
        elif isinstance(value, keras.optimizers.schedules.LearningRateSchedule):
            make_exact(value)
        elif isinstance(value, list) and value and all(type(number) is float for number in value):
            setattr(holder, name, [np.float64(number) for number in value])


def untrained(layer: keras.layers.Layer) -> list[keras.Variable]:
    """Return the parameters of a layer that the optimizer does not train."""
    trained = {id(variable) for variable in layer.trainable_variables}
    return [variable for variable in layer.weights if id(variable) not in trained]
