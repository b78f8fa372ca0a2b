"""A user's arrays in Keras's order, and back.

Letters: N samples, H x W pixels, C channels, K x L kernel, F filters or classes, D inputs, U units.
"""

import itertools
from dataclasses import dataclass, replace

import numpy as np

from numpy_model.layers import Flatten


@dataclass(frozen=True)
class ArrayLayout:
    """How one parameter, or the outputs of a layer for one image, lie in Keras, and how with the user.

    To the user an array is split, its axes are put in another order, and then it is given the user's shape.

    Attributes:
        name: such as `"conv2d/kernel"`, or of the layer.
        keras_shape: as Keras has it.
        split: the shape whose axes change places. (H, W, C, U) for (D, U) after a Flatten, as D counts pixels and
            channels in an order of its own.
        axes: of `split`, in the user's order.
        user_shape: as the user has it.
    """

    name: str
    keras_shape: tuple[int, ...]
    split: tuple[int, ...]
    axes: tuple[int, ...]
    user_shape: tuple[int, ...]

    def to_user(self, array):
        """Return a copy of Keras's array as the user has it."""
        return np.array(array).reshape(self.split).transpose(self.axes).reshape(self.user_shape).copy()

    def to_keras(self, array):
        """Return a copy of the user's array as Keras has it."""
        turned = [self.split[axis] for axis in self.axes]
        return np.array(array).reshape(turned).transpose(np.argsort(self.axes)).reshape(self.keras_shape).copy()

    def fits(self, shape):
        """Return whether a shape is the user's, but for axes of length 1."""
        return is_same_but_for_ones(shape, self.user_shape)

    def reshaped(self, shape):
        """Return this layout for a user whose shape has other axes of length 1."""
        return replace(self, user_shape=tuple(shape))


def parameter_layouts(layers, channels_first=False, out_in=False):
    """Return an `ArrayLayout` for each parameter of a network, in Keras's order.

    Args:
        layers: of a `numpy_model.Sequential`.
        channels_first, out_in: see `Interface`.
    """
    layouts, flattened = [], None
    for layer in layers:
        if isinstance(layer, Flatten) and len(layer.input_shape) == 3:
            flattened = layer.input_shape
        for name, param in layer.params.items():
            rows = flattened if channels_first and flattened else param.shape[:1]
            layouts.append(layout_of(f"{layer.name}/{name}", param.shape, rows, channels_first, out_in))
        if layer.params:
            flattened = None
    return layouts


def output_layouts(layers, channels_first=False):
    """Return an `ArrayLayout` for the outputs of each layer, for one image.

    Args:
        layers: of a `numpy_model.Sequential`.
        channels_first: see `Interface`.
    """
    layouts = []
    for layer in layers:
        shape, split = layer.output_shape, layer.output_shape
        if isinstance(layer, Flatten):
            split = layer.input_shape
        axes = (2, 0, 1) if channels_first and len(split) == 3 else tuple(range(len(split)))
        user_shape = tuple(split[axis] for axis in axes) if len(shape) == len(split) else shape
        layouts.append(ArrayLayout(layer.name, shape, split, axes, user_shape))
    return layouts


def layout_of(name, shape, rows, channels_first, out_in):
    """Return the layout of one parameter: a kernel (K, L, C, F), weights (D, U), or a bias (F,) or (H, W, C).

    Args:
        name, shape: of Keras's array.
        rows: what D is split into, (H, W, C) or (D,).
        channels_first, out_in: see `Interface`.
    """
    split, axes = shape, tuple(range(len(shape)))
    if len(shape) == 4 and channels_first:
        axes = (3, 2, 0, 1)
    if len(shape) == 3 and channels_first:
        axes = (2, 0, 1)
    if len(shape) == 2:
        split = (*rows, shape[1])
        inputs, units = ((2, 0, 1) if len(rows) == 3 else (0,)), (len(rows),)
        axes = units + inputs if out_in else inputs + units
        return ArrayLayout(name, shape, split, axes, shape[::-1] if out_in else shape)
    return ArrayLayout(name, shape, split, axes, tuple(shape[axis] for axis in axes))


def flags_that_fit(layers, index, shape):
    """Return the attributes that a model must set for its parameter number `index` to have this shape, or `None`."""
    names = ("channels_first", "out_in")
    for values in itertools.product((False, True), repeat=2):
        if parameter_layouts(layers, *values)[index].fits(shape):
            return {name: value for name, value in zip(names, values, strict=True) if value}
    return None


def images_to_user(x, channels_first=False, one_image=False):
    """Return a copy of images (N, H, W, C) as the user has them: (N, C, H, W) if channels come first; or the one."""
    x = np.array(x.transpose(0, 3, 1, 2) if channels_first else x, order="C")
    return x[0] if one_image else x


def labels_to_user(y, n_classes, dtype, one_image=False, one_hot=False):
    """Return labels (N,) as the user has them: int64 (N,), or (N, F) of `dtype` if one-hot; or the one."""
    # Labels are read as uint8, in which a user's sums would overflow.
    labels = np.eye(n_classes, dtype=dtype)[y] if one_hot else np.array(y, np.int64)
    if not one_image:
        return labels
    return labels[0] if one_hot else int(labels[0])


def is_same_but_for_ones(shape, other):
    """Return whether two shapes differ by axes of length 1 at most."""
    return [length for length in shape if length != 1] == [length for length in other if length != 1]
