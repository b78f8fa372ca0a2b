"""Networks of the comparison that no experiment trains, each a function of the library."""

from types import ModuleType
from typing import Any

# As flags name them.
LENET, VGG = f"{__name__}:lenet", f"{__name__}:vgg"


def lenet(nn: ModuleType, input_shape: tuple[int, ...] = (28, 28, 1), n_classes: int = 10) -> Any:
    """LeNet-5 with ReLU and max pooling: 61,706 parameters for 28 x 28 gray images of 10 classes.

    Source: LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition", 1998.
    """
    return nn.Sequential(
        [
            nn.Input(input_shape),
            nn.layers.Conv2D(6, 5, padding="same", activation="relu"),
            nn.layers.MaxPooling2D(2),
            nn.layers.Conv2D(16, 5, activation="relu"),
            nn.layers.MaxPooling2D(2),
            nn.layers.Flatten(),
            nn.layers.Dense(120, activation="relu"),
            nn.layers.Dense(84, activation="relu"),
            nn.layers.Dense(n_classes, activation="softmax"),
        ]
    )


def vgg(nn: ModuleType, input_shape: tuple[int, ...] = (28, 28, 1), n_classes: int = 10) -> Any:
    """Five 3 x 3 convolutions, in pairs before a pooling as in VGG: 201,578 parameters for 28 x 28 gray images.

    Source: Simonyan and Zisserman, "Very deep convolutional networks for large-scale image recognition", 2015.
    """

    def convolution(filters: int) -> Any:
        return nn.layers.Conv2D(filters, 3, padding="same", activation="relu")

    return nn.Sequential(
        [
            nn.Input(input_shape),
            convolution(32),
            convolution(32),
            nn.layers.MaxPooling2D(2),
            convolution(64),
            convolution(64),
            nn.layers.MaxPooling2D(2),
            convolution(128),
            nn.layers.Flatten(),
            nn.layers.Dense(n_classes, activation="softmax"),
        ]
    )
