"""Optimizers with a mistake."""

from numpy_model.optimizers import SGD, Adam


class TwiceScaledSGD(SGD):
    """It is given gradients that are multiplied by the learning rate already."""

    def apply(self, grads):
        right = self.learning_rate
        self.learning_rate = right * right
        super().apply(grads)
        self.learning_rate = right


class DampenedSGD(SGD):
    """Its velocity is a mean of the gradients, momentum * velocity - (1 - momentum) * learning_rate * gradient."""

    def apply(self, grads):
        super().apply([(1 - self.momentum) * grad for grad in grads])


class TextbookAdam(Adam):
    """Its step is m / c_1 * learning_rate / (sqrt(v / c_2) + epsilon), as in the paper, with c = 1 - beta^t.

    Keras adds epsilon to sqrt(v), so there the paper's step has an epsilon of sqrt(c_2) * epsilon.
    """

    def apply(self, grads):
        epsilon = self.epsilon
        self.epsilon = (1 - self.beta_2 ** (self.iterations + 1)) ** 0.5 * epsilon
        super().apply(grads)
        self.epsilon = epsilon


class ForgetfulAdam(Adam):
    """It begins every step with moments of zero."""

    def apply(self, grads):
        for moment in [*self.state["m"], *self.state["v"]]:
            moment.fill(0)
        super().apply(grads)
