"""The layers in plain loops, under the names that Keras gives them."""

from numpy_model.naive.activation import ELU, Activation, LeakyReLU, ReLU, Softmax
from numpy_model.naive.convolution import Conv2D
from numpy_model.naive.dense import Dense
from numpy_model.naive.normalization import BatchNormalization, LayerNormalization
from numpy_model.naive.pixel_bias import PixelBias
from numpy_model.naive.pooling import AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D
from numpy_model.naive.regularization import Dropout
from numpy_model.naive.reshaping import Flatten, Reshape, UpSampling2D, ZeroPadding2D
from numpy_model.naive.separable_convolution import DepthwiseConv2D, SeparableConv2D
from numpy_model.naive.transposed_convolution import Conv2DTranspose

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
