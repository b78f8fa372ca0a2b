"""What a network is given."""

from collections.abc import Sequence

from numpy_model.checks import check_only, is_whole


class Input:
    """The shape of one sample, the first entry of a `Sequential`.

    Args:
        shape: without the batch, such as (28, 28, 1).
        batch_size, dtype, sparse, ragged, tensor: `None`, the default: batches have any size,
            and layers a type of their own.
        batch_shape: `None`, the default, or `(None, *shape)` in place of `shape`.
        name: without effect. Default `None`.
        optional: `False`, the default.

    Raises:
        ValueError: unless the shape is a tuple or list of positive whole numbers.

    Example:
        >>> Input((28, 28, 1)).shape
        (28, 28, 1)
    """

    def __init__(
        self,
        shape: Sequence[int] | None = None,
        batch_size: None = None,
        dtype: None = None,
        sparse: None = None,
        ragged: None = None,
        batch_shape: Sequence[int | None] | None = None,
        name: str | None = None,
        tensor: None = None,
        optional: bool = False,
    ) -> None:
        check_only("batch_size", batch_size, None)
        check_only("dtype", dtype, None)
        check_only("sparse", sparse, None)
        check_only("ragged", ragged, None)
        check_only("tensor", tensor, None)
        check_only("optional", optional, False)
        if batch_shape is not None:
            if shape is not None or not isinstance(batch_shape, tuple | list) or tuple(batch_shape[:1]) != (None,):
                raise ValueError(f"batch_shape is {batch_shape!r}; allowed is (None, *shape), and no shape beside it")
            shape = batch_shape[1:]
        if not isinstance(shape, tuple | list):
            raise ValueError(f"shape is {shape!r}; allowed is a tuple such as (28, 28, 1), or (8,) for 8 numbers")
        if not all(is_whole(size) and size > 0 for size in shape):
            raise ValueError(f"shape is {shape!r}; allowed are positive whole numbers, without that of the samples")
        self.shape = tuple(int(size) for size in shape)
