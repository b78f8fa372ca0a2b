"""A NumPy model as a `Trainer`."""

import itertools
import math
import time
from collections.abc import Callable
from types import ModuleType

import numpy as np

import numpy_model
from harness.experiments.building import compiled_numpy_model
from harness.experiments.losses import LOSS


class NumpyTrainer:
    """A NumPy model of a network, compiled. Its twin is `keras_model.KerasTrainer`.

    Args:
        network: a function of the library that returns a `Sequential`.
        optimizer: a function of the library that returns an optimizer.
        dtype: `"float32"` (the default) or `"float64"`.
        library: `numpy_model` (the default) or `numpy_model.naive`.
        loss: a name of Keras's, or a function of the library that returns a loss. Default that of whole-number labels.

    Attributes:
        model: the `numpy_model.Sequential`.
        in_steps: whether the runner trains step by step, with `train_step`, as a slow model's epochs are checkpointed.
        last_step_end: when the last step of `train_epoch` ended, in seconds of `time.perf_counter`.
    """

    in_steps = False

    def __init__(
        self,
        network: Callable,
        optimizer: Callable,
        dtype: str = "float32",
        library: ModuleType = numpy_model,
        loss: Callable | str = LOSS,
    ) -> None:
        self.model = compiled_numpy_model(network, optimizer, dtype, library, loss)

    def targets(self, y: np.ndarray) -> np.ndarray:
        """Return labels (N,) as the loss takes them: as they are, or one-hot (N, F)."""
        is_sparse = isinstance(self.model.loss, numpy_model.losses.SparseCategoricalCrossentropy)
        return y if is_sparse else np.eye(self.model.output_shape[-1], dtype=self.model.dtype)[y]

    def parameters(self) -> list[tuple[str, tuple]]:
        """Return name and shape of every parameter array, in order."""
        return [(name.split("/")[-1], param.shape) for name, param in self.model.weights.items()]

    def get_weights(self) -> list[np.ndarray]:
        """Return copies of all parameters."""
        return self.model.get_weights()

    def get_state(self) -> list[np.ndarray]:
        """Return copies of all that `set_state` needs to go on from here, as a list of arrays."""
        optimizer = self.model.optimizer.get_state()
        iterations = optimizer.pop("iterations")
        moments = itertools.chain.from_iterable(optimizer.values())
        seeds = [seed_state.copy() for seed_state in self._seed_states()]
        return [*self.get_weights(), np.array(iterations), *moments, *seeds]

    def set_state(self, state: list[np.ndarray]) -> None:
        """Go on from a state that `get_state` returned."""
        n, optimizer = len(self.model.weights), self.model.optimizer
        self.start(state[:n])
        # The optimizer sees several small parameters as one array, so its moments are not as many as the parameters.
        rest = iter(state[n + 1 :])  # the moments, and then the seeds
        own = {name: list(itertools.islice(rest, len(arrays))) for name, arrays in optimizer.state.items()}
        optimizer.set_state({"iterations": state[n], **own})
        for seed_state, saved in zip(self._seed_states(), rest, strict=True):
            np.copyto(seed_state, saved)

    def _seed_states(self):
        """Return where the layers that draw at random are in their draws."""
        return [layer.seed_state for layer in self.model.layers if hasattr(layer, "seed_state")]

    def initial_weights(self, seed: int) -> list[np.ndarray]:
        """Return parameters drawn from the seed, with the initializers that the network names."""
        self.model.initialize(seed)
        return self.get_weights()

    @property
    def steps_done(self):
        """Training steps taken so far, for a progress bar to read from another thread."""
        return self.model.optimizer.iterations

    def warm_up(self, x: np.ndarray, y: np.ndarray, batch_size: int) -> None:
        """Train and predict once, so that all work arrays are made, and undo the training.

        Args:
            x, y: (N, H, W, C) and (N,), batches of every size to come.
            batch_size: of the training to come.
        """
        state = self.get_state()
        self.train_epoch(x, y, batch_size)
        self.predict(x)
        self.set_state(state)

    def start(self, weights: list[np.ndarray]) -> None:
        """Set all parameters, and forget all that the optimizer knows."""
        self.model.set_weights(weights)
        self.model.reset_optimizer()

    def train_epoch(self, x: np.ndarray, y: np.ndarray, batch_size: int, epoch: int = 1) -> tuple[float, ...]:
        """Train on all samples once, in the order given.

        Args:
            x: (N, H, W, C), float.
            y: (N,) labels.
            batch_size: samples a step; a short last batch is kept.
            epoch: its number, from 1, for error messages.

        Returns:
            Mean loss and accuracy over the epoch, while the weights move.

        Raises:
            FloatingPointError: at the first loss that is not finite, naming epoch and step.
        """
        history = self.model.fit(
            x, self.targets(y), batch_size=batch_size, initial_epoch=epoch - 1, epochs=epoch, shuffle=False, verbose=0
        ).history
        self.last_step_end = time.perf_counter()
        return history["loss"][0], history["accuracy"][0]

    def predict(self, x: np.ndarray, batch_size: int = 256) -> np.ndarray:
        """Return the probabilities of all classes, (N, F)."""
        return self.model.predict(x, batch_size=batch_size)


class NaiveTrainer(NumpyTrainer):
    """A model of `numpy_model.naive`, so slow that its epochs are trained one step at a time."""

    in_steps = True

    def __init__(self, network: Callable, optimizer: Callable, loss: Callable | str = LOSS) -> None:
        from numpy_model import naive

        super().__init__(network, optimizer, library=naive, loss=loss)

    def train_step(self, x: np.ndarray, y: np.ndarray) -> tuple[float, int]:
        """Train on one batch, and return the sum of its losses, and the number of images that were classified rightly.

        The sum is infinite if it is not finite.
        """
        with np.errstate(all="ignore"):
            loss, accuracy = self.model.train_on_batch(x, self.targets(y))
        return (loss * len(x) if math.isfinite(loss) else math.inf), round(accuracy * len(x))
