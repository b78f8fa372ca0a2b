"""Keras's own `fit` and `predict` on arrays, on any backend: what takes all samples through a model once.

Each is made of a compiled model, is given arrays in `use(x, y, batch_size)`, takes them through the model whenever it
is called, and keeps in `waiting` how many seconds the last call only waited: from the end of its last step on. That
happens with TensorFlow alone; other backends hand steps out, and the call ends when they are done.
"""

import time
from functools import partial

import keras
import numpy as np

from keras_model.step_clock import StepClock


class Fit:
    """`fit(x, y)` on arrays. Returns the mean loss and accuracy over the epoch.

    Args:
        model: a compiled `keras.Sequential`. Do not compile it again.
    """

    def __init__(self, model: keras.Sequential) -> None:
        model.make_train_function()
        model.train_function = self._step = StepClock(model.train_function)
        self._fit = partial(model.fit, shuffle=False, verbose=0)
        self.waiting = 0.0

    def use(self, x: np.ndarray, y: np.ndarray, batch_size: int) -> None:
        """Train on these arrays from now on: (N, H, W, C), (N,), and samples a step."""
        self._data = {"x": x, "y": y, "batch_size": batch_size}

    def __call__(self) -> tuple[float, float]:
        history = self._fit(**self._data).history
        self.waiting = waiting_since(self._step)
        return history["loss"][0], history["accuracy"][0]


class Predict:
    """`predict(x)` on an array. Returns the probabilities of all classes, (N, F).

    Args:
        model: a compiled `keras.Sequential`. Do not compile it again.
    """

    def __init__(self, model: keras.Sequential) -> None:
        model.make_predict_function()
        model.predict_function = self._step = StepClock(model.predict_function)
        self._predict = partial(model.predict, verbose=0)
        self.waiting = 0.0

    def use(self, x: np.ndarray, y: np.ndarray, batch_size: int) -> None:
        """Predict these images from now on: (N, H, W, C), and samples a step. The labels are not looked at."""
        self._data = {"x": x, "batch_size": batch_size}

    def __call__(self) -> np.ndarray:
        outputs = self._predict(**self._data)
        self.waiting = waiting_since(self._step)
        return outputs


class PredictOnBatch:
    """`predict_on_batch` for one batch after the other. Returns the probabilities of all classes, (N, F).

    Args:
        model: a compiled `keras.Sequential`.
    """

    waiting = 0.0

    def __init__(self, model: keras.Sequential) -> None:
        self._model = model

    def use(self, x: np.ndarray, y: np.ndarray, batch_size: int) -> None:
        """Predict these images from now on: (N, H, W, C), and samples a step. The labels are not looked at."""
        self._batches = [x[start : start + batch_size] for start in range(0, len(x), batch_size)]

    def __call__(self) -> np.ndarray:
        return np.concatenate([self._model.predict_on_batch(batch) for batch in self._batches])


def waiting_since(clock: StepClock) -> float:
    """Return the seconds since the last step, if they were spent waiting."""
    return time.perf_counter() - clock.last_step_end if keras.backend.backend() == "tensorflow" else 0.0


# By the words that tables use.
WAYS = {"fit(x, y)": Fit, "predict(x)": Predict, "predict_on_batch(x)": PredictOnBatch}
