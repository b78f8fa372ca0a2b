"""Dense: every output is a weighted sum of all inputs.

Letters: N samples, D inputs, F units.
"""

from types import SimpleNamespace

import numpy as np

from numpy_model import activations, initializers, ops
from numpy_model.layers.layer import Layer, check_rank, whole_numbers


class Dense(Layer):
    """A matrix product, a bias and an activation.

        logits = inputs @ kernel + bias

    Args:
        units: F.
        activation: `None` (the default), `"relu"` or `"softmax"`.
        use_bias: default `True`.
        kernel_initializer, bias_initializer: a Keras name or a callable; default `"glorot_uniform"` and `"zeros"`.
        name, dtype: see `Layer`.

    Input shape: (N, D). Output shape: (N, F).
    Parameters: `kernel` (D, F), `bias` (F,).

    Attributes:
        can_defer: whether the layer knows of `deferred_kernel`.
        deferred_kernel: a `DeferredKernel` while a model collects the steps of this one; else `None`.

    Raises:
        ValueError: for arguments, or in `build` an input shape, that no dense layer can have.

    Source: https://keras.io/api/layers/core_layers/dense/
    """

    recordable = True

    can_defer = True

    def __init__(
        self,
        units,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        name=None,
        dtype=None,
    ):
        super().__init__(name, dtype)
        (self.units,) = whole_numbers(self.name, "units", units, 1)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.deferred_kernel = None

    def build(self, input_shape):
        """Make kernel and bias for inputs of shape (D,), and return the output shape."""
        (n_inputs,) = check_rank(self.name, input_shape, 1, "(inputs,); put a Flatten layer before it")
        self.add_param("kernel", (n_inputs, self.units), self.kernel_initializer)
        if self.use_bias:
            self.add_param("bias", (self.units,), self.bias_initializer)
        self.input_shape = (n_inputs,)
        self.output_shape = (self.units,)
        return self.output_shape

    def allocate(self, n):
        """Return the work arrays for a batch of n samples.

        The gradient of the kernel is a product over the samples. For a single sample NumPy does not hand it to BLAS;
        a second sample of zeros makes it do so, and the product of the hidden layer of `simple_cnn` takes 15 µs instead
        of 60.
        """
        (n_inputs,), (units,) = self.input_shape, self.output_shape
        work = SimpleNamespace()
        work.samples = np.zeros((max(n, 2), n_inputs), self.dtype)
        work.inputs = work.samples[:n]  # (N, D)
        work.logits = np.empty((n, units), self.dtype)
        work.outputs = work.logits if self.activation.elementwise else np.empty((n, units), self.dtype)
        work.grad_samples = np.zeros((max(n, 2), units), self.dtype)
        work.grad_logits = work.grad_samples[:n]  # (N, F)
        work.grad_inputs = np.empty((n, n_inputs), self.dtype)
        return work

    def forward(self, inputs, training=False):
        """Return activation(inputs @ kernel + bias), (N, F)."""
        work = self.start_forward(inputs, training)
        if self.deferred_kernel:
            self.deferred_kernel.product(inputs, out=work.logits)
        else:
            ops.copyto(work.inputs, inputs)
            ops.matmul(work.inputs, self.params["kernel"], out=work.logits)
        if self.use_bias:
            ops.add(work.logits, self.params["bias"], out=work.logits)
        self.activation.forward(work.logits, out=work.outputs)
        return work.outputs

    def backward(self, grad_outputs):
        """Fill `grads`, and return the gradient of the inputs, (N, D)."""
        work = self.start_backward(grad_outputs)
        self.activation.backward(grad_outputs, work.outputs, out=work.grad_logits)
        return self._backward_logits(work)

    def backward_logits(self, grad_logits):
        """Do as `backward`, from the gradient of what the activation was given."""
        work = self.start_backward(grad_logits)
        ops.copyto(work.grad_logits, grad_logits)
        return self._backward_logits(work)

    def _backward_logits(self, work):
        if self.use_bias and len(work.grad_logits) == 1:  # a sum over one sample takes 1.5 µs, and a copy 0.5
            ops.copyto(self.grads["bias"], work.grad_logits[0])
        elif self.use_bias:
            ops.sum(work.grad_logits, axis=0, out=self.grads["bias"])
        if self.deferred_kernel:
            self.deferred_kernel.set_gradient(work.grad_logits)
        else:
            ops.matmul(work.samples.T, work.grad_samples, out=self.grads["kernel"])
        if not self.needs_input_gradient:
            return None
        if self.deferred_kernel:
            self.deferred_kernel.product_transposed(work.grad_logits, out=work.grad_inputs)
        else:
            ops.matmul(work.grad_logits, self.params["kernel"].T, out=work.grad_inputs)
        return work.grad_inputs
