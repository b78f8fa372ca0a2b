"""Layers that are different in training, in plain loops."""

import numpy as np

from numpy_model.layer import Layer
from numpy_model.naive.loops import start


class Dropout(Layer):
    """`numpy_model.layers.Dropout` in loops: one random number for each input, in reading order."""

    whole_batch = True

    def __init__(self, rate, seed=None, name=None, dtype=None):
        super().__init__(name, dtype)
        self.rate, self.seed, self.seed_state = rate, seed, np.zeros(2, np.int64)
        self.initialize(np.random.default_rng())

    def initialize(self, rng):
        """Begin the masks again."""
        self.seed_state[:] = (rng.integers(1 << 32) if self.seed is None else self.seed), 0

    def forward(self, inputs, training=False):
        """Each input is left out, or grows."""
        outputs, mask = start(self, inputs), np.ones_like(inputs)
        if training:
            rng = np.random.default_rng(self.seed_state)
            self.seed_state[1] += 1
            for index in np.ndindex(inputs.shape):
                mask[index] = 0 if rng.random() < self.rate else 1 / (1 - self.rate)
        for index in np.ndindex(inputs.shape):
            outputs[index] = inputs[index] * mask[index]
        self.remember(training, mask, outputs)
        return outputs

    def backward(self, grad_outputs):
        """Each input receives the gradient of its output, times the mask."""
        mask, _ = self.recall(grad_outputs)
        grad_inputs = np.empty_like(grad_outputs)
        for index in np.ndindex(grad_outputs.shape):
            grad_inputs[index] = grad_outputs[index] * mask[index]
        return grad_inputs
