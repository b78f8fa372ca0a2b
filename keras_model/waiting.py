"""Shows how long Keras's `fit(x, y)` waits once its last step has ended: `python -m keras_model.waiting`."""

import argparse
import time
from collections.abc import Callable
from functools import partial

import keras
import numpy as np
import tensorflow as tf


class LastStep(keras.callbacks.Callback):
    """Notes when the last step ended."""

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self.end = time.perf_counter()


def seconds_of(fit: Callable, last_step: LastStep) -> tuple[float, float]:
    """Return the seconds until the last step of a call of `fit` ended, and those until it returned."""
    start = time.perf_counter()
    fit(callbacks=[last_step], shuffle=False, verbose=0)
    return last_step.end - start, time.perf_counter() - last_step.end


def main(n_images: int = 12_800, n_rounds: int = 10) -> None:
    """Train `n_rounds` times in both ways, in turns, and print a line for each."""
    rng = np.random.default_rng(0)
    x, y = rng.random((n_images, 28, 28, 1), "float32"), rng.integers(0, 10, n_images)
    layers = [keras.layers.Conv2D(6, 5, activation="relu"), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")]
    model = keras.Sequential([keras.Input((28, 28, 1)), *layers])
    model.compile("sgd", "sparse_categorical_crossentropy")

    options = tf.data.Options()
    options.autotune.enabled = False
    data = tf.data.Dataset.from_tensor_slices((x, y)).batch(32).prefetch(2).with_options(options)

    fits = {"fit(x, y)": partial(model.fit, x, y), "fit(data)": partial(model.fit, data)}

    model.fit(data.take(1), shuffle=False, verbose=0)  # compiles
    print(f"{n_images:,} images, batch size 32: seconds of steps, and after the last step")
    for _ in range(n_rounds):
        for name, fit in fits.items():
            print("{:10}{:8.2f}{:8.2f}".format(name, *seconds_of(fit, LastStep())), flush=True)


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    main()
