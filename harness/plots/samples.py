"""Sample images of each class."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.base.errors import DataError
from harness.plots.style import add_title, short_name
from harness.results.reading import Run

MOST_ROWS = 20
MOST_IMAGES_IN_A_ROW = 10
N_TILE_COLUMNS = 10
MOST_TILES = 200
CELL_INCHES = 0.55


def samples_figure(run: Run) -> Figure:
    """Draw sample images by class: a row for each class, or with many classes one image of each.

    Args:
        run: the run.

    Returns:
        The figure.

    Raises:
        DataError: there are no sample images.
    """
    if run.samples is None:
        raise DataError("the folder holds no sample images")
    images, labels = run.samples.images, run.samples.labels
    classes = np.unique(labels)
    names = [run.class_names[label] for label in classes]
    by_class = [images[labels == label] for label in classes]
    figure = _draw_rows(by_class, names) if len(classes) <= MOST_ROWS else _draw_tiles(by_class, names)
    add_title(figure, run, "Sample images")
    return figure


def _draw_rows(by_class: list[np.ndarray], names: list[str]) -> Figure:
    """Draw a row of images for each class, its name on the left."""
    n_columns = min(max(map(len, by_class)), MOST_IMAGES_IN_A_ROW)
    names = [short_name(name) for name in names]
    room_for_names = 0.085 * max(map(len, names)) + 1.2
    size = (max(CELL_INCHES * n_columns + room_for_names, 7), CELL_INCHES * len(names) + 0.8)
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots()
    height, width = by_class[0].shape[1:3]
    step = height + height // 10
    _show(axes, _mosaic(by_class, n_columns, (step, width + width // 10)))
    axes.set_yticks(np.arange(len(names)) * step + height / 2, names)
    return figure


def _draw_tiles(by_class: list[np.ndarray], names: list[str]) -> Figure:
    """Draw one image of each class, its name above it."""
    tiles = [images[0] for images in by_class[:MOST_TILES]]
    rows = [tiles[start : start + N_TILE_COLUMNS] for start in range(0, len(tiles), N_TILE_COLUMNS)]
    figure = Figure(figsize=(7.5, 0.85 * len(rows) + 0.4), layout="constrained")
    axes = figure.subplots()
    height, width = rows[0][0].shape[:2]
    # Room for a name above each image, and for neighbouring names not to touch.
    steps = (int(1.45 * height), int(1.3 * width))
    _show(axes, _mosaic(rows, N_TILE_COLUMNS, steps))
    for index, name in enumerate(names[: len(tiles)]):
        row, column = divmod(index, N_TILE_COLUMNS)
        center = column * steps[1] + (width - 1) / 2
        axes.text(center, row * steps[0] - 1, short_name(name, 14), ha="center", va="bottom", fontsize=6)
    axes.set_yticks([])
    axes.set_ylim(top=height - steps[0])
    return figure


def _mosaic(rows: list, n_columns: int, steps: tuple[int, int]) -> np.ndarray:
    """Lay images, given row by row, on one white sheet, each `steps` pixels below and right of the one before."""
    height, width, n_channels = rows[0][0].shape
    sheet = np.ones(((len(rows) - 1) * steps[0] + height, (n_columns - 1) * steps[1] + width, n_channels))
    for row, images in enumerate(rows):
        for column, image in enumerate(images[:n_columns]):
            top, left = row * steps[0], column * steps[1]
            sheet[top : top + height, left : left + width] = image
    return sheet


def _show(axes: Axes, sheet: np.ndarray) -> None:
    axes.imshow(sheet[..., 0] if sheet.shape[-1] == 1 else sheet, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
