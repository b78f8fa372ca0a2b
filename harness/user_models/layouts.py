"""A user's arrays in Keras's order, and back.

Letters: N samples, H x W pixels, C channels, K x L kernel, F filters or classes, D inputs, U units.
"""

import itertools
import math
from dataclasses import dataclass, replace

import numpy as np


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


def parameter_layouts(layers, kernels_channels_first=False, flatten_channels_first=False, out_in=False):
    """Return an `ArrayLayout` for each parameter of a network, in Keras's order.

    Args:
        layers: `LayerShape`s.
        kernels_channels_first, flatten_channels_first, out_in: see `Interface`.
    """
    layouts, flattened = [], None
    for layer in layers:
        if layer.flattens and len(layer.input_shape) == 3:
            flattened = layer.input_shape
        for name, shape in layer.params.items():
            rows = flattened if flatten_channels_first and flattened else shape[:1]
            layouts.append(layout_of(f"{layer.name}/{name}", shape, rows, kernels_channels_first, out_in))
        if layer.params:
            flattened = None
    return layouts


def output_layouts(layers, images_channels_first=False, flatten_channels_first=False):
    """Return an `ArrayLayout` for the outputs of each layer, for one image.

    Args:
        layers: `LayerShape`s.
        images_channels_first, flatten_channels_first: see `Interface`.
    """
    layouts = []
    for layer in layers:
        shape, split, is_turned = layer.output_shape, layer.output_shape, images_channels_first
        if layer.flattens:
            split, is_turned = layer.input_shape, flatten_channels_first
        axes = (2, 0, 1) if is_turned and len(split) == 3 else tuple(range(len(split)))
        user_shape = tuple(split[axis] for axis in axes) if len(shape) == len(split) else shape
        layouts.append(ArrayLayout(layer.name, shape, split, axes, user_shape))
    return layouts


def input_layout(layers, images_channels_first=False, flatten_channels_first=False, column_vectors=False):
    """Return the `ArrayLayout` of one image.

    Args:
        layers: `LayerShape`s.
        images_channels_first, flatten_channels_first, column_vectors: see `Interface`.
    """
    shape = layers[0].input_shape
    is_flat = column_vectors and layers[0].flattens
    is_turned = (flatten_channels_first if is_flat else images_channels_first) and len(shape) == 3
    axes = (2, 0, 1) if is_turned else tuple(range(len(shape)))
    user_shape = (math.prod(shape),) if is_flat else tuple(shape[axis] for axis in axes)
    return ArrayLayout("x", shape, shape, axes, user_shape)


def layout_of(name, shape, rows, channels_first, out_in):
    """Return the layout of one parameter: a kernel (K, L, C, F), weights (D, U), or a bias (F,) or (H, W, C).

    Args:
        name, shape: of Keras's array.
        rows: what D is split into, (H, W, C) or (D,).
        channels_first: whether kernels and biases have their channels first.
        out_in: see `Interface`.
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


def flags_that_fit(layers, index, shape, interface):
    """Return the attributes that a model must change for its parameter number `index` to have this shape, or `None`.

    Args:
        layers: `LayerShape`s.
        index: of the parameter.
        shape: that it has.
        interface: of the model, as it is.
    """
    names = ("kernels_channels_first", "out_in")
    found = []
    for values in itertools.product((False, True), repeat=2):
        if parameter_layouts(layers, values[0], out_in=values[1])[index].fits(shape):
            settings = zip(names, values, strict=True)
            found.append({name: value for name, value in settings if value != getattr(interface, name)})
    return min(found, key=len, default=None)


def batch_to_user(array, layout, one_image=False, column_vectors=False):
    """Return a copy of a batch (N, ...) as the user has it: images in their order, vectors in rows or columns; or one.

    Args:
        array: (N, ...), as Keras has it.
        layout: the `ArrayLayout` of one image.
        one_image, column_vectors: see `Interface`.
    """
    is_column = column_vectors and len(layout.user_shape) == 1
    if one_image:
        image = layout.to_user(array[0])
        return image[:, np.newaxis] if is_column else image
    batch = np.stack([layout.to_user(image) for image in array])
    return np.ascontiguousarray(batch.T) if is_column else batch


def labels_to_user(y, n_classes, dtype, one_image=False, one_hot=False, column_vectors=False):
    """Return labels (N,) as the user has them: int64 (N,), or one-hot of `dtype` as `Interface` says; or the one."""
    if one_hot:
        layout = ArrayLayout("y", (n_classes,), (n_classes,), (0,), (n_classes,))
        return batch_to_user(np.eye(n_classes, dtype=dtype)[y], layout, one_image, column_vectors)
    # Labels are read as uint8, in which a user's sums would overflow.
    labels = np.array(y, np.int64)
    return int(labels[0]) if one_image else labels


def is_same_but_for_ones(shape, other):
    """Return whether two shapes differ by axes of length 1 at most."""
    return [length for length in shape if length != 1] == [length for length in other if length != 1]
