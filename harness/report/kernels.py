"""What the convolutions have learned.

Letters: kernels of K x L pixels, C input channels, F filters.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from harness.base.errors import HarnessError
from harness.datasets.npz import read_npz
from harness.datasets.verify import open_regular
from harness.experiments import base_of
from harness.report.pictures import png_address

if TYPE_CHECKING:
    from harness.report.sources import Chapter

# Names under which `harness.run` writes the kernels of convolutions.
LAYERS = ("conv2d", *(f"conv2d_{number}" for number in range(1, 8)))
MOST_FILTERS = 12
MOST_TILES = 512
MOST_WEIGHT_BYTES = 1 << 28
GAP = 1  # pixels between kernels of a sheet


@dataclass(frozen=True)
class KernelLayer:
    """One convolution of all models.

    Attributes:
        name: of the layer.
        shape: (K, L, C, F).
        rows: model and addresses of pictures; of the first layer one for each filter, of others one of all.
        is_first: whether it sees the image itself.
        alike: how alike the filters of the first two models are, as cosines; [] where they did not start equal.
    """

    name: str
    shape: tuple[int, int, int, int]
    rows: list[tuple[str, list[str]]]
    is_first: bool
    alike: list[float]


def kernels_of(chapter: Chapter) -> tuple:
    """Return the `KernelLayer`s of a chapter, the seed that they are of, and `None`; or why there are none, at last."""
    seeds = sorted({seed for _, seed in chapter.source})
    for seed in seeds:
        files = {model: weights_file(chapter, model, seed) for model in chapter.models}
        files = {model: path for model, path in files.items() if path is not None}
        if files:
            break
    else:
        return [], None, "The run's folder holds no weights."
    kernels, damaged = {}, []
    for model, path in files.items():
        try:
            kernels[model] = read_kernels(path)
        except (OSError, HarnessError):
            damaged.append(path.name)
    layers = [layer for name in LAYERS if (layer := make_layer(chapter, name, kernels)) is not None]
    if layers:
        return layers, seed, None
    if damaged:
        return [], None, f"The weights cannot be read: {', '.join(damaged)}."
    return [], None, "The networks have no convolution whose kernels could be shown."


def weights_file(chapter: Chapter, model: str, seed: int) -> Path | None:
    """Return the path of a training's weights, or `None`."""
    run = chapter.source.get((model, seed))
    path = run.folder / "weights" / f"{model}-seed{seed}.npz" if run else None
    try:
        return path if path is not None and path.parent.name == "weights" and path.is_file() else None
    except (OSError, ValueError):
        return None


def read_kernels(path: Path) -> dict[str, np.ndarray]:
    """Return the kernels of convolutions in a file of weights, by the name of their layer."""
    names = tuple(f"{layer}/kernel" for layer in LAYERS)
    with open_regular(path) as stream:
        arrays = read_npz(stream, path.name, keys=(), optional=names, max_bytes=MOST_WEIGHT_BYTES)
    return {name.split("/")[0]: kernel for name, kernel in arrays.items() if is_kernel(kernel)}


def is_kernel(array: np.ndarray) -> bool:
    """Return whether an array can be shown as kernels (K, L, C, F)."""
    is_small = (
        array.ndim == 4 and array.shape[2] * array.shape[3] <= MOST_TILES and max(array.shape[:2], default=0) < 64
    )
    return is_small and array.size > 0 and array.dtype.kind == "f" and bool(np.isfinite(array).all())


def make_layer(chapter: Chapter, name: str, kernels: dict[str, dict[str, np.ndarray]]) -> KernelLayer | None:
    """Return a `KernelLayer` of the models that have the layer in one shape, or `None`."""
    own = {model: layers[name].astype(np.float64) for model, layers in kernels.items() if name in layers}
    if not own:
        return None
    shape = next(iter(own.values())).shape
    own = {model: kernel for model, kernel in own.items() if kernel.shape == shape}
    # (F,): each filter has a scale of its own, the same for all models.
    largest = np.maximum(np.max([np.abs(kernel).max(axis=(0, 1, 2)) for kernel in own.values()], axis=0), 1e-30)
    is_first = name == LAYERS[0] and shape[2] in (1, 3)
    gray = {model: kernel / (2 * largest) + 0.5 for model, kernel in own.items()}
    rows = [
        (
            model,
            [png_address(kernel[..., f]) for f in range(min(shape[3], MOST_FILTERS))] if is_first else [sheet(kernel)],
        )
        for model, kernel in gray.items()
    ]
    alike = (
        cosines(*list(own.values())[:2]) if len(own) > 1 and is_first and started_equal(chapter, *list(own)[:2]) else []
    )
    return KernelLayer(name, shape, rows, is_first, alike)


def sheet(kernels: np.ndarray) -> str:
    """Return the address of one picture of all kernels: a row for each input channel, a column for each filter."""
    height, width, n_channels, n_filters = kernels.shape
    tile = height + GAP, width + GAP
    # The second number is how opaque a pixel is: the gaps show the page.
    pixels = np.zeros((n_channels * tile[0] - GAP, n_filters * tile[1] - GAP, 2))
    for channel, filter_ in np.ndindex(n_channels, n_filters):
        top, left = channel * tile[0], filter_ * tile[1]
        pixels[top : top + height, left : left + width, 0] = kernels[:, :, channel, filter_]
        pixels[top : top + height, left : left + width, 1] = 1
    return png_address(pixels)


def started_equal(chapter: Chapter, first: str, other: str) -> bool:
    """Return whether two models had equal parameters before training, so that their filters correspond."""
    experiment = base_of(chapter.config)
    if experiment is None:
        return False
    recipe = experiment.recipe_of(first)
    return recipe == experiment.recipe_of(other) and not recipe.own_values


def cosines(kernels: np.ndarray, others: np.ndarray) -> list[float]:
    """Return the cosine of the angle between each filter and its counterpart: 1 for the same direction, 0 for none."""
    pairs = [(kernels[..., f].ravel(), others[..., f].ravel()) for f in range(min(kernels.shape[3], MOST_FILTERS))]
    return [float(one @ other / max(np.linalg.norm(one) * np.linalg.norm(other), 1e-30)) for one, other in pairs]
