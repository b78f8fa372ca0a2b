"""All layers of a model: their parameters side by side in memory, and a plan for each number of samples.

Letters: N samples, F classes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numpy_model import activations
from numpy_model.engine.kernels import kernel_class
from numpy_model.engine.parameters import check_attributes, join, move, places_of, put_back
from numpy_model.engine.plan import Plan
from numpy_model.engine.sharing import split, sum_over

if TYPE_CHECKING:
    from numpy_model.layer import Layer

# A large batch is worked off in blocks, whose gradients add up: so memory stays flat, and a block's work arrays are
# small enough to be found in the cache again.
BLOCK_SIZE = 32

# Prediction reads no layer again when the next is done, and is faster with less of it in the caches: 10,000 images
# of `simple_cnn` take 0.93 times as long as in blocks of 32, LeNet's 0.91, and those with 16 filters 1.05.
PREDICTION_BLOCK_SIZE = 16

# Plans that are kept: of training, prediction and evaluation, for blocks of two sizes each, and some more.
MOST_PLANS = 8


class Network:
    """Layers from first to last.

    Args:
        layers: built.

    Attributes:
        loss: from `losses`, once the model is compiled; `None` before.
        params, grads: all parameters and their gradients, as `join` arranges them.
        deferred: the `DeferredKernel` of each layer whose steps are being collected.
        observer: a function that is given each `Plan` of training after it was played; `None` for none.
        is_penalized: whether some parameter has a penalty.
        seconds: a dictionary that the time of each layer is added to, as `Plan.play` does; `None` for none.
    """

    def __init__(self, layers: list[Layer]) -> None:
        self.layers = layers
        self.loss = None
        for layer in layers:
            check_attributes(layer)
            arrange = getattr(kernel_class(layer), "arrange", None)
            for arrays in (layer.params, layer.grads) if arrange else ():
                arrays.update({name: arrange(layer, name, array) for name, array in arrays.items()})
        self.params = join([layer.params for layer in layers])
        self.grads = join([layer.grads for layer in layers])
        self.deferred = {}
        self.observer = None
        self.seconds = None
        self.is_penalized = False
        self._plans = {}
        self._settings = self._compared = None
        self._places = places_of(layers)
        self.refresh()

    @property
    def whole_batch(self) -> bool:
        """Whether a training batch stays in one piece and one process: a layer asks for it, or has a state to keep."""
        return any(layer.whole_batch or layer.state for layer in self.layers)

    def move_to(self, params: list[np.ndarray], grads: list[np.ndarray]) -> None:
        """Move parameters and gradients into these arrays, of the same sizes."""
        move([layer.params for layer in self.layers], params)
        move([layer.grads for layer in self.layers], grads)
        self.params, self.grads = params, grads
        self._places = places_of(self.layers)
        self.forget_plans()

    def forget_plans(self) -> None:
        """Make new plans, as some layer is to compute with other arrays or in another way."""
        self._plans.clear()

    def refresh(self) -> bool:
        """Take up whatever was changed in a layer since the last pass, such as its activation; return whether it was.

        Nobody looks for changes within a pass, or from step to step.

        Raises:
            ValueError: for a parameter or gradient that was replaced with an array of another shape.
        """
        for arrays, name, place in self._places:
            put_back(arrays, name, place)
        take_up_activations(self.layers)
        self.is_penalized = any(layer.regularizers for layer in self.layers)
        settings = [settings_of(layer) for layer in self.layers]
        changed = settings != self._settings
        if changed:
            self._settings = settings
            # Kept, or another object could later stand at the same place in memory, and pass for the same.
            self._compared = [(list(vars(layer).values()), list(layer.params.values())) for layer in self.layers]
            self.forget_plans()
            for grad in self.grads:
                grad.fill(0)  # that of a bias no longer used stays so
        return changed

    def predict(self, x: np.ndarray, out: np.ndarray, block_size: int, as_logits: bool = False) -> None:
        """Write the outputs for all samples into `out`, (N, ...), at most `block_size` of them at a time.

        With `as_logits`, write what the loss takes.
        """
        for block in split(len(x), block_size):
            plan = self._plan(block.stop - block.start, None)
            plan.play(x[block])
            out[block] = plan.logits if as_logits else plan.outputs[-1]

    def backpropagate(
        self,
        x: np.ndarray,
        targets: np.ndarray,
        out: np.ndarray,
        batch_size: int,
        sample_weight: np.ndarray | None = None,
    ) -> None:
        """Fill the gradients with those of a part of a batch, and `out` with its logits, (N, F)."""

        def fill(block: slice) -> None:
            weights = None if sample_weight is None else sample_weight[block]
            out[block] = self.backpropagate_block(x[block], targets[block], batch_size, weights)

        sum_over(split(len(x), len(x) if self.whole_batch else BLOCK_SIZE), fill, self.grads)

    def backpropagate_block(
        self, x: np.ndarray, targets: np.ndarray, batch_size: int, sample_weight: np.ndarray | None = None
    ) -> np.ndarray:
        """Fill the gradients with those of a part of a batch, and return its logits, (N, F), in a work array."""
        plan = self._plan(len(x), batch_size, sample_weight is not None)
        plan.play(x, targets, self.seconds, sample_weight)
        if self.observer:
            self.observer(plan)
        return plan.logits

    def _plan(self, n: int, batch_size: int | None, is_weighted: bool = False) -> Plan:
        is_watched = self.observer is not None
        deferred = self.deferred if n == batch_size == 1 else {}
        key = n, batch_size, is_weighted, is_watched, bool(deferred)
        if key not in self._plans:
            if len(self._plans) == MOST_PLANS:
                self._plans.clear()
            self._plans[key] = Plan(self.layers, n, self.loss, batch_size, deferred, is_watched, is_weighted)
        return self._plans[key]


def take_up_activations(layers: list[Layer]) -> None:
    """Let each layer have an activation of its own, as some keep what they computed; `None` is linear."""
    seen = set()
    for layer in layers:
        if not hasattr(layer, "activation"):
            continue
        if layer.activation is None or id(layer.activation) in seen:
            layer.activation = activations.get(layer.activation)
        seen.add(id(layer.activation))


def settings_of(layer: Layer) -> tuple:
    """Return all that a user may change in a layer but the numbers of its parameters, for comparison with later.

    Numbers, text and tuples are compared by value; whatever else an attribute is, by identity.
    """
    arrays = [id(array) for arrays in (layer.params, layer.grads) for array in arrays.values()]
    return arrays, comparable(vars(layer)), comparable(getattr(getattr(layer, "activation", None), "__dict__", {}))


def comparable(attributes: dict[str, object]) -> dict[str, object]:
    """Return public attributes by name, in a form that can be compared."""
    return {
        name: value if isinstance(value, str | int | float | tuple | None) else id(value)
        for name, value in attributes.items()
        if not name.startswith("_")
    }
