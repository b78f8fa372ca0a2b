"""Activations as layers of their own."""

from numpy_model import activations
from numpy_model.layer import Layer


class Activation(Layer):
    """An activation function on inputs of any shape.

    Args:
        activation: a Keras name such as `"relu"`, a function of `activations`, or `None`.
        name, dtype: see `Layer`.

    Input and output shape: (N, ...).

    Source: https://keras.io/api/layers/core_layers/activation/
    """

    def __init__(self, activation, name=None, dtype=None):
        super().__init__(name, dtype)
        self.activation = activations.get(activation)

    def forward(self, inputs, training=False):
        """Return activation(inputs)."""
        self.check_input(inputs)
        outputs = self.activation.forward(inputs)
        self.remember(training, outputs)
        return outputs

    def backward(self, grad_outputs):
        """Return the gradient of the inputs."""
        (outputs,) = self.recall(grad_outputs)
        return self.activation.backward(grad_outputs, outputs)


class ReLU(Activation):
    """max(inputs, 0).

    Source: https://keras.io/api/layers/activation_layers/relu/
    """

    def __init__(self, name=None, dtype=None):
        super().__init__("relu", name, dtype)


class Softmax(Activation):
    """exp(inputs) / sum(exp(inputs)), along the last axis.

    Source: https://keras.io/api/layers/activation_layers/softmax/
    """

    def __init__(self, name=None, dtype=None):
        super().__init__("softmax", name, dtype)
