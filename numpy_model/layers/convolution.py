"""Convolution of images with a bank of small kernels.

Letters: N images, H x W pixels, C channels, F filters, K x L the kernel; D, G and S as in `windows.py`.
"""

from types import SimpleNamespace

import numpy as np

from numpy_model import activations, initializers, ops
from numpy_model.geometry import Geometry
from numpy_model.layers.layer import Layer, check_rank, whole_numbers
from numpy_model.windows import Patches, choose_groups


class Conv2D(Layer):
    """Cross-correlation of every window with every kernel.

        logits[n, y, x, f] = bias[f] + sum_{k, l, c} kernel[k, l, c, f] * inputs[n, row + k, column + l, c]
        with row = y * down - top and column = x * right - left

    Args:
        filters: F, number of kernels.
        kernel_size: K, or (K, L), in pixels.
        strides: distance between windows in pixels, one number or (down, right). Default 1.
        padding: `"valid"` (the default) or `"same"`.
        activation: `None` (the default), `"relu"` or `"softmax"`.
        use_bias: default `True`.
        kernel_initializer, bias_initializer: a Keras name or a callable; default `"glorot_uniform"` and `"zeros"`.
        name, dtype: see `Layer`.

    Input shape: (N, H, W, C). Output shape: (N, output height, output width, F).
    Parameters: `kernel` (K, L, C, F), `bias` (F,).

    Raises:
        ValueError: for arguments, or in `build` an input shape, that no convolution can have.

    Source: https://keras.io/api/layers/convolution_layers/convolution2d/
    """

    recordable = True

    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1),
        padding="valid",
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        name=None,
        dtype=None,
    ):
        super().__init__(name, dtype)
        (self.filters,) = whole_numbers(self.name, "filters", filters, 1)
        self.kernel_size = whole_numbers(self.name, "kernel_size", kernel_size, 2)
        self.strides = whole_numbers(self.name, "strides", strides, 2)
        self.padding = padding
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)

    def build(self, input_shape):
        """Make kernel and bias for inputs of shape (H, W, C), and return the output shape."""
        height, width, channels = check_rank(self.name, input_shape, 3, "(height, width, channels)")
        self.geometry = Geometry(self.name, (height, width), self.kernel_size, self.strides, self.padding)
        self._n_groups = choose_groups(self.geometry, channels, self.filters)
        self.add_param("kernel", (*self.kernel_size, channels, self.filters), self.kernel_initializer)
        for arrays in (self.params, self.grads):
            arrays["kernel"] = lay_out(arrays["kernel"], self._n_groups)
        if self.use_bias:
            self.add_param("bias", (self.filters,), self.bias_initializer)
        self.input_shape = (height, width, channels)
        self.output_shape = (*self.geometry.output_size, self.filters)
        return self.output_shape

    def allocate(self, n):
        """Return the work arrays for a batch of n images."""
        *_, channels, filters = self.params["kernel"].shape
        work = SimpleNamespace()
        work.patches = Patches(self.geometry, n, channels, filters, self._n_groups, self.dtype)
        work.logits = work.patches.outputs.transpose(0, 2, 3, 1)  # (N, H', W', F)
        work.outputs = work.logits if self.activation.elementwise else np.empty(work.logits.shape, self.dtype)
        work.grad_logits = work.patches.grad_outputs.transpose(0, 2, 3, 1)  # (N, H', W', F)

        work.kernel = as_matrix(self.params["kernel"], self._n_groups)  # (D, G * F)
        work.bias = self.params["bias"][:, None, None] if self.use_bias else None
        work.grad_kernel = as_matrix(self.grads["kernel"], self._n_groups)  # (D, G * F)
        if n == 1:  # the gradients of the only image are the gradients
            work.grad_kernels = work.grad_kernel[None]
            work.grad_biases = self.grads["bias"][None] if self.use_bias else None
        else:
            work.grad_kernels = np.empty((n, *work.kernel.shape), self.dtype)  # (N, D, G * F)
            work.grad_biases = np.empty((n, filters), self.dtype)  # (N, F)
        work.stacked = None  # the chunk whose patches are there
        work.grad_planes = work.patches.grad_cells.reshape(n, filters, -1)  # (N, F, S)
        work.ones = np.ones(work.grad_planes.shape[2], self.dtype)  # (S,)
        return work

    def forward(self, inputs, training=False):
        """Return activation(logits), (N, output height, output width, F)."""
        work = self.start_forward(inputs, training)
        ops.copyto(work.patches.inputs, inputs.transpose(0, 3, 1, 2))
        for chunk in work.patches.chunks:
            ops.matmul(work.kernel.T, chunk.stack(), out=chunk.products)
            chunk.combine()
        work.stacked = chunk
        if self.use_bias:
            ops.add(work.patches.cells, work.bias, out=work.patches.cells)
        if self.activation.elementwise:
            self.activation.forward(work.patches.cells, out=work.patches.cells)
        else:
            self.activation.forward(work.logits, out=work.outputs)
        return work.outputs

    def backward(self, grad_outputs):
        """Fill `grads`, and return the gradient of the inputs, (N, H, W, C)."""
        work = self.start_backward(grad_outputs)
        if self.activation.elementwise:
            ops.copyto(work.grad_logits, grad_outputs)
            cells = work.patches.grad_cells
            self.activation.backward(cells, work.patches.cells, out=cells)
        else:
            self.activation.backward(grad_outputs, work.outputs, out=work.grad_logits)
        return self._backward_logits(work)

    def backward_logits(self, grad_logits):
        """Do as `backward`, from the gradient of what the activation was given."""
        work = self.start_backward(grad_logits)
        ops.copyto(work.grad_logits, grad_logits)
        return self._backward_logits(work)

    def _backward_logits(self, work):
        # From last to first, as the patches of the last are still there from the way forward.
        for chunk in reversed(work.patches.chunks):
            patches = chunk.patches if chunk is work.stacked else chunk.stack()
            work.stacked = chunk
            grad_products = chunk.spread()
            ops.matmul(patches, grad_products.transpose(0, 2, 1), out=work.grad_kernels[chunk.images])
            if self.needs_input_gradient:
                ops.matmul(work.kernel, grad_products, out=chunk.grad_patches)
                chunk.unstack()
                work.stacked = None  # their gradient is in their place
        if self.use_bias:
            ops.matmul(work.grad_planes, work.ones, out=work.grad_biases)
        if len(work.outputs) > 1:
            ops.sum(work.grad_kernels, axis=0, out=work.grad_kernel)
            if self.use_bias:
                ops.sum(work.grad_biases, axis=0, out=self.grads["bias"])
        return work.patches.grad_inputs.transpose(0, 2, 3, 1) if self.needs_input_gradient else None


def lay_out(kernel, n_groups):
    """Return the kernel (K, L, C, F) with its numbers in memory in the order that the product wants."""
    matrix = np.ascontiguousarray(by_group(kernel, n_groups))
    return matrix.transpose(3, 0, 1, 2, 4).reshape(kernel.shape)[:, ::-1]


def as_matrix(kernel, n_groups):
    """Return the kernel as (D, G * F), a view of the same memory if `lay_out` arranged it."""
    return by_group(kernel, n_groups).reshape(-1, n_groups * kernel.shape[3])


def by_group(kernel, n_groups):
    """Return the view (K / G, L, C, G, F) of the kernel, its columns from last to first, as `Patches` has them."""
    rows, columns, channels, filters = kernel.shape
    return kernel[:, ::-1].reshape(n_groups, rows // n_groups, columns, channels, filters).transpose(1, 2, 3, 0, 4)
