"""Normalizations in plain loops: groups of numbers, each moved and scaled to mean 0 and variance 1."""

import math

import numpy as np

from numpy_model import initializers
from numpy_model.layer import Layer
from numpy_model.naive.loops import clear, start


class Normalization(Layer):
    """What both normalizations share: groups of places, and a gamma and a beta for each entry of the axes."""

    def __init__(self, axis=-1, epsilon=1e-3, center=True, scale=True, beta_initializer="zeros",
                 gamma_initializer="ones", name=None, dtype=None):  # fmt: skip
        super().__init__(name, dtype)
        self.axis = [axis] if isinstance(axis, int) else list(axis)
        self.epsilon, self.center, self.scale = epsilon, center, scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)

    def build(self, input_shape):
        """Make gamma and beta, and return the output shape, which is the input shape."""
        output_shape = super().build(input_shape)
        self.axes = sorted(axis if axis > 0 else axis + 1 + len(output_shape) for axis in self.axis)
        self.shape = tuple(output_shape[axis - 1] for axis in self.axes)
        if self.scale:
            self.add_param("gamma", self.shape, self.gamma_initializer)
        if self.center:
            self.add_param("beta", self.shape, self.beta_initializer)
        return output_shape

    def entry(self, place):
        """Return the place of the gamma and the beta of a number."""
        return tuple(place[axis] for axis in self.axes)

    def groups(self, shape):
        """Return the places of each group of numbers that are normalized together, by what they have in common."""
        groups = {}
        for place in np.ndindex(shape):
            groups.setdefault(self.common(place), []).append(place)
        return groups

    def write(self, outputs, inputs, places, mean, variance):
        """Write the outputs of one group."""
        for place in places:
            outputs[place] = (inputs[place] - mean) / math.sqrt(variance + self.epsilon)
            if self.scale:
                outputs[place] *= self.params["gamma"][self.entry(place)]
            if self.center:
                outputs[place] += self.params["beta"][self.entry(place)]

    def backward(self, grad_outputs):
        """The chain rule through the normalized numbers, the variance and the mean of each group, one by one."""
        inputs, _ = self.recall(grad_outputs)
        grad_inputs = np.empty_like(inputs)
        clear(self.grads)
        for places in self.groups(inputs.shape).values():
            mean, variance = moments(inputs, places)
            stddev = math.sqrt(variance + self.epsilon)
            grad_normalized = {}
            for place in places:
                grad_normalized[place] = grad_outputs[place]
                if self.center:
                    self.grads["beta"][self.entry(place)] += grad_outputs[place]
                if self.scale:
                    self.grads["gamma"][self.entry(place)] += grad_outputs[place] * (inputs[place] - mean) / stddev
                    grad_normalized[place] *= self.params["gamma"][self.entry(place)]
            grad_variance = sum(grad_normalized[place] * (inputs[place] - mean) for place in places) / (-2 * stddev**3)
            grad_mean = -sum(grad_normalized.values()) / stddev
            for place in places:
                from_variance = grad_variance * 2 * (inputs[place] - mean)
                grad_inputs[place] = grad_normalized[place] / stddev + (from_variance + grad_mean) / len(places)
        return grad_inputs


class LayerNormalization(Normalization):
    """`numpy_model.layers.LayerNormalization` in loops."""

    def common(self, place):
        """A group is what differs along the axes only."""
        return tuple(index for axis, index in enumerate(place) if axis not in self.axes)

    def forward(self, inputs, training=False):
        """Each group with its own mean and variance."""
        outputs = start(self, inputs)
        for places in self.groups(inputs.shape).values():
            self.write(outputs, inputs, places, *moments(inputs, places))
        self.remember(training, np.array(inputs), outputs)
        return outputs


class BatchNormalization(Normalization):
    """`numpy_model.layers.BatchNormalization` in loops."""

    whole_batch = True

    def __init__(self, axis=-1, momentum=0.99, epsilon=1e-3, center=True, scale=True, beta_initializer="zeros",
                 gamma_initializer="ones", moving_mean_initializer="zeros", moving_variance_initializer="ones",
                 name=None, dtype=None):  # fmt: skip
        super().__init__(axis, epsilon, center, scale, beta_initializer, gamma_initializer, name, dtype)
        self.momentum = momentum
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)

    def build(self, input_shape):
        """Make gamma, beta and the moving statistics, and return the output shape, which is the input shape."""
        output_shape = super().build(input_shape)
        self.add_state("moving_mean", self.shape, self.moving_mean_initializer)
        self.add_state("moving_variance", self.shape, self.moving_variance_initializer)
        return output_shape

    def common(self, place):
        """A group is a channel."""
        return self.entry(place)

    def forward(self, inputs, training=False):
        """Each channel with the mean and variance of the batch, or with the moving ones."""
        outputs, state = start(self, inputs), self.state
        for channel, places in self.groups(inputs.shape).items():
            mean, variance = state["moving_mean"][channel], state["moving_variance"][channel]
            if training:
                batch_mean, batch_variance = moments(inputs, places)
                state["moving_mean"][channel] = self.momentum * mean + (1 - self.momentum) * batch_mean
                state["moving_variance"][channel] = self.momentum * variance + (1 - self.momentum) * batch_variance
                mean, variance = batch_mean, batch_variance
            self.write(outputs, inputs, places, mean, variance)
        self.remember(training, np.array(inputs), outputs)
        return outputs


def moments(inputs, places):
    """Return mean and variance of the numbers at some places."""
    mean = sum(inputs[place] for place in places) / len(places)
    return mean, sum((inputs[place] - mean) ** 2 for place in places) / len(places)
