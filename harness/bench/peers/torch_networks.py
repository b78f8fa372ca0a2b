"""The network of a NumPy model in PyTorch: images channels first, and the last softmax left to the loss.

Letters: K x L the kernel, C channels, F filters, D inputs, U units.
"""

import numpy as np
import torch
from torch import nn

from harness.user_models.layouts import parameter_layouts
from harness.user_models.twin import LayerShape
from numpy_model import Sequential, activations, layers


class TorchNetwork:
    """A network of PyTorch's own layers.

    Args:
        model: a `numpy_model.Sequential` of convolutions, max pooling, Flatten and Dense, with a softmax at its end.

    Attributes:
        module: the `torch.nn.Sequential`. It returns logits.
    """

    def __init__(self, model: Sequential) -> None:
        self.module = nn.Sequential(*(module for layer in model.layers for module in modules_of(layer)))
        self._layouts = parameter_layouts(
            [shape_of(layer) for layer in model.layers],
            kernels_channels_first=True,
            flatten_channels_first=True,
            out_in=True,
        )
        self.start(model.get_weights())

    def get_weights(self) -> list[np.ndarray]:
        """Return copies of all parameters, in Keras's order and layout."""
        pairs = zip(self._layouts, self.module.parameters(), strict=True)
        return [layout.to_keras(parameter.detach().numpy()) for layout, parameter in pairs]

    def start(self, weights: list[np.ndarray]) -> None:
        """Set all parameters, from Keras's order and layout."""
        with torch.no_grad():
            for layout, parameter, weight in zip(self._layouts, self.module.parameters(), weights, strict=True):
                parameter.copy_(torch.from_numpy(layout.to_user(weight)))


def modules_of(layer: layers.Layer) -> list[nn.Module]:
    """Return a layer of NumPy's as PyTorch has it: the layer, and its activation.

    Raises:
        ValueError: if this module has no such layer.
    """
    match layer:
        case layers.Conv2D(strides=(1, 1), dilation_rate=(1, 1), use_bias=True):
            module = nn.Conv2d(layer.input_shape[-1], layer.filters, layer.kernel_size, padding=layer.padding)
            return [module, *activation_of(layer)]
        case layers.MaxPooling2D(padding="valid"):
            return [nn.MaxPool2d(layer.pool_size, layer.strides)]
        case layers.Flatten():
            return [nn.Flatten()]
        case layers.Dense(use_bias=True):
            return [nn.Linear(*layer.input_shape, layer.units), *activation_of(layer)]
    raise ValueError(f"layer {layer.name} is a {type(layer).__name__} that is not written in PyTorch here")


def activation_of(layer: layers.Layer) -> list[nn.Module]:
    """Return the activation of a layer, none for a softmax: `cross_entropy` takes logits."""
    match layer.activation:
        case activations.Relu():
            return [nn.ReLU()]
        case activations.Softmax():
            return []
    raise ValueError(f"layer {layer.name} has an activation that is not written in PyTorch here")


def shape_of(layer: layers.Layer) -> LayerShape:
    """Return what the layouts of parameters are made from."""
    params = {name: param.shape for name, param in layer.params.items()}
    flattens = isinstance(layer, layers.Flatten)
    return LayerShape(layer.name, layer.input_shape, layer.output_shape, params, tuple(params), flattens)
