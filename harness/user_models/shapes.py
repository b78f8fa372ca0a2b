"""Whether a user's arrays are those of the network, and what to say if they are not.

Letters: N samples, F classes.
"""

import numpy as np

from harness.user_models.layouts import flags_that_fit, is_same_but_for_ones


def check_count(arrays, layouts, guarded, method):
    """Raise `UsageError` unless these are as many as the layouts, in a list or tuple."""
    if isinstance(arrays, list | tuple) and len(arrays) == len(layouts):
        return
    received = f"{len(arrays)} arrays" if isinstance(arrays, list | tuple) else type(arrays).__name__
    expected = f"a list of {len(layouts)} arrays: " + ", ".join(f"{one.name} {one.user_shape}" for one in layouts)
    if not arrays and method == "get_weights":
        expected += "; a model that makes them in its first forward pass needs a method forward(x)"
    raise guarded.error(method, received, expected)


def check_parameters(arrays, layouts, layers, interface, guarded, method):
    """Raise `UsageError` unless arrays have the shapes of the parameters and are of float32 or float64.

    Args:
        arrays: of the user, as many as parameters.
        layouts: `ArrayLayout`s of the parameters.
        layers: `LayerShape`s of the network.
        interface: of the model.
        guarded, method: the `GuardedModel` and its method that they come from.
    """
    for index, (array, layout) in enumerate(zip(arrays, layouts, strict=True)):
        if not layout.fits(array.shape):
            expected = f"{layout.user_shape}{hint(layers, index, array.shape, interface)}"
            raise guarded.error(method, f"an array of shape {array.shape} for {layout.name}", expected)
        if array.dtype not in (np.float32, np.float64):
            raise guarded.error(method, f"{array.dtype} for {layout.name}", "float32 or float64")


def hint(layers, index, shape, interface):
    """Return how a parameter of this shape may be meant, or nothing."""
    flags = flags_that_fit(layers, index, shape, interface)
    if flags:
        all_three = "; channels_first says the same of images, kernels and flattening"
        return f". It fits with {settings_of(flags)} in the model{all_three * ('kernels_channels_first' in flags)}"
    layer = [layer for layer in layers for _ in layer.params][index]
    if len(shape) == 3 and sorted(shape) == sorted(layer.output_shape):
        return (
            ". A bias for each output pixel makes it another network: in network(nn), put PixelBias(activation) behind "
            "Conv2D(..., use_bias=False)"
        )
    return ""


def settings_of(flags):
    """Return attributes and their values in words."""
    return " and ".join(f"{name} = {value}" for name, value in flags.items())


def to_batch(array, shape, n, interface, guarded, method):
    """Return an array of the user for one image, or for a batch of n, as (N, *shape).

    Args:
        array: of the user.
        shape: for one image.
        n: images.
        interface: of the model.
        guarded, method: the `GuardedModel` and its method that it comes from.

    Raises:
        UsageError: if the array has another shape, but for axes of length 1.
    """
    is_turned = interface.column_vectors and len(shape) == 1
    expected = shape if interface.one_image else (*shape, n) if is_turned else (n, *shape)
    if not is_same_but_for_ones(array.shape, expected):
        raise guarded.error(method, f"an array of shape {array.shape}", f"{expected}")
    return array.reshape(expected).T.reshape(n, *shape) if is_turned else array.reshape(n, *shape)
