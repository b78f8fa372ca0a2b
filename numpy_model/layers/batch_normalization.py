"""BatchNormalization: each channel, normalized over the batch.

Letters: N samples, C channels.
"""

from collections.abc import Callable, Sequence

import numpy as np

from numpy_model import initializers
from numpy_model.layers.normalization import Normalization, normalize_backward


class BatchNormalization(Normalization):
    """Each channel, with the mean and variance of the batch in training, and with moving ones at prediction.

        outputs = gamma * (inputs - mean) / sqrt(variance + epsilon) + beta
        moving_mean = momentum * moving_mean + (1 - momentum) * mean, after each training pass; the variance likewise

    As every sample depends on all others, a batch is never split or shared among processes.

    Args:
        axis: that of the channels, counted with the batch at 0. Default -1.
        momentum: what stays of the moving numbers in each pass, from 0 to 1. Default 0.99.
        epsilon: added to the variance. Default 1e-3.
        center, scale: whether there is a beta, and a gamma. Default `True`.
        beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer: a Keras name or a
            callable; default `"zeros"`, `"ones"`, `"zeros"` and `"ones"`.
        name, dtype: see `Layer`.

    Input and output shape: (N, ...).
    Parameters: `gamma` (C,), `beta` (C,). State: `moving_mean` (C,), `moving_variance` (C,).

    Raises:
        ValueError: in `build`, for an axis that the inputs do not have, or that of the batch.

    Reference: Ioffe and Szegedy, "Batch normalization", 2015;
        https://keras.io/api/layers/normalization_layers/batch_normalization/

    Example:
        >>> layer = BatchNormalization(epsilon=0.0, dtype="float64")
        >>> layer.build((2,))
        (2,)
        >>> layer.forward(np.array([[1.0, 3.0], [5.0, 1.0]]), training=True)
        array([[-1.,  1.],
               [ 1., -1.]])
        >>> layer.state["moving_mean"]
        array([0.03, 0.02])
    """

    whole_batch = True

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: str | Callable = "zeros",
        gamma_initializer: str | Callable = "ones",
        moving_mean_initializer: str | Callable = "zeros",
        moving_variance_initializer: str | Callable = "ones",
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(int(axis), epsilon, center, scale, beta_initializer, gamma_initializer, name, dtype)
        self.momentum = float(momentum)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)

    def build(self, input_shape: Sequence[int]) -> tuple[int, ...]:
        """Make gamma, beta and the moving statistics, and return the output shape, which is the input shape."""
        output_shape = super().build(input_shape)
        self.add_state("moving_mean", self.shape, self.moving_mean_initializer)
        self.add_state("moving_variance", self.shape, self.moving_variance_initializer)
        return output_shape

    def forward(self, inputs: np.ndarray, training: bool = False) -> np.ndarray:
        """Return the normalized channels, scaled and moved, (N, ...)."""
        self.check_input(inputs)
        mean, variance = self.state["moving_mean"], self.state["moving_variance"]
        if training:
            batch_mean, batch_variance = inputs.mean(axis=self.other_axes), inputs.var(axis=self.other_axes)  # (C,)
            for moving, statistic in ((mean, batch_mean), (variance, batch_variance)):
                moving[...] = self.momentum * moving + (1 - self.momentum) * statistic
            mean, variance = batch_mean, batch_variance
        stddev = np.expand_dims(np.sqrt(variance + self.epsilon), self.other_axes)
        normalized = (inputs - np.expand_dims(mean, self.other_axes)) / stddev
        outputs = self.scaled(normalized)
        self.remember(training, normalized, stddev, outputs)
        return outputs

    def backward(self, grad_outputs: np.ndarray) -> np.ndarray:
        """Fill `grads`, and return the gradient of the inputs, (N, ...)."""
        normalized, stddev, _ = self.recall(grad_outputs)
        grad_normalized = self.scaled_backward(grad_outputs, normalized)
        return normalize_backward(grad_normalized, normalized, stddev, self.other_axes)
