"""The gradient that a backward pass begins with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numpy_model.losses import CategoricalCrossentropy, SparseCategoricalCrossentropy

if TYPE_CHECKING:
    from numpy_model.engine.tape import Tape
    from numpy_model.losses import Loss


def write_gradient(
    tape: Tape,
    loss: Loss,
    logits: np.ndarray,
    probabilities: np.ndarray | None,
    targets: np.ndarray,
    batch_size: int,
    out: np.ndarray,
) -> None:
    """Write out = the gradient of the mean loss with respect to the logits, (N, F).

    Args:
        tape: a `Tape`.
        loss: from `losses`. Of one that has no operations here, `backward` runs as it is written.
        logits: (N, F).
        probabilities: (N, F), what the softmax at the end of the network made of them; `None` if there is none.
        targets: (N, F).
        batch_size: samples of the whole batch.
        out: (N, F).
    """
    if probabilities is None or type(loss) not in (CategoricalCrossentropy, SparseCategoricalCrossentropy):
        tape.call(lambda: np.copyto(out, loss.backward(logits, targets, batch_size)))
        return
    tape.subtract(probabilities, targets, out=out)
    if batch_size > 1:
        tape.divide(out, out.dtype.type(batch_size), out=out)
