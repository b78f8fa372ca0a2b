"""Kernels: the layers again, as operations on arrays that are there already.

There is one file for each kind of layer, and there are more for convolutions. A kernel is made for a layer and a number
of samples. `forward(tape, inputs, training)` writes the operations of the forward pass to a tape and returns the array
of the outputs; `backward(tape, grad_outputs, needs_grad_inputs)` does so for the backward pass, fills the layer's
`grads`, and returns the array of the gradient of the inputs. Inputs and gradients that a kernel is given it never
changes. A kernel whose parameters need another order in memory also has `arrange(layer, name, array)`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from numpy_model.engine.kernels.activation import ActivationKernel
from numpy_model.engine.kernels.convolution import ConvolutionKernel
from numpy_model.engine.kernels.dense import DenseKernel
from numpy_model.engine.kernels.flatten import FlattenKernel
from numpy_model.engine.kernels.fourier_convolution import FourierConvolutionKernel, fourier_is_faster
from numpy_model.engine.kernels.pixel_bias import PixelBiasKernel
from numpy_model.engine.kernels.plain import PlainKernel
from numpy_model.engine.kernels.pooling import AveragePoolingKernel, MaxPoolingKernel
from numpy_model.layers import (
    Activation,
    AveragePooling2D,
    Conv2D,
    Dense,
    Flatten,
    MaxPooling2D,
    PixelBias,
    ReLU,
    Softmax,
)

if TYPE_CHECKING:
    from numpy_model import activations
    from numpy_model.layer import Layer

KERNELS = {
    Activation: ActivationKernel,
    AveragePooling2D: AveragePoolingKernel,
    Conv2D: ConvolutionKernel,
    Dense: DenseKernel,
    Flatten: FlattenKernel,
    MaxPooling2D: MaxPoolingKernel,
    PixelBias: PixelBiasKernel,
    ReLU: ActivationKernel,
    Softmax: ActivationKernel,
}


def kernel_class(layer: Layer) -> type:
    """Return the kernel of a layer's exact class: a class that inherits may compute anything, and runs as written.

    So does a dilated convolution, which the kernel cannot do.
    """
    if type(layer) is Conv2D and layer.dilation_rate != (1, 1):
        return PlainKernel
    return KERNELS.get(type(layer), PlainKernel)


def make_kernel(
    layer: Layer, n: int, activation: activations.Activation | None, training: bool = True, ties_matter: bool = False
) -> object:
    """Return the kernel for a layer and a number of samples.

    Args:
        layer: built.
        n: samples.
        activation: what the kernel computes at its end, which need not be the layer's own; `None` for none.
        training: whether there is a way back too. Default `True`.
        ties_matter: whether windows that see the same must give the same outputs, bit by bit. Default `False`.
    """
    kind = kernel_class(layer)
    if kind is ConvolutionKernel and not ties_matter and fourier_is_faster(layer, n, training):
        kind = FourierConvolutionKernel
    return kind(layer, n, activation)
