"""The optimizers, each a function of the library and the learning rate."""

import math


def sgd(nn, learning_rate):
    """Plain stochastic gradient descent."""
    return nn.optimizers.SGD(learning_rate=learning_rate)


def momentum(nn, learning_rate):
    """Descent with a velocity that keeps 0.9 of itself."""
    return nn.optimizers.SGD(learning_rate=learning_rate, momentum=0.9)


def adam(nn, learning_rate):
    """Adam with the betas of the write-up."""
    return nn.optimizers.Adam(learning_rate=learning_rate, beta_1=0.95, beta_2=0.99)


def forgetful_adam(nn, learning_rate):
    """Adam as the write-up's code computes it: moments begin at zero in every batch, and nothing corrects for that.

        step = learning_rate * (1 - 0.95) * grad / sqrt((1 - 0.99) * grad² + 1e-7)

    That is an Adam without memory, with half the learning rate: every weight moves by about as much, up or down.
    Keras's form adds its epsilon outside the root, which differs for gradients below 0.003 alone.
    """
    left_of_grad, left_of_square = 1 - 0.95, 1 - 0.99
    return nn.optimizers.Adam(
        learning_rate=learning_rate * left_of_grad / math.sqrt(left_of_square),
        beta_1=0.0,
        beta_2=0.0,
        epsilon=math.sqrt(1e-7 / left_of_square),
    )


# By the names that flags take.
OPTIMIZERS = {"sgd": sgd, "momentum": momentum, "adam": adam}
