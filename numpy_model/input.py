"""What a network is given."""

from numpy_model.checks import check_rank


class Input:
    """The shape of one sample, the first entry of a `Sequential`.

    Args:
        shape: without the batch, such as (28, 28, 1).
    """

    def __init__(self, shape):
        self.shape = check_rank("input", shape, len(tuple(shape)), "(height, width, channels)")
