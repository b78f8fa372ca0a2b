"""The decisions of layers: where a ReLU lets its gradient pass, and which number of a window is the maximum.

Letters: N samples, H x W pixels, C channels, K x L a window.
"""

import keras
import numpy as np
import tensorflow as tf

# By activation, the slope below zero.
SLOPES = {keras.activations.relu: 0.0, keras.activations.leaky_relu: 0.2}


def slope_of(layer: keras.layers.Layer) -> float | None:
    """Return the slope below zero of a layer's ReLU, 0 of a plain one, or `None` if the layer ends in none."""
    if isinstance(layer, keras.layers.ReLU):
        return layer.negative_slope if not layer.threshold and layer.max_value is None else None
    if isinstance(layer, keras.layers.LeakyReLU):
        return layer.negative_slope
    return SLOPES.get(getattr(layer, "activation", None))


def takes_maximum(layer: keras.layers.Layer) -> bool:
    """Return whether a layer takes the maximum of windows."""
    return isinstance(layer, keras.layers.MaxPooling2D)


def before_relu(layer: keras.layers.Layer, inputs: tf.Tensor) -> tf.Tensor:
    """Return what the ReLU of a layer is given."""
    if isinstance(layer, keras.layers.ReLU | keras.layers.LeakyReLU):
        return inputs
    activation, layer.activation = layer.activation, keras.activations.linear
    try:
        return layer(inputs, training=True)
    finally:
        layer.activation = activation


def decided(layer: keras.layers.Layer, inputs: tf.Tensor, decision: tf.Tensor, slope: float | None) -> tf.Tensor:
    """Return the outputs of a layer whose decisions are made; its ReLU has a slope below zero, or is `None`."""
    if slope is not None:
        return before_relu(layer, inputs) * (decision + slope * (1 - decision) if slope else decision)
    if takes_maximum(layer):
        chosen = tf.where(decision > 0, taps_of(layer, inputs), 0) * decision
        # The gradient goes to all that were chosen, and the output is one of them.
        return tf.reduce_sum(chosen, axis=3) + tf.stop_gradient(
            tf.reduce_sum(chosen, axis=3) * (1 / tf.maximum(tf.reduce_sum(decision, axis=3), 1) - 1)
        )
    return layer(inputs, training=True)


def taps_of(layer: keras.layers.Layer, inputs: tf.Tensor) -> tf.Tensor:
    """Return the numbers in every window of a pooling layer, (N, H, W, K * L, C), in reading order; padding is -inf."""
    _, *size, _ = inputs.shape
    _, *windows, _ = layer.compute_output_shape(inputs.shape)
    margins = []
    for n_pixels, n_windows, length, stride in zip(size, windows, layer.pool_size, layer.strides, strict=True):
        missing = max((n_windows - 1) * stride + length - n_pixels, 0)
        margins.append([missing // 2, missing - missing // 2])
    padded = tf.pad(inputs, [[0, 0], *margins, [0, 0]], constant_values=-np.inf)
    (rows, columns), (down, right) = windows, layer.strides
    return tf.stack(
        [
            padded[:, k : k + down * (rows - 1) + 1 : down, l : l + right * (columns - 1) + 1 : right]
            for k, l in np.ndindex(layer.pool_size)
        ],
        axis=3,
    )
