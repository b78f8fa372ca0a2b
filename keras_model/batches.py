"""Batches of arrays as Keras's `fit` makes them, but without its waiting."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

# Batches that are made ready while a step is taken. With none, steps take about 1.08 times as long.
PREFETCHED = 2


def fed_with(arrays: Sequence[np.ndarray], batch_size: int) -> dict[str, Any]:
    """Return the arguments that hand arrays to `fit` or `predict`: TensorFlow alone would wait for them at the end.

    Args:
        arrays: NumPy arrays with equal first axes, such as `(x, y)`.
        batch_size: samples a batch.
    """
    if keras.backend.backend() == "tensorflow":
        return {"x": batches_of(arrays, batch_size)}
    return dict(zip(("x", "y"), arrays, strict=False)) | {"batch_size": batch_size}


def batches_of(arrays: Sequence[np.ndarray], batch_size: int) -> Any:
    """Return a `tf.data.Dataset` of batches of some arrays, in order, the short last one kept.

    `fit(x, y, batch_size=batch_size, shuffle=False)` makes the same batches, with autotuning on. At its end it often
    waits for the autotuner, which sleeps 10 ms, then twice as long each time, up to a minute.

    Args:
        arrays: NumPy arrays with equal first axes, such as `(x, y)`. They take as much memory as in `fit`.
        batch_size: samples a batch.
    """
    import tensorflow as tf  # which Keras on another backend does without

    n = len(arrays[0])
    dataset = tf.data.Dataset.from_tensor_slices(tuple(arrays))
    # Where no batch is short, all have a static shape, as in `fit`: TensorFlow may then compute in another way.
    dataset = dataset.batch(batch_size, drop_remainder=n % batch_size == 0).prefetch(PREFETCHED)
    options = tf.data.Options()
    options.autotune.enabled = False
    # As in `fit`: to rewrite the pipeline costs more than it gains.
    options.experimental_optimization.apply_default_optimizations = False
    return dataset.with_options(options)
