"""Loss and accuracy of an epoch: computed, checked, kept and shown.

Letters: N samples, F classes.
"""

from collections.abc import Sequence

import numpy as np

from numpy_model.losses import Loss


def epoch_scores(
    loss: Loss,
    sample_losses: np.ndarray,
    logits: np.ndarray,
    targets: np.ndarray,
    metrics: Sequence[str],
    sample_weight: np.ndarray | None = None,
    penalty: float = 0.0,
) -> dict[str, float]:
    """Return the mean loss and, if it is among the metrics, the accuracy, by name.

    Args:
        loss: from `losses`.
        sample_losses: (N,).
        logits, targets: (N, F), as the loss takes them.
        metrics: names.
        sample_weight: (N,), by which each loss is multiplied; default `None`.
        penalty: of regularized parameters, which is added. Default 0.
    """
    if sample_weight is not None:
        sample_losses = sample_losses * sample_weight
    scores = {"loss": float(sample_losses.mean(dtype=np.float64)) + penalty}
    if "accuracy" in metrics:
        scores["accuracy"] = float(loss.is_right(logits, targets).mean())
    return scores


class RunningScores:
    """The means of an epoch so far, as Keras's callbacks receive them.

    Args:
        metrics: names.
    """

    def __init__(self, metrics: Sequence[str]) -> None:
        self._metrics = metrics
        self._n, self._totals = 0, {}

    def add(
        self,
        loss: Loss,
        logits: np.ndarray,
        targets: np.ndarray,
        sample_weight: np.ndarray | None,
        penalty: float,
    ) -> dict[str, float]:
        """Add one batch, and return the means over all samples so far, by name; the arguments are `epoch_scores`'s."""
        self._n += len(logits)
        scored = loss, loss.forward(logits, targets), logits, targets
        for name, score in epoch_scores(*scored, self._metrics, sample_weight, penalty).items():
            self._totals[name] = self._totals.get(name, 0.0) + score * len(logits)
        return {name: total / self._n for name, total in self._totals.items()}


def check_finite(sample_losses: np.ndarray, first: int, batch_size: int, epoch: int, x: np.ndarray) -> None:
    """Raise `FloatingPointError` at the first loss that is not finite.

    Args:
        sample_losses: (N,), of some samples of an epoch.
        first: number of the first of them.
        batch_size: samples a step.
        epoch: from 0.
        x: all samples, in which the cause may lie.
    """
    finite = np.isfinite(sample_losses)
    if not finite.all():
        step = (first + int(finite.argmin())) // batch_size + 1
        raise FloatingPointError(
            f"the loss is {sample_losses[finite.argmin()]} at epoch {epoch + 1}, step {step}; "
            f"{remedy(x, has_stepped=epoch > 0 or step > 1)}"
        )


def remedy(x: np.ndarray, has_stepped: bool) -> str:
    """Return what can be done about a loss that is not finite, as text.

    Args:
        x: all samples.
        has_stepped: whether a step was taken before it.

    Example:
        >>> remedy(np.array([[1.0], [np.inf]]), has_stepped=True)
        'x holds inf in sample 1'
    """
    places = np.argwhere(~np.isfinite(x))
    if len(places):
        return f"x holds {x[tuple(places[0])]} in sample {places[0][0]}"
    if has_stepped:
        return "try a smaller learning_rate"
    return (
        f"no step was taken before: the weights are not finite, or x, which reaches {np.abs(x).max():g}, is too large; "
        "set the weights anew, or scale x"
    )


def as_keras_returns(scores: dict[str, float]) -> float | list[float]:
    """Return the scores as Keras does: a number if there is one, else a list."""
    values = list(scores.values())
    return values if len(values) > 1 else values[0]


class History:
    """What `fit` returns: `history`, lists by name with one entry an epoch, and `epoch`, their numbers from 0."""

    def __init__(self) -> None:
        self.epoch = []
        self.history = {}

    def append(self, epoch: int, values: dict[str, float]) -> None:
        """Add one epoch's values by name."""
        self.epoch.append(epoch)
        for name, value in values.items():
            self.history.setdefault(name, []).append(value)


def line_of(scores: dict[str, float]) -> str:
    """Return scores by name as text."""
    return " - ".join(f"{name}: {score:.4f}" for name, score in scores.items())
