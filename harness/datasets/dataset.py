"""What a data set is, and how its images become the pixels that a network sees."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.base.errors import DataError

if TYPE_CHECKING:  # NumPy is imported only when arrays are touched: a command line imports this module to parse flags.
    import numpy as np
    from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Dataset:
    """Training and test images with their labels."""

    name: str  # "fashion", "mnist", or the stem of the user's file
    x_train: np.ndarray  # (n_train, height, width, channels) uint8, or float32 in [0, 1] from a user's file
    y_train: np.ndarray  # (n_train,) int64
    x_test: np.ndarray  # (n_test, height, width, channels), as x_train
    y_test: np.ndarray  # (n_test,) int64
    class_names: tuple[str, ...]
    source: str  # where it was read from, in words with the path
    sha256: dict[str, str]  # of the array bytes as read, in C order: keys x_train, y_train, x_test, y_test

    @property
    def n_classes(self) -> int:
        """The number of classes."""
        return len(self.class_names)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """The shape of one image: (height, width, channels)."""
        return self.x_train.shape[1:]

    def hold_back(self, n: int) -> Dataset:
        """Return this data set with its last n training images in place of the test images.

        Settings that are chosen on the test images make them too easy; those that are held back have no part in a
        later run's test.

        Args:
            n: images that are held back, from 1 to all but one.

        Raises:
            DataError: for another number.

        Example:
            run_experiment(RunConfig(learning_rate=0.01), load_dataset("fashion").hold_back(10_000))
        """
        if not 0 < n < len(self.x_train):
            raise DataError(f"{n} images cannot be held back of {len(self.x_train)}; allowed is 1 to all but one")
        return replace(
            self,
            name=f"{self.name}-held-back",
            x_train=self.x_train[:-n],
            y_train=self.y_train[:-n],
            x_test=self.x_train[-n:],
            y_test=self.y_train[-n:],
            source=f"{self.source}, the last {n:,} training images held back",
        )


def to_pixels(images: ArrayLike, dtype: str = "float32") -> np.ndarray:
    """Images as pixels in [-0.5, 0.5].

    Args:
        images: array of any shape, uint8 in 0 to 255 or floating point in [0, 1].
        dtype: floating-point type of the result and of the arithmetic. Default "float32".

    Returns:
        A new array of the same shape: `images / 255 - 0.5` from uint8, `images - 0.5` from floating point.

    Raises:
        DataError: the images are of another type.
    """
    images, pixels = _as_floats(images, dtype)
    if images.dtype.kind != "f":
        pixels /= 255
    pixels -= 0.5
    return pixels


def to_raw_pixels(images: ArrayLike, dtype: str = "float32") -> np.ndarray:
    """Images as pixels in [0, 255], as code that forgets to scale them has it.

    Args, Returns, Raises: as `to_pixels`.
    """
    images, pixels = _as_floats(images, dtype)
    if images.dtype.kind == "f":
        pixels *= 255
    return pixels


def to_pictures(images: np.ndarray) -> np.ndarray:
    """Images as a person can look at them: (n, height, width, 1 or 3), float32 from 0 to 1.

    Args:
        images: (n, height, width, channels), uint8, or floating point in [0, 1]. Of channels that are neither gray nor
            red, green and blue the mean is shown.
    """
    import numpy as np

    pictures = to_raw_pixels(images) / np.float32(255)
    if pictures.shape[-1] not in (1, 3):
        pictures = pictures.mean(axis=-1, keepdims=True)
    return np.clip(np.nan_to_num(pictures, copy=False), 0, 1, out=pictures)


def _as_floats(images: ArrayLike, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the images as an array, and a copy of them in the floating-point type."""
    import numpy as np

    images = np.asarray(images)
    if images.dtype != np.uint8 and images.dtype.kind != "f":
        raise DataError(
            f"images are of type {images.dtype}; allowed are uint8 in 0 to 255 and floating point in [0, 1]. "
            "Convert them first."
        )
    return images, images.astype(dtype)
