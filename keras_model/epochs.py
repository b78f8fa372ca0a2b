"""Ways to take all samples through a Keras model on TensorFlow once, as experts write it, beside those of `calls`.

Each is made of a compiled model, is given arrays in `use(x, y, batch_size)`, takes them through the model whenever it
is called, and keeps in `waiting` how many seconds the last call only waited: from the end of its last step on.
"""

from functools import partial

import keras
import numpy as np
import tensorflow as tf

from keras_model import calls


class FitDataset(calls.Fit):
    """`fit(dataset)` on a `tf.data.Dataset` without autotuning, whose end `fit` does not wait for."""

    def use(self, x: np.ndarray, y: np.ndarray, batch_size: int) -> None:
        """Train on these arrays from now on: (N, H, W, C), (N,), and samples a step."""
        full, rest = whole_batches(x, y, batch_size)
        dataset = tf.data.Dataset.from_tensor_slices(full)
        if len(rest[0]):
            dataset = dataset.concatenate(tf.data.Dataset.from_tensors(rest))
        options = tf.data.Options()
        options.autotune.enabled = False
        self._data = {"x": dataset.with_options(options)}


class GraphEpoch:
    """All steps of an epoch as one loop within a `tf.function`. Returns the mean loss and accuracy over the epoch.

    A step is what that of `fit` is: the gradient of a final softmax comes from its logits, as always in graph mode.

    Args:
        model: a compiled `keras.Sequential` whose loss is `sparse_categorical_crossentropy`.
        jit_compile: whether XLA compiles the step. Default `False`.
    """

    waiting = 0.0

    def __init__(self, model: keras.Sequential, jit_compile: bool = False) -> None:
        self._model = model
        self._variables = model.trainable_variables
        self._step = tf.function(self._take_step, jit_compile=True) if jit_compile else self._take_step
        self._epoch = tf.function(self._take_steps, reduce_retracing=True)
        self._last_step = tf.function(self._take_step)

    def use(self, x: np.ndarray, y: np.ndarray, batch_size: int) -> None:
        """Train on these arrays from now on: (N, H, W, C), (N,), and samples a step."""
        self._full, self._rest = (tuple(map(tf.constant, part)) for part in whole_batches(x, y, batch_size))
        self._n_samples = len(x)

    def __call__(self) -> tuple[float, float]:
        loss, n_correct = self._epoch(*self._full)
        if len(self._rest[0]):
            more = self._last_step(*self._rest)
            loss, n_correct = loss + more[0], n_correct + more[1]
        return float(loss) / self._n_samples, int(n_correct) / self._n_samples

    def _take_steps(self, x: tf.Tensor, y: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        loss, n_correct = tf.zeros((), x.dtype), tf.zeros((), tf.int64)
        for batch in tf.range(tf.shape(x)[0]):
            more = self._step(x[batch], y[batch])
            loss += more[0]
            n_correct += more[1]
        return loss, n_correct

    def _take_step(self, x: tf.Tensor, y: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            outputs = self._model(x, training=True)
            losses = keras.losses.sparse_categorical_crossentropy(y, outputs)
            loss = tf.reduce_mean(losses)
        self._model.optimizer.apply(tape.gradient(loss, self._variables), self._variables)
        return tf.reduce_sum(losses), tf.math.count_nonzero(tf.argmax(outputs, axis=-1) == y)


class GraphPrediction:
    """The model as a `tf.function`, for one batch after the other. Returns the probabilities of all classes, (N, F).

    Args:
        model: a `keras.Sequential`.
    """

    waiting = 0.0

    def __init__(self, model: keras.Sequential) -> None:
        self._outputs = tf.function(partial(model, training=False), reduce_retracing=True)

    def use(self, x: np.ndarray, y: np.ndarray, batch_size: int) -> None:
        """Predict these images from now on: (N, H, W, C), and samples a step. The labels are not looked at."""
        self._batches = [tf.constant(x[start : start + batch_size]) for start in range(0, len(x), batch_size)]

    def __call__(self) -> np.ndarray:
        return np.concatenate([self._outputs(batch) for batch in self._batches])


# By the words that tables use.
WAYS = calls.WAYS | {
    "fit(dataset)": FitDataset,
    "tf.function of an epoch": GraphEpoch,
    "tf.function of an epoch, jit_compile=True": partial(GraphEpoch, jit_compile=True),
    "tf.function of a batch": GraphPrediction,
}


def whole_batches(
    x: np.ndarray, y: np.ndarray, batch_size: int
) -> tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...]]:
    """Return the samples of all full batches, (batches, batch_size, ...), and those of the short last one."""
    n = len(x) // batch_size * batch_size
    full = tuple(array[:n].reshape(-1, batch_size, *array.shape[1:]) for array in (x, y))
    return full, (x[n:], y[n:])
