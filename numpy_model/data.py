"""Samples, labels and weights as users give them: checked, and made arrays of the model's type.

Letters: N samples, F classes.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np


def check_samples(name: str, x: object, input_shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Return `x` as an array (N, *input_shape), or raise `ValueError` naming the model."""
    if x is None:
        raise ValueError(f"x is None; allowed is an array of samples of shape {input_shape}")
    if np.ma.is_masked(x):
        raise ValueError("x is a masked array, and the mask would be lost; give x.filled(...) of it")
    try:
        x = np.asarray(x)
        if x.dtype.kind not in "biufO":
            raise TypeError(f"its type is {x.dtype}")
        x = x.astype(dtype, copy=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"x is no array of numbers ({error}); allowed are samples of shape {input_shape}") from error
    if x.shape == input_shape:
        raise ValueError(
            f"x is a single sample of shape {input_shape}, and {name} takes a batch; give x[0][None] for x[0]"
        )
    if x.shape[1:] != input_shape or len(x) == 0:
        remedy = reshaping(x.shape, input_shape)
        raise ValueError(f"x has shape {x.shape}, and {name} takes one sample or more of shape {input_shape}{remedy}")
    return x


def reshaping(shape: tuple[int, ...], input_shape: tuple[int, ...]) -> str:
    """Return what makes samples of another layout those of a model, as text; "" if nothing does.

    Example:
        >>> reshaping((60000, 28, 28), (28, 28, 1))
        '; give x[..., None]'
    """
    sample = shape[1:]
    if (*sample, 1) == input_shape:
        return "; give x[..., None]"
    if len(sample) == 3 and (*sample[1:], sample[0]) == input_shape:
        return "; give x.transpose(0, 2, 3, 1)"
    if sample and math.prod(sample) == math.prod(input_shape) and 1 in (len(sample), len(input_shape)):
        return f"; give x.reshape(-1, {', '.join(map(str, input_shape))})"
    return ""


def check_sample_weight(sample_weight: object, n: int, dtype: np.dtype) -> np.ndarray | None:
    """Return the weight of each sample, (N,), or `None` for `None`.

    Raises:
        ValueError: unless there is a finite number for each of the n samples.

    Example:
        >>> check_sample_weight([0.5, 2], 2, np.dtype("float64"))
        array([0.5, 2. ])
    """
    if sample_weight is None:
        return None
    try:
        weights = np.asarray(sample_weight, dtype)
    except (TypeError, ValueError) as error:
        raise ValueError(f"sample_weight holds no numbers ({error}); allowed is a number for each sample") from error
    if weights.shape not in ((n,), (n, 1)):
        raise ValueError(f"sample_weight has shape {weights.shape}; allowed is ({n},), a number for each sample")
    if not np.isfinite(weights).all():
        raise ValueError("sample_weight holds a number that is not finite; allowed are finite numbers")
    return weights.reshape(n)


def check_given(y: object) -> None:
    """Raise `ValueError` if there are no labels."""
    if y is None:
        raise ValueError("y is None; allowed is an array of labels or targets, one for each sample")


def weights_of_classes(class_weight: Mapping[int, float], y: object) -> np.ndarray:
    """Return for each sample the weight of its class, (N,), and 1 for classes that have none.

    Args:
        class_weight: weights by class number.
        y: labels (N,) or (N, 1), or targets (N, F), whose class is the one with the largest.

    Raises:
        ValueError: if `class_weight` is no dictionary of finite numbers by whole ones.

    Example:
        >>> weights_of_classes({1: 3.0}, [0, 1, 1])
        array([1., 3., 3.])
    """
    if not isinstance(class_weight, Mapping):
        raise ValueError(
            f"class_weight is {class_weight!r}; allowed is a dictionary such as {{0: 1.0, 1: 2.5}}, or None"
        )
    for label, weight in class_weight.items():
        if not (isinstance(label, int | float | np.number) and label == int(label)):
            raise ValueError(f"class_weight has a weight for {label!r}; allowed are numbers of classes, such as 0")
        if not (isinstance(weight, int | float | np.number) and np.isfinite(weight)):
            raise ValueError(f"class_weight is {weight!r} for class {label}; allowed is a finite number")
    check_given(y)
    y = np.asarray(y)
    labels = y.argmax(axis=-1) if y.ndim > 1 and y.shape[-1] > 1 else y.reshape(len(y))
    return np.array([class_weight.get(int(label), 1.0) for label in np.round(labels)], np.float64)


def one_weight(sample_weight: object, class_weight: Mapping[int, float] | None, y: object) -> object:
    """Return the weights of samples as they were given by sample or by class, or `None` if by neither.

    Raises:
        ValueError: if they were given both ways.
    """
    if class_weight is None:
        return sample_weight
    if sample_weight is not None:
        raise ValueError("class_weight and sample_weight are both given; allowed is one of them, or neither")
    return weights_of_classes(class_weight, y)


def split_off(
    share: float, *arrays: Sequence | None
) -> tuple[tuple[Sequence | None, ...], tuple[Sequence | None, ...]]:
    """Return the first samples of each array, and the last ones, `share` of all. `None` stays `None`.

    Raises:
        ValueError: if the share is not between 0 and 1, a part would be empty, or the arrays differ in length.

    Example:
        >>> split_off(0.4, np.arange(5), None)
        ((array([0, 1, 2]), None), (array([3, 4]), None))
    """
    if not isinstance(share, int | float):
        raise ValueError(f"validation_split is {share!r}; allowed is a number from 0 to below 1")
    if isinstance(arrays[0], Mapping) or not hasattr(arrays[0], "__getitem__"):
        raise ValueError(f"x is a {type(arrays[0]).__name__}; allowed beside validation_split is an array of samples")
    lengths = [len(array) for array in arrays if array is not None]
    if len(set(lengths)) != 1:
        raise ValueError(f"validation_split needs as many labels and weights as samples, and received {lengths}")
    total = lengths[0]
    n = int(total * (1 - share)) if 0 < share < 1 else 0
    if not 0 < n < total:
        raise ValueError(f"validation_split is {share!r} of {total} samples; allowed is a share that leaves both parts")
    first = tuple(None if array is None else array[:n] for array in arrays)
    return first, tuple(None if array is None else array[n:] for array in arrays)


def check_validation_data(validation_data: object) -> dict[str, object]:
    """Return `(x, y)` or `(x, y, sample_weight)` by these names, or raise `ValueError`."""
    if not isinstance(validation_data, tuple | list) or len(validation_data) not in (2, 3):
        raise ValueError(
            f"validation_data is a {type(validation_data).__name__}; allowed is (x, y), (x, y, sample_weight) or None"
        )
    return dict(zip(("x", "y", "sample_weight"), validation_data, strict=False))
