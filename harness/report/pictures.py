"""Arrays as pictures that stand in the page itself."""

import base64
import io

import numpy as np
import PIL.Image  # matplotlib brings it


def png_address(pixels: np.ndarray) -> str:
    """Return an image as the address of a PNG that holds it whole.

    Args:
        pixels: (H, W) or (H, W, C), floats from 0 to 1: gray, gray and opacity, or red, green and blue.
    """
    levels = np.round(255 * np.clip(np.nan_to_num(np.asarray(pixels, np.float64)), 0, 1)).astype(np.uint8)
    if levels.ndim == 3 and levels.shape[-1] == 1:
        levels = levels[..., 0]
    file = io.BytesIO()
    PIL.Image.fromarray(levels).save(file, format="PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def smaller(image: np.ndarray, most: int = 64) -> np.ndarray:
    """Return an image of at most so many pixels a side: of a larger one some rows and columns are left out."""
    step = -(-max(image.shape[:2]) // most)
    return image[::step, ::step]
