"""Training and prediction in JAX, as its users write them.

Each call is given arrays in `use(x, y, batch_size)`, and takes them through the network whenever it is called.
"""

from collections.abc import Callable

import jax
import numpy as np
from jax import lax
from jax import numpy as jnp

from harness.bench.peers.jax_networks import JaxNetwork, Parameters
from numpy_model import Sequential


class Steps:
    """An epoch of plain descent, in which Python calls each compiled step. Returns its mean loss and accuracy.

    Args:
        network: a `JaxNetwork`.
        learning_rate: above 0.
    """

    waiting = 0.0

    def __init__(self, network: JaxNetwork, learning_rate: float) -> None:
        self._network = network
        self._step = jax.jit(step_of(network, learning_rate), donate_argnums=0)

    def use(self, x: np.ndarray, y: np.ndarray, batch_size: int) -> None:
        """Train on these arrays from now on: (N, H, W, C), (N,), and samples a step."""
        self._batches = [tuple(map(jnp.array, batch)) for batch in zip(*in_batches(x, y, batch_size), strict=True)]

    def __call__(self) -> tuple[float, float]:
        parameters, loss, accuracy = self._network.parameters, 0.0, 0.0
        for batch in self._batches:
            parameters, scores = self._step(parameters, batch)
            loss, accuracy = loss + scores[0], accuracy + scores[1]
        self._network.parameters = jax.block_until_ready(parameters)
        return float(loss) / len(self._batches), float(accuracy) / len(self._batches)


class Scan:
    """An epoch of plain descent as one compiled loop, `lax.scan`. Returns its mean loss and accuracy.

    Args:
        network: a `JaxNetwork`.
        learning_rate: above 0.
    """

    waiting = 0.0

    def __init__(self, network: JaxNetwork, learning_rate: float) -> None:
        self._network = network
        step = step_of(network, learning_rate)
        self._scan = jax.jit(lambda parameters, batches: lax.scan(step, parameters, batches), donate_argnums=0)

    def use(self, x: np.ndarray, y: np.ndarray, batch_size: int) -> None:
        """Train on these arrays from now on: (N, H, W, C), (N,), and samples a step. The loop is compiled for them."""
        self._batches = tuple(map(jnp.array, in_batches(x, y, batch_size)))
        self._epoch = self._scan.lower(self._network.parameters, self._batches).compile()

    def __call__(self) -> tuple[float, float]:
        parameters, (losses, accuracies) = self._epoch(self._network.parameters, self._batches)
        self._network.parameters = jax.block_until_ready(parameters)
        return float(losses.mean()), float(accuracies.mean())


class Prediction:
    """The probabilities of all classes, (N, F), one compiled batch after the other.

    Args:
        network: a `JaxNetwork`.
        learning_rate: not looked at.
    """

    waiting = 0.0

    def __init__(self, network: JaxNetwork, learning_rate: float) -> None:
        self._network = network
        self._probabilities = jax.jit(lambda parameters, x: jax.nn.softmax(network.logits(parameters, x)))

    def use(self, x: np.ndarray, y: np.ndarray, batch_size: int) -> None:
        """Predict these images from now on: (N, H, W, C), and samples a step. The labels are not looked at."""
        self._batches = [jnp.array(x[start : start + batch_size]) for start in range(0, len(x), batch_size)]

    def __call__(self) -> np.ndarray:
        parameters = self._network.parameters
        return np.concatenate([self._probabilities(parameters, batch) for batch in self._batches])


# By the words that tables use.
WAYS = {
    "train": {"jit of a step": Steps, "lax.scan of an epoch": Scan},
    "predict": {"jit of a batch": Prediction},
}


def make_call(model: Sequential, learning_rate: float, task: str, way: str) -> tuple[JaxNetwork, Callable]:
    """Return the network of a NumPy model in JAX, and what takes all images through it.

    Args:
        model: a `numpy_model.Sequential`.
        learning_rate: above 0.
        task: `"train"` or `"predict"`.
        way: one of `WAYS`.
    """
    network = JaxNetwork(model)
    return network, WAYS[task][way](network, learning_rate)


def step_of(network: JaxNetwork, learning_rate: float) -> Callable:
    """Return a step of plain descent, a function of parameters and a batch.

    It returns the parameters after it, and the mean loss and accuracy before it.
    """

    def loss_of(parameters: Parameters, x: jax.Array, y: jax.Array) -> tuple[jax.Array, jax.Array]:
        logits = network.logits(parameters, x)
        of_labels = jnp.take_along_axis(jax.nn.log_softmax(logits), y[:, None], axis=1)
        return -of_labels.mean(), (logits.argmax(axis=1) == y).mean()

    def step(parameters: Parameters, batch: tuple[jax.Array, jax.Array]) -> tuple[Parameters, tuple[jax.Array, ...]]:
        scores, gradients = jax.value_and_grad(loss_of, has_aux=True)(parameters, *batch)
        return jax.tree.map(lambda weight, gradient: weight - learning_rate * gradient, parameters, gradients), scores

    return step


def in_batches(x: np.ndarray, y: np.ndarray, batch_size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return images and labels by batch, (batches, batch_size, ...). All batches are full."""
    return x.reshape(-1, batch_size, *x.shape[1:]), y.reshape(-1, batch_size)
