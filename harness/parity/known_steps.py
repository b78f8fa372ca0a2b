"""Steps of adaptive optimizers as they are often written, right or wrong, from the same gradients.

What such a step was made from cannot be read off it, so it is compared with these.

Letters: m, v the first and the second moment, g the gradient, t the number of the step from 1.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

# That Adam adds to the root, in Keras and elsewhere.
EPSILONS = (1e-7, 1e-8, 1e-10, 1e-6)


@dataclass(frozen=True)
class KnownStep:
    """A step that is often taken in an optimizer's place.

    Attributes:
        words: what it is.
        changes: of all parameters.
        is_right: whether it is another form of the same optimizer, and no mistake.
        is_of_gradient: whether the gradient is at fault, and not the optimizer.
    """

    words: str
    changes: list[np.ndarray]
    is_right: bool = False
    is_of_gradient: bool = False


class KnownSteps:
    """Follows a training, and computes the steps that may be taken in place of the optimizer's.

    Args:
        name, settings: of the optimizer, as in `StepRule`.
    """

    def __init__(self, name: str, settings: dict[str, float]):
        self._name, self._settings = name, settings
        self._n_steps, self._first, self._second = 0, 0.0, 0.0
        self._grads = []

    def advance(self, grads: list[np.ndarray]) -> None:
        """Go on to the next step, with the gradients of all parameters."""
        self._n_steps += 1
        self._grads = grads
        g = self._flat()
        beta_1, beta_2 = self._betas()
        self._first = beta_1 * self._first + (1 - beta_1) * g
        self._second = beta_2 * self._second + (1 - beta_2) * g**2

    def forms(self, learning_rate: float, batch_size: int) -> Iterator[KnownStep]:
        """Yield the forms of this step, right ones first.

        Args:
            learning_rate: of the step.
            batch_size: samples of the batch.
        """
        cuts = np.cumsum([grad.size for grad in self._grads])[:-1]

        def form(words: str, change: np.ndarray, **options: bool) -> KnownStep:
            parts = zip(np.split(-learning_rate * change, cuts), self._grads, strict=True)
            return KnownStep(words, [part.reshape(grad.shape) for part, grad in parts], **options)

        g, epsilon = self._flat(), self._settings.get("epsilon", 1e-7)
        with np.errstate(all="ignore"):
            if self._name == "Adam":
                yield from self._adam(g, form, batch_size)
            elif self._name == "RMSprop":
                words = "RMSprop's with epsilon added to the root, and in Keras it is under the root"
                yield form(words, g / (np.sqrt(self._second) + epsilon), is_right=True)
                yield form("one of plain descent", g)
            else:
                yield form("one of plain descent", g)

    def _flat(self) -> np.ndarray:
        """Return the gradients as one row."""
        return np.concatenate([np.ravel(grad) for grad in self._grads])

    def _betas(self) -> tuple[float, float]:
        """Return how much the two moments keep of themselves."""
        return self._settings.get("beta_1", 0.9), self._settings.get("beta_2", self._settings.get("rho", 0.999))

    def _adam(self, g: np.ndarray, form: Callable, batch_size: int) -> Iterator[KnownStep]:
        t, m, v, (beta_1, beta_2) = self._n_steps, self._first, self._second, self._betas()
        own = self._settings.get("epsilon", 1e-7)
        corrected, root = m / (1 - beta_1**t), np.sqrt(v / (1 - beta_2**t))
        words = "Adam's as in its paper: epsilon is added to the root of the corrected moment, in Keras to the other's"
        yield form(words, corrected / (root + own), is_right=True)
        yield form("one of plain descent", g)
        for epsilon in EPSILONS:
            name = f"adam:epsilon={epsilon:.0e}"
            words = f'Adam\'s with epsilon = {epsilon:.0e}; if this is meant, write optimizer = "{name}" into the model'
            yield form(words, corrected / (root + epsilon))
            yield form(words, corrected / (root + epsilon / np.sqrt(1 - beta_2**t)))
        for factor in (batch_size, 1 / batch_size):
            words = "summed over the batch" if factor > 1 else "divided by the batch size twice"
            for epsilon in (own, own / np.sqrt(1 - beta_2**t)):
                yield form(f"made of gradients {words}", corrected / (root + epsilon / factor), is_of_gradient=True)
        for epsilon in dict.fromkeys((own, *EPSILONS)):
            tail = "" if epsilon == own else f", and epsilon = {epsilon:.0e}"
            yield form("Adam's without the correction of its first steps" + tail, m / (np.sqrt(v) + epsilon))
            yield form("Adam's with epsilon under the root" + tail, corrected / np.sqrt(root**2 + epsilon))
            words = "Adam's with moments that are forgotten at every step" + tail
            now, size = (1 - beta_1) * g, np.sqrt(1 - beta_2) * np.abs(g)
            yield form(words, g / (np.abs(g) + epsilon))
            yield form(words, now / (size + epsilon))
            yield form(words, now / (1 - beta_1**t) / (size / np.sqrt(1 - beta_2**t) + epsilon))
            yield form(words, now / (1 - beta_1**t) * np.sqrt(1 - beta_2**t) / (size + epsilon))
            words = "Adam's with a count of steps that stays at 1" + tail
            yield form(words, m / (1 - beta_1) / (np.sqrt(v / (1 - beta_2)) + epsilon))
            yield form("Adam's without its second moment" + tail, corrected)
            yield form("Adam's without its first moment, as RMSprop's" + tail, g / (root + epsilon))
            yield form("Adam's with the root left out" + tail, corrected / (root**2 + epsilon))
