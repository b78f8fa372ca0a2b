"""Activations, losses, regularizers, optimizers and schedules, each in a small network that both libraries train."""

from collections.abc import Callable
from dataclasses import dataclass

from harness.experiments.losses import LOSS
from numpy_model.activations import NAMES

INPUT_SHAPE = (5, 5, 1)


def plain_descent(nn: object) -> object:
    """Plain descent, with a learning rate that shows differences soon."""
    return nn.optimizers.SGD(0.1)


@dataclass(frozen=True)
class TrainingCase:
    """What is trained.

    Attributes:
        name: as users write it.
        optimizer: a function of the library.
        loss: a name of Keras's, or a function of the library.
        last: the activation at the end of the network.
        n_outputs: of the network, and classes of its labels, of which there are two at least.
        activation: of the convolution and of the dense layer after it.
        regularizer: of kernels and biases, as a function of the library; `None` for none.
    """

    name: str
    optimizer: Callable = plain_descent
    loss: Callable | str = LOSS
    last: str | None = "softmax"
    n_outputs: int = 3
    activation: str = "tanh"
    regularizer: Callable | None = None

    input_shape = INPUT_SHAPE

    def __str__(self) -> str:
        return self.name

    def network(self, nn: object) -> object:
        """Return the network in a library."""
        penalties = {}
        if self.regularizer:
            penalties = {"kernel_regularizer": self.regularizer(nn), "bias_regularizer": self.regularizer(nn)}
        # The exponential of an exponential soon overflows.
        first = "tanh" if self.activation == "exponential" else self.activation
        return nn.Sequential(
            [
                nn.Input(INPUT_SHAPE),
                nn.layers.Conv2D(2, 3, activation=first, **penalties),
                nn.layers.Flatten(),
                nn.layers.Dense(4, activation=self.activation, **penalties),
                nn.layers.Dense(self.n_outputs, activation=self.last),
            ]
        )


ACTIVATIONS = [TrainingCase(name, activation=name) for name in NAMES]

LOSSES = [
    TrainingCase("sparse_categorical_crossentropy"),
    TrainingCase(
        "SparseCategoricalCrossentropy(from_logits=True)",
        loss=lambda nn: nn.losses.SparseCategoricalCrossentropy(from_logits=True),
        last=None,
    ),
    TrainingCase("categorical_crossentropy", loss="categorical_crossentropy"),
    TrainingCase("binary_crossentropy", loss="binary_crossentropy", last="sigmoid"),
    TrainingCase(
        "BinaryCrossentropy(from_logits=True)",
        loss=lambda nn: nn.losses.BinaryCrossentropy(from_logits=True),
        last=None,
    ),
    TrainingCase("mean_squared_error", loss="mean_squared_error", last=None),
    TrainingCase("mean_squared_error of a sigmoid", loss="mean_squared_error", last="sigmoid"),
    TrainingCase("mean_squared_error of a softmax", loss="mean_squared_error"),
    TrainingCase("mean_absolute_error", loss="mean_absolute_error", last=None),
]

REGULARIZERS = [
    TrainingCase("L1(0.02)", regularizer=lambda nn: nn.regularizers.L1(0.02)),
    TrainingCase("L2(0.02)", regularizer=lambda nn: nn.regularizers.L2(0.02)),
    TrainingCase("L1L2(0.01, 0.02)", regularizer=lambda nn: nn.regularizers.L1L2(0.01, 0.02)),
    TrainingCase("l2", regularizer=lambda nn: "l2"),
]

OPTIMIZERS = [
    TrainingCase("SGD", lambda nn: nn.optimizers.SGD(0.1)),
    TrainingCase("SGD, Nesterov", lambda nn: nn.optimizers.SGD(0.05, momentum=0.9, nesterov=True)),
    TrainingCase("SGD, momentum", lambda nn: nn.optimizers.SGD(0.05, momentum=0.9)),
    TrainingCase("Adam", lambda nn: nn.optimizers.Adam(0.01)),
    TrainingCase("AdamW", lambda nn: nn.optimizers.AdamW(0.01, weight_decay=0.1)),
    TrainingCase("Adagrad", lambda nn: nn.optimizers.Adagrad(0.1)),
    TrainingCase("RMSprop", lambda nn: nn.optimizers.RMSprop(0.01)),
    TrainingCase("RMSprop, momentum", lambda nn: nn.optimizers.RMSprop(0.01, rho=0.8, momentum=0.5)),
    TrainingCase("RMSprop, centered", lambda nn: nn.optimizers.RMSprop(0.01, centered=True)),
    TrainingCase("clipnorm", lambda nn: nn.optimizers.SGD(0.1, clipnorm=0.1)),
    TrainingCase("clipvalue", lambda nn: nn.optimizers.Adam(0.01, clipvalue=0.05)),
    TrainingCase("global_clipnorm", lambda nn: nn.optimizers.SGD(0.1, global_clipnorm=0.1)),
    TrainingCase("weight_decay", lambda nn: nn.optimizers.SGD(0.1, weight_decay=0.01)),
]


def scheduled(make: Callable) -> Callable:
    """Return plain descent with a schedule, as a function of the library."""
    return lambda nn: nn.optimizers.SGD(make(nn.optimizers.schedules))


SCHEDULES = [
    TrainingCase("ExponentialDecay", scheduled(lambda schedules: schedules.ExponentialDecay(0.1, 10, 0.7))),
    TrainingCase("InverseTimeDecay", scheduled(lambda schedules: schedules.InverseTimeDecay(0.1, 10, 0.7))),
    TrainingCase(
        "PiecewiseConstantDecay",
        scheduled(lambda schedules: schedules.PiecewiseConstantDecay([9, 40], [0.1, 0.05, 0.01])),
    ),
    TrainingCase("PolynomialDecay", scheduled(lambda schedules: schedules.PolynomialDecay(0.1, 60, 0.01, power=2.0))),
    TrainingCase("CosineDecay", scheduled(lambda schedules: schedules.CosineDecay(0.1, 60, alpha=0.1))),
]

BY_KIND = {
    "activation": ACTIVATIONS,
    "loss": LOSSES,
    "regularizer": REGULARIZERS,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
}
