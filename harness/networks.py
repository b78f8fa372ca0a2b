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
