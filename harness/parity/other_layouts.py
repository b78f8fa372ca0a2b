"""What a model should have said of itself for its first outputs to be those of Keras: another layout, or a scaling."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from harness.base.errors import UsageError
from harness.parity.user_walker import UserWalker
from harness.user_models.interface import PARTS
from harness.user_models.loading import LoadedModel
from harness.user_models.shapes import settings_of

LAYOUTS = (*PARTS, "out_in", "column_vectors", "from_logits")
# What models do with pixels that they take to be 0 to 255, or 0 to 1, as the arguments of a Rescaling.
SCALINGS = {
    "scale=1 / 255": (1 / 255, 0.0),
    "scale=1 / 255, offset=-0.5": (1 / 255, -0.5),
    "scale=1 / 127.5, offset=-1": (1 / 127.5, -1.0),
    "scale=1, offset=-0.5": (1.0, -0.5),
    "scale=2, offset=-1": (2.0, -1.0),
}
# Relative to the largest output; float32 is this precise, and another layout far from it.
CLOSE = 1e-4


def what_fits(
    loaded: LoadedModel,
    functions: tuple[Callable, Callable],
    outputs: Callable[[np.ndarray], list],
    weights: list,
    batch: tuple[np.ndarray, np.ndarray],
) -> str | None:
    """Return in words what makes the first outputs of a user's model those of Keras, or `None` if nothing is found.

    Args:
        loaded: the model.
        functions: network and optimizer, functions of the library.
        outputs: a function of images that returns Keras's outputs of every layer.
        weights: to start from.
        batch: images and labels.
    """
    x, y = batch
    expected = outputs(x)
    for settings in other_settings(loaded):
        other = replace(loaded, interface=replace(loaded.interface, **settings))
        found = first_outputs(other, functions, weights, x, y)
        if found is not None and are_close(found, expected):
            return f"with {settings_of(settings)} in the model its first outputs are those of Keras"
    found = first_outputs(loaded, functions, weights, x, y)
    for arguments, (scale, offset) in SCALINGS.items() if found is not None else ():
        if are_close(found, outputs(x * scale + offset)):
            return (
                "the model scales its pixels, which are scaled already: leave that out of it, or put "
                f"nn.layers.Rescaling({arguments}) first into its network"
            )
    return None


def other_settings(loaded: LoadedModel) -> Iterator[dict[str, bool]]:
    """Yield other values of the attributes that say how arrays lie, those with the fewest changes first."""
    for n_changes in range(1, len(LAYOUTS) + 1):
        for names in itertools.combinations(LAYOUTS, n_changes):
            yield {name: not getattr(loaded.interface, name) for name in names}


def first_outputs(
    loaded: LoadedModel, functions: tuple[Callable, Callable], weights: list, x: np.ndarray, y: np.ndarray
) -> list | None:
    """Return the outputs of each layer in the first step; `None` for those not reported, or for a model that fails."""
    try:
        walker = UserWalker(loaded, *functions, "float32")
        walker.start(weights)
        return walker.step(x, y)["outputs"]
    except (UsageError, ValueError):
        return None


def are_close(found: list, expected: list) -> bool:
    """Return whether all outputs that are reported, and one at least, are those of Keras."""
    pairs = [(one, other) for one, other in zip(found, expected, strict=True) if one is not None]
    return bool(pairs) and all(
        one.shape == other.shape and np.abs(one - other).max() <= CLOSE * np.abs(other).max() for one, other in pairs
    )
