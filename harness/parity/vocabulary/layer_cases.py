"""Every layer in its variants, as `Case`s: alone, and as a small network that any library builds.

`Case.network` is a function of `nn`, like the networks of the experiments: `CASES[0].network(numpy_model)`.
"""

import math
from dataclasses import dataclass, field

import numpy as np

import numpy_model
from numpy_model import naive

LIBRARIES = {"plain": numpy_model, "naive": naive}


def draw(shape, dtype="float64", seed=0):
    """Return standard normal numbers."""
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def randomize(arrays, seed=0):
    """Fill arrays in place with normal numbers of standard deviation 0.5."""
    rng = np.random.default_rng(seed)
    for array in arrays:
        array[...] = rng.normal(0, 0.5, array.shape)


@dataclass(frozen=True)
class Case:
    """A layer by the name of its class, with its arguments and the shape of one sample."""

    name: str
    layer: str
    input_shape: tuple
    arguments: dict = field(default_factory=dict)

    def __str__(self):
        return self.name

    def make(self, library="plain", dtype="float64"):
        """Return the layer, not built."""
        return getattr(LIBRARIES[library].layers, self.layer)(**self.arguments, dtype=dtype)

    def build(self, library="plain", dtype="float64", seed=0):
        """Return the layer, built, with random parameters: zero biases would hide mistakes."""
        layer = self.make(library, dtype)
        layer.build(self.input_shape)
        randomize(layer.params.values(), seed)
        return layer

    def network(self, nn):
        """Return a small network around the layer, in any library: something to train below it and above it."""
        size = math.prod(self.input_shape)
        below = [nn.layers.Flatten(), nn.layers.Dense(size), nn.layers.Reshape(self.input_shape)]
        layer = getattr(nn.layers, self.layer)(**self.arguments)
        above = [nn.layers.Flatten(), nn.layers.Dense(3, activation="softmax")]
        return nn.Sequential([nn.Input(self.input_shape), *below, layer, *above])

    def draw_inputs(self, n, dtype="float64", seed=1):
        """Return a random batch of n samples."""
        return draw((n, *self.input_shape), dtype, seed)


# Layers whose training differs from pass to pass.
RANDOM_CASES = [
    Case("dropout", "Dropout", (3, 4, 2), {"rate": 0.4, "seed": 5}),
    Case("dropout_vector", "Dropout", (7,), {"rate": 0.5, "seed": 6}),
    Case("dropout_nothing", "Dropout", (5,), {"rate": 0.0, "seed": 7}),
]

# Layers in whose training every sample depends on the others.
BATCH_CASES = [
    Case("batch_normalization", "BatchNormalization", (3, 4, 2)),
    Case("batch_normalization_vector", "BatchNormalization", (5,), {"momentum": 0.5, "epsilon": 1e-5}),
    Case("batch_normalization_rows", "BatchNormalization", (3, 4, 2), {"axis": 1, "center": False}),
    Case("batch_normalization_bare", "BatchNormalization", (2, 3), {"center": False, "scale": False}),
]

# Layers whose training pass is a function of each sample alone.
CASES = [
    Case("conv_valid", "Conv2D", (6, 5, 2), {"filters": 3, "kernel_size": 3}),
    Case(
        "conv_same_relu", "Conv2D", (5, 6, 1), {"filters": 2, "kernel_size": 5, "padding": "same", "activation": "relu"}
    ),
    Case("conv_rgb_strided_valid", "Conv2D", (7, 6, 3), {"filters": 2, "kernel_size": 3, "strides": 2}),
    Case(
        "conv_strided_same_uneven",
        "Conv2D",
        (5, 7, 3),
        {"filters": 4, "kernel_size": (2, 3), "strides": (2, 3), "padding": "same", "activation": "relu"},
    ),
    Case(
        "conv_softmax_without_bias",
        "Conv2D",
        (4, 4, 2),
        {"filters": 3, "kernel_size": 3, "padding": "same", "activation": "softmax", "use_bias": False},
    ),
    # Many channels and few filters: here it pays to keep the kernel's rows apart.
    Case("conv_many_channels", "Conv2D", (6, 7, 4), {"filters": 1, "kernel_size": 5, "padding": "same"}),
    Case("conv_many_channels_strided", "Conv2D", (6, 7, 4), {"filters": 1, "kernel_size": 4, "strides": (1, 2)}),
    Case("conv_one_pixel", "Conv2D", (3, 4, 2), {"filters": 3, "kernel_size": 1, "activation": "relu"}),
    Case("pixel_bias", "PixelBias", (3, 5, 2)),
    Case("pixel_bias_relu", "PixelBias", (5, 4, 3), {"activation": "relu"}),
    Case("pixel_bias_softmax", "PixelBias", (2, 3, 4), {"activation": "softmax"}),
    Case("max_pooling", "MaxPooling2D", (6, 4, 2)),
    Case("max_pooling_cut_off", "MaxPooling2D", (5, 7, 1), {"pool_size": (2, 3)}),
    Case("max_pooling_overlapping", "MaxPooling2D", (6, 5, 2), {"pool_size": 3, "strides": (1, 2), "padding": "same"}),
    Case("max_pooling_with_gaps", "MaxPooling2D", (7, 8, 2), {"pool_size": 2, "strides": 3, "padding": "same"}),
    Case("average_pooling", "AveragePooling2D", (6, 4, 2), {"pool_size": 2}),
    Case("average_pooling_same", "AveragePooling2D", (5, 6, 2), {"pool_size": 3, "strides": 2, "padding": "same"}),
    Case("average_pooling_overlapping", "AveragePooling2D", (5, 5, 1), {"pool_size": (3, 2), "strides": 1}),
    Case("flatten", "Flatten", (3, 4, 2)),
    Case("dense", "Dense", (7,), {"units": 5}),
    Case("dense_relu_without_bias", "Dense", (6,), {"units": 4, "activation": "relu", "use_bias": False}),
    Case("dense_softmax", "Dense", (5,), {"units": 4, "activation": "softmax"}),
    Case("dense_one_unit", "Dense", (1,), {"units": 1}),
    Case("activation_relu", "Activation", (3, 4, 2), {"activation": "relu"}),
    Case("activation_softmax", "Activation", (6,), {"activation": "softmax"}),
    Case("activation_linear", "Activation", (2, 3), {"activation": None}),
    Case("relu", "ReLU", (3, 4, 2)),
    Case("softmax", "Softmax", (3, 4)),
    Case("global_average_pooling", "GlobalAveragePooling2D", (3, 4, 2)),
    Case("global_average_pooling_keepdims", "GlobalAveragePooling2D", (4, 3, 2), {"keepdims": True}),
    Case("global_max_pooling", "GlobalMaxPooling2D", (3, 4, 2)),
    Case("global_max_pooling_keepdims", "GlobalMaxPooling2D", (4, 3, 2), {"keepdims": True}),
    Case("zero_padding", "ZeroPadding2D", (3, 4, 2)),
    Case("zero_padding_two", "ZeroPadding2D", (3, 4, 2), {"padding": (2, 0)}),
    Case("zero_padding_uneven", "ZeroPadding2D", (3, 2, 1), {"padding": ((1, 0), (2, 3))}),
    Case("reshape", "Reshape", (3, 4, 2), {"target_shape": (2, -1)}),
    Case("reshape_vector", "Reshape", (6,), {"target_shape": (1, 2, 3)}),
    Case("leaky_relu", "LeakyReLU", (3, 4, 2)),
    Case("leaky_relu_steep", "LeakyReLU", (5,), {"negative_slope": 1.5}),
    Case("elu", "ELU", (3, 4, 2)),
    Case("layer_normalization", "LayerNormalization", (3, 4, 5)),
    Case("layer_normalization_vector", "LayerNormalization", (6,), {"epsilon": 1e-5, "scale": False}),
    Case("layer_normalization_image", "LayerNormalization", (2, 3, 4), {"axis": [1, 2, 3], "center": False}),
    Case("layer_normalization_rows", "LayerNormalization", (3, 4, 2), {"axis": 1}),
    Case("conv_dilated", "Conv2D", (7, 6, 2), {"filters": 3, "kernel_size": 3, "dilation_rate": 2}),
    Case(
        "conv_dilated_same",
        "Conv2D",
        (5, 6, 2),
        {"filters": 2, "kernel_size": (3, 2), "dilation_rate": (2, 3), "padding": "same", "activation": "relu"},
    ),
    Case("up_sampling", "UpSampling2D", (3, 2, 2)),
    Case("up_sampling_uneven", "UpSampling2D", (2, 3, 1), {"size": (3, 1)}),
    Case("depthwise", "DepthwiseConv2D", (5, 6, 3), {"kernel_size": 3}),
    Case(
        "depthwise_same_relu",
        "DepthwiseConv2D",
        (5, 4, 2),
        {"kernel_size": (3, 2), "strides": 2, "padding": "same", "depth_multiplier": 3, "activation": "relu"},
    ),
    Case("depthwise_without_bias", "DepthwiseConv2D", (4, 4, 1), {"kernel_size": 2, "use_bias": False}),
    Case("separable", "SeparableConv2D", (5, 4, 3), {"filters": 4, "kernel_size": 3}),
    Case(
        "separable_same_relu",
        "SeparableConv2D",
        (5, 6, 2),
        {"filters": 3, "kernel_size": 3, "strides": 2, "padding": "same", "depth_multiplier": 2, "activation": "relu"},
    ),
    Case("separable_without_bias", "SeparableConv2D", (3, 3, 2), {"filters": 2, "kernel_size": 2, "use_bias": False}),
    Case("transposed", "Conv2DTranspose", (3, 4, 2), {"filters": 3, "kernel_size": 3}),
    Case("transposed_strided", "Conv2DTranspose", (3, 2, 2), {"filters": 2, "kernel_size": (3, 2), "strides": (2, 3)}),
    Case(
        "transposed_same_relu",
        "Conv2DTranspose",
        (3, 4, 3),
        {"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same", "activation": "relu", "use_bias": False},
    ),
    Case("elu_half", "ELU", (5,), {"alpha": 0.5}),
]

ALL_CASES = [*CASES, *RANDOM_CASES, *BATCH_CASES]
