"""The layers, under the names that Keras gives them."""

from typing import NoReturn

from numpy_model.checks import refuse_name
from numpy_model.layer import Layer
from numpy_model.layers.activation import Activation, ReLU, Softmax
from numpy_model.layers.batch_normalization import BatchNormalization
from numpy_model.layers.convolution import Conv2D
from numpy_model.layers.dense import Dense
from numpy_model.layers.dropout import Dropout
from numpy_model.layers.flatten import Flatten
from numpy_model.layers.global_pooling import GlobalAveragePooling2D, GlobalMaxPooling2D
from numpy_model.layers.normalization import LayerNormalization
from numpy_model.layers.pixel_bias import PixelBias
from numpy_model.layers.pooling import AveragePooling2D, MaxPooling2D
from numpy_model.layers.rectifiers import ELU, LeakyReLU
from numpy_model.layers.reshape import Reshape
from numpy_model.layers.separable_convolution import DepthwiseConv2D, SeparableConv2D
from numpy_model.layers.transposed_convolution import Conv2DTranspose
from numpy_model.layers.up_sampling import UpSampling2D
from numpy_model.layers.zero_padding import ZeroPadding2D

__all__ = [
    "ELU",
    "Activation",
    "AveragePooling2D",
    "BatchNormalization",
    "Conv2D",
    "Conv2DTranspose",
    "Dense",
    "DepthwiseConv2D",
    "Dropout",
    "Flatten",
    "GlobalAveragePooling2D",
    "GlobalMaxPooling2D",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "MaxPooling2D",
    "PixelBias",
    "ReLU",
    "Reshape",
    "SeparableConv2D",
    "Softmax",
    "UpSampling2D",
    "ZeroPadding2D",
]


def __getattr__(name: str) -> NoReturn:
    refuse_name("layers", name, __all__)
