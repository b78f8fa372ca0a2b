"""The networks, each a function of the library: `nn` is `keras_model.library`, `numpy_model` or `numpy_model.naive`.

Those without a `PixelBias` layer may also be made with `keras` itself.
"""


def simple_cnn(nn, input_shape=(28, 28, 1), n_classes=10, filters=6):
    """Conv-Conv-Pool-Dense-Dense: 119,772 parameters for 28 x 28 gray images of 10 classes."""
    return nn.Sequential(
        [
            nn.Input(input_shape),
            nn.layers.Conv2D(filters, 5, padding="same", activation="relu"),
            nn.layers.Conv2D(filters, 5, padding="same", activation="relu"),
            nn.layers.MaxPooling2D(2),
            nn.layers.Flatten(),
            nn.layers.Dense(100, activation="relu"),
            nn.layers.Dense(n_classes, activation="softmax"),
        ]
    )


def write_up_cnn(nn, input_shape=(28, 28, 1), n_classes=10):
    """The NumPy network of the write-up: 129,168 parameters for 28 x 28 gray images of 10 classes."""
    return _variant(nn, input_shape, n_classes, pixel_bias=True, published_values=True)


def notebook_cnn(nn, input_shape=(28, 28, 1), n_classes=10):
    """That of its notebook: 22,228 parameters for 28 x 28 gray images of 10 classes."""
    return _variant(
        nn, input_shape, n_classes, pixel_bias=True, published_values=True, hidden=False, zero_output_bias=True
    )


def pixel_bias_cnn(nn, input_shape=(28, 28, 1), n_classes=10):
    """`simple_cnn`, but with one bias per output pixel of a convolution."""
    return _variant(nn, input_shape, n_classes, pixel_bias=True)


def published_values_cnn(nn, input_shape=(28, 28, 1), n_classes=10):
    """`simple_cnn`, but with the initial values of the write-up."""
    return _variant(nn, input_shape, n_classes, published_values=True)


def no_hidden_cnn(nn, input_shape=(28, 28, 1), n_classes=10):
    """`simple_cnn`, but without the hidden layer: 12,832 parameters for 28 x 28 gray images of 10 classes."""
    return _variant(nn, input_shape, n_classes, hidden=False)


def _variant(nn, input_shape, n_classes, pixel_bias=False, published_values=False, hidden=True, zero_output_bias=False):
    """`simple_cnn` with changes; without any, it is `simple_cnn`.

    Args:
        nn, input_shape, n_classes: as in every network.
        pixel_bias: whether each output pixel of a convolution has a bias of its own.
        published_values: whether initial values are those of the write-up, N(0, 1) divided by a number: kernels of
            convolutions by the pixels of a kernel, whatever the channels, and their biases by the pixels of the padded
            image; kernels of dense layers by their inputs, and their biases by their units.
        hidden: whether there is a hidden layer.
        zero_output_bias: whether the last bias begins at zero, even with published values.
    """
    height, width, _ = input_shape
    n_features = 6 * (height // 2) * (width // 2)

    def values(parameter, divisor):
        """Return the argument of a layer that draws this parameter as published, if it is to be."""
        draw = {f"{parameter}_initializer": nn.initializers.RandomNormal(stddev=1 / divisor)}
        return draw if published_values else {}

    def convolution():
        kernel, bias = values("kernel", 5 * 5), values("bias", (height + 4) * (width + 4))
        if not pixel_bias:
            return [nn.layers.Conv2D(6, 5, padding="same", activation="relu", **kernel, **bias)]
        return [
            nn.layers.Conv2D(6, 5, padding="same", use_bias=False, **kernel),
            nn.layers.PixelBias(activation="relu", **bias),
        ]

    def dense(n_inputs, units, activation, zero_bias=False):
        kernel, bias = values("kernel", n_inputs), {} if zero_bias else values("bias", units)
        return nn.layers.Dense(units, activation=activation, **kernel, **bias)

    return nn.Sequential(
        [
            nn.Input(input_shape),
            *convolution(),
            *convolution(),
            nn.layers.MaxPooling2D(2),
            nn.layers.Flatten(),
            *([dense(n_features, 100, "relu")] if hidden else []),
            dense(100 if hidden else n_features, n_classes, "softmax", zero_bias=zero_output_bias),
        ]
    )


def adam_cnn(nn, input_shape=(28, 28, 1), n_classes=10, convolution_values=None, dense_values=None):
    """Conv-Pool-Dense of the experiment `adam`: 17,010 parameters for 28 x 28 gray images of 10 classes."""
    return nn.Sequential(
        [
            nn.Input(input_shape),
            nn.layers.Conv2D(10, 3, activation="relu", **(convolution_values or {})),
            nn.layers.MaxPooling2D(2),
            nn.layers.Flatten(),
            nn.layers.Dense(n_classes, activation="softmax", **(dense_values or {})),
        ]
    )


def uniform_adam_cnn(nn, input_shape=(28, 28, 1), n_classes=10):
    """`adam_cnn`, but with the initial values of its write-up: U(0, 1), and U(-1, 1) for the last kernel."""
    uniform = nn.initializers.RandomUniform
    biases = {"bias_initializer": uniform(0.0, 1.0)}
    return adam_cnn(
        nn,
        input_shape,
        n_classes,
        convolution_values=biases | {"kernel_initializer": uniform(0.0, 1.0)},
        dense_values=biases | {"kernel_initializer": uniform(-1.0, 1.0)},
    )


def adam_code_cnn(nn, input_shape=(28, 28, 1), n_classes=10):
    """The Adam write-up's network as its code computes it, in NumPy alone: 19,710 parameters for 28 x 28 images."""
    from harness.experiments.published_code import published_adam_cnn

    return published_adam_cnn(nn, input_shape, n_classes)


def strided_cnn(nn, input_shape=(28, 28, 1), n_classes=10):
    """Strides, both paddings and average pooling: what the other networks leave out, for the proof of parity."""
    return nn.Sequential(
        [
            nn.Input(input_shape),
            nn.layers.Conv2D(8, 3, strides=2, padding="same", activation="relu"),
            nn.layers.Conv2D(12, 3, padding="valid", activation="relu"),
            nn.layers.AveragePooling2D(3, strides=2, padding="same"),
            nn.layers.Flatten(),
            nn.layers.Dense(n_classes, activation="softmax"),
        ]
    )


def two_stacks(nn, input_shape=(28, 28, 1), n_classes=10):
    """Two stacks of Conv-Conv-Pool, then Dense-Dense: 174,278 parameters for 28 x 28 gray images of 10 classes."""
    return _stacks(nn, input_shape, n_classes, (16, 32))


def three_stacks(nn, input_shape=(28, 28, 1), n_classes=10):
    """Three stacks of Conv-Conv-Pool, then Dense-Dense: 130,502 parameters for 28 x 28 gray images of 10 classes."""
    return _stacks(nn, input_shape, n_classes, (16, 32, 64))


def _stacks(nn, input_shape, n_classes, filters_of_stacks):
    stacks = [
        layer
        for filters in filters_of_stacks
        for layer in (
            nn.layers.Conv2D(filters, 3, padding="same", activation="relu"),
            nn.layers.Conv2D(filters, 3, padding="same", activation="relu"),
            nn.layers.MaxPooling2D(2),
        )
    ]
    return nn.Sequential(
        [
            nn.Input(input_shape),
            *stacks,
            nn.layers.Flatten(),
            nn.layers.Dense(100, activation="relu"),
            nn.layers.Dense(n_classes, activation="softmax"),
        ]
    )


def dense_only(nn, input_shape=(28, 28, 1), n_classes=10):
    """Dense-Dense, with about as many parameters as `simple_cnn`: 119,260 for 28 x 28 gray images of 10 classes."""
    return nn.Sequential(
        [
            nn.Input(input_shape),
            nn.layers.Flatten(),
            nn.layers.Dense(150, activation="relu"),
            nn.layers.Dense(n_classes, activation="softmax"),
        ]
    )


# By the names that flags take.
NETWORKS = {
    "simple_cnn": simple_cnn,
    "adam": adam_cnn,
    "strided": strided_cnn,
    "write_up": write_up_cnn,
    "notebook": notebook_cnn,
    "pixel_bias": pixel_bias_cnn,
    "published_values": published_values_cnn,
    "no_hidden": no_hidden_cnn,
    "two_stacks": two_stacks,
    "three_stacks": three_stacks,
    "dense_only": dense_only,
}
