"""PixelBias in plain loops.

Letters: N images, H x W pixels, C channels.
"""

import numpy as np

from numpy_model import activations, initializers
from numpy_model.checks import check_rank
from numpy_model.layer import Layer
from numpy_model.naive.loops import activate, backward_rows, clear, start


class PixelBias(Layer):
    """`numpy_model.layers.PixelBias` in loops."""

    def __init__(self, activation=None, bias_initializer="zeros", name=None, dtype=None):
        super().__init__(name, dtype)
        self.activation, self.bias_initializer = activations.get(activation), initializers.get(bias_initializer)

    def build(self, input_shape):
        """Make the bias (H, W, C), and return the output shape."""
        self.input_shape = check_rank(self.name, input_shape, 3, "(height, width, channels)")
        self.output_shape = self.input_shape
        self.add_param("bias", self.input_shape, self.bias_initializer)
        return self.output_shape

    def forward(self, inputs, training=False):
        """Each output is a pixel and its own bias."""
        outputs = start(self, inputs)
        for n, y, x in np.ndindex(outputs.shape[:3]):
            logits = [inputs[n, y, x, c] + self.params["bias"][y, x, c] for c in range(self.input_shape[2])]
            outputs[n, y, x] = activate(self.activation, logits)
        self.remember(training, outputs)
        return outputs

    def backward(self, grad_outputs):
        """Each logit hands its gradient to its bias and to its pixel."""
        (outputs,) = self.recall(grad_outputs)
        grad_inputs = backward_rows(self.activation, grad_outputs, outputs)
        clear(self.grads)
        for n, y, x, c in np.ndindex(grad_inputs.shape):
            self.grads["bias"][y, x, c] += grad_inputs[n, y, x, c]
        return grad_inputs
