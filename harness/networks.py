"""The networks, each a function of the library: `nn` is `keras`, `numpy_model` or `numpy_model.naive`."""


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


def adam_cnn(nn, input_shape=(28, 28, 1), n_classes=10):
    """Conv-Pool-Dense of the experiment `adam`: 17,010 parameters for 28 x 28 gray images of 10 classes."""
    return nn.Sequential(
        [
            nn.Input(input_shape),
            nn.layers.Conv2D(10, 3, activation="relu"),
            nn.layers.MaxPooling2D(2),
            nn.layers.Flatten(),
            nn.layers.Dense(n_classes, activation="softmax"),
        ]
    )


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


# By the names that flags take.
NETWORKS = {"simple_cnn": simple_cnn, "adam": adam_cnn, "strided": strided_cnn}
