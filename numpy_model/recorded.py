"""A way through the layers that is recorded once, and then played."""

from numpy_model import ops


class RecordedPass:
    """A function of arrays, recorded for arrays of these shapes.

    Args:
        function: from arrays to an array. It keeps to the rules of `ops.py`.
        inputs: the first arrays, for the recording.
    """

    def __init__(self, function, *inputs):
        self._inputs = [array.copy() for array in inputs]  # where the tape will read
        with ops.recorded() as self._tape:
            self._output = function(*self._inputs)

    def __call__(self, *inputs):
        """Return what the function would, in an array that holds until the next pass."""
        for own, given in zip(self._inputs, inputs, strict=True):
            own[...] = given
        self._tape.play()
        return self._output
