"""What every layer is: parameters, a forward step, and the backward step beside it."""

import re

import numpy as np

from numpy_model import config
from numpy_model.initializers import Initializer


class Layer:
    """A step of a network.

    The contract: `build(input_shape)` makes the parameters and returns the output shape; `forward(inputs, training)`
    returns the outputs; `backward(grad_outputs)` returns the gradient of the inputs and fills `grads`, which has the
    keys and shapes of `params`. Shapes given to `build` are those of one sample; arrays have the batch in front. Arrays
    that `forward` and `backward` return are work arrays: they hold until the next call with a batch of the same size.
    A layer makes its work arrays in `allocate(n)`, and one with an activation also has `backward_logits(grad_logits)`.
    While a model trains on single samples, the gradient of a large kernel is kept as its factors instead, and not in
    `grads`: see `deferred.py`.

    A class whose `forward` and `backward` keep to the rules of `ops.py` says so: `recordable = True`. Each class says
    it for itself, as one that inherits may do anything; where one layer says nothing, its model runs every step anew.
    Once a model has trained or predicted, only the numbers of such a layer may change, and no other attribute.

    Args:
        name: default the class's name in snake case.
        dtype: `"float32"` or `"float64"`; default `config.floatx()`.

    Attributes:
        params: arrays by name, in Keras's order: kernel, then bias.
        grads: the gradient of the loss for each of `params`, of the last `backward`.
        input_shape, output_shape: of one sample, once built.
        needs_input_gradient: `False` lets `backward` return `None` and save the work. A model sets it in its first
            layer.
    """

    def __init__(self, name=None, dtype=None):
        self.name = name or snake_case(type(self).__name__)
        self.dtype = config.check_float_type(dtype or config.floatx())
        self.params = {}
        self.grads = {}
        self.input_shape = None
        self.output_shape = None
        self.needs_input_gradient = True
        self._initializers = {}
        self._work_by_batch = {}
        self._work = None
        self._work_shape = None
        self._is_trained = False

    def add_param(self, name, shape, initializer):
        """Make the parameter `name` and its gradient."""
        self._initializers[name] = initializer
        self.params[name] = np.array(initializer(shape, self.dtype), dtype=self.dtype, order="C")
        self.grads[name] = np.zeros(shape, self.dtype)
        self.forget_work_arrays()

    def forget_work_arrays(self):
        """Make new work arrays at the next `forward`: the old ones look at arrays that are no longer the parameters."""
        self._work_by_batch.clear()
        self._work_shape = None

    def initialize(self, rng):
        """Draw all parameters again, in their order, from the generator `rng`."""
        for name, param in self.params.items():
            initializer = self._initializers[name]
            # A user's callable knows of shape and type only, and draws as it will.
            options = {"rng": rng} if isinstance(initializer, Initializer) else {}
            param[...] = initializer(param.shape, self.dtype, **options)

    def count_params(self):
        """Return the number of trained numbers."""
        return sum(param.size for param in self.params.values())

    def check_input(self, inputs):
        """Raise `RuntimeError` before `build`, and `ValueError` unless `inputs` is a batch of the shape built for."""
        if self.input_shape is None:
            raise RuntimeError(f"layer {self.name} is not built; call build(input_shape) first")
        if inputs.shape[1:] != self.input_shape:
            raise ValueError(
                f"layer {self.name} was built for inputs of shape {('N', *self.input_shape)}, "
                f"and received {inputs.shape}"
            )

    def start_forward(self, inputs, training):
        """Check the inputs and return the work arrays for a batch of their size.

        A training forward keeps these arrays for `backward`. Any other forward overwrites them, and takes them away.
        """
        if inputs.shape != self._work_shape:
            self.check_input(inputs)
            self._work = self._work_for(len(inputs))
            self._work_shape = inputs.shape
        self._is_trained = training
        return self._work

    def start_backward(self, grad_outputs):
        """Check the gradient and return the work arrays of the training forward."""
        work = self._work
        if not self._is_trained:
            raise RuntimeError(f"layer {self.name}: backward needs forward(inputs, training=True) before it")
        if grad_outputs.shape != work.outputs.shape:
            raise ValueError(
                f"layer {self.name}: grad_outputs has shape {grad_outputs.shape}, its outputs have {work.outputs.shape}"
            )
        return work

    def forget_inputs(self):
        """Ask for a new training forward before the next `backward`."""
        self._is_trained = False

    @property
    def logits(self):
        """What the activation was given in the last `forward`, for layers that have one."""
        return self._work.logits

    def _work_for(self, n):
        # Few batch sizes occur: that of training, its short last batch, and that of prediction.
        if n not in self._work_by_batch:
            if len(self._work_by_batch) == 4:
                self._work_by_batch.clear()
            self._work_by_batch[n] = self.allocate(n)
        return self._work_by_batch[n]


def snake_case(name):
    """Return a class's name as Keras writes its layers: `MaxPooling2D` is `max_pooling2d`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def whole_numbers(layer, argument, value, length):
    """Return `value` as a tuple of `length` positive whole numbers; a single number stands for all.

    Raises:
        ValueError: naming the layer, the argument and the value.
    """
    numbers = value if isinstance(value, tuple | list) else (value,) * length
    if len(numbers) != length or not all(is_whole(number) and number > 0 for number in numbers):
        raise ValueError(
            f"layer {layer}: {argument} is {value!r}; allowed is a positive whole number or {length} of them"
        )
    return tuple(int(number) for number in numbers)


def is_whole(number):
    """Return whether `number` is an integer, of Python's or NumPy's kind, and not a boolean."""
    return isinstance(number, int | np.integer) and not isinstance(number, bool)


def check_rank(layer, input_shape, rank, meaning):
    """Return `input_shape` as a tuple of `rank` positive whole numbers, or raise `ValueError` naming the layer."""
    shape = tuple(input_shape)
    if len(shape) != rank or not all(is_whole(size) and size > 0 for size in shape):
        raise ValueError(f"layer {layer} needs inputs of shape {meaning}, and was given {shape}")
    return tuple(int(size) for size in shape)
