"""PixelBias: a number of its own added to every pixel of every channel.

Letters: N images, H x W pixels, C channels.
"""

from types import SimpleNamespace

import numpy as np

from numpy_model import activations, initializers, ops
from numpy_model.layers.layer import Layer, check_rank


class PixelBias(Layer):
    """A bias for each pixel, and an activation.

        logits = inputs + bias

    After a convolution without a bias this is a convolution with one bias per output pixel, elsewhere called untied
    biases. Keras has no such layer; its twin is `keras_model.layers.PixelBias`.

    Args:
        activation: `None` (the default), `"relu"` or `"softmax"`.
        bias_initializer: a Keras name or a callable; default `"zeros"`.
        name, dtype: see `Layer`.

    Input and output shape: (N, H, W, C).
    Parameters: `bias` (H, W, C).

    Raises:
        ValueError: for arguments, or in `build` an input shape, that it cannot have.
    """

    recordable = True

    def __init__(self, activation=None, bias_initializer="zeros", name=None, dtype=None):
        super().__init__(name, dtype)
        self.activation = activations.get(activation)
        self.bias_initializer = initializers.get(bias_initializer)

    def build(self, input_shape):
        """Make the bias for inputs of shape (H, W, C), and return the output shape."""
        self.input_shape = check_rank(self.name, input_shape, 3, "(height, width, channels)")
        self.output_shape = self.input_shape
        self.add_param("bias", self.input_shape, self.bias_initializer)
        for arrays in (self.params, self.grads):
            arrays["bias"] = as_planes(arrays["bias"])
        return self.output_shape

    def allocate(self, n):
        """Return the work arrays for a batch of n images.

        The gradient of the bias is that of the logits, summed over the images: of a single image it is the same array.
        """
        shape = (n, *self.output_shape)
        work = SimpleNamespace()
        work.logits = as_planes(np.empty(shape, self.dtype))
        work.outputs = work.logits if self.activation.elementwise else as_planes(np.empty(shape, self.dtype))
        work.grad_logits = self.grads["bias"][None] if n == 1 else as_planes(np.empty(shape, self.dtype))
        return work

    def forward(self, inputs, training=False):
        """Return activation(inputs + bias), (N, H, W, C)."""
        work = self.start_forward(inputs, training)
        ops.add(inputs, self.params["bias"], out=work.logits)
        self.activation.forward(work.logits, out=work.outputs)
        return work.outputs

    def backward(self, grad_outputs):
        """Fill `grads`, and return the gradient of the inputs, (N, H, W, C)."""
        work = self.start_backward(grad_outputs)
        self.activation.backward(grad_outputs, work.outputs, out=work.grad_logits)
        return self._backward_logits(work)

    def backward_logits(self, grad_logits):
        """Do as `backward`, from the gradient of what the activation was given."""
        work = self.start_backward(grad_logits)
        ops.copyto(work.grad_logits, grad_logits)
        return self._backward_logits(work)

    def _backward_logits(self, work):
        if len(work.outputs) > 1:
            ops.sum(work.grad_logits, axis=0, out=self.grads["bias"])
        return work.grad_logits if self.needs_input_gradient else None


def as_planes(array):
    """Return an array (..., H, W, C) whose memory holds one channel after the other, as convolution and pooling do.

    With one pixel after the other, the layer took 19 µs instead of 14 for a step of `write_up_cnn`.
    """
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(array, -1, -3)), -3, -1)
