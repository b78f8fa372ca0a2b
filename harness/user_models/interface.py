"""What a user's model has to have, and what it may have: methods and attributes."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from harness.base.checks import check_learning_rate
from harness.base.errors import UsageError
from harness.base.user_code import accepts
from harness.experiments.networks import NETWORKS
from harness.experiments.optimizers import check_optimizer, chosen_learning_rate, optimizer_of

# Every method that a model may have, with its arguments.
METHODS = {
    "get_weights": (),
    "set_weights": ("weights",),
    "train_step": ("x", "y", "learning_rate"),
    "forward": ("x",),
    "backward": ("gradient_of_the_outputs",),
    "layer_outputs": ("x",),
    "layer_gradients": ("x", "y"),
}
FLAGS = ("channels_first", "out_in", "one_image", "one_hot", "from_logits", "column_vectors")
# What `channels_first` says of all three, and each of these of one.
PARTS = ("images_channels_first", "kernels_channels_first", "flatten_channels_first")
CROSSENTROPY = ("sparse_categorical_crossentropy", "categorical_crossentropy")
LOSSES = (*CROSSENTROPY, "mean_squared_error", "mse", "binary_crossentropy")


@dataclass(frozen=True)
class Interface:
    """What a user's model has. Every attribute may be left out of it, and is then as in Keras.

    Attributes:
        network: the same network as a function of the library; `None` if the model names none. A model may also give a
            name from `NETWORKS`.
        channels_first: images are (N, C, H, W) and kernels (F, C, K, L), and are flattened in this order.
        images_channels_first, kernels_channels_first, flatten_channels_first: the same of one of the three.
        out_in: weights of dense layers are (outputs, inputs).
        one_image: x has no batch axis, and y is a number. The batch size is 1.
        one_hot: y is (N, F), with a one at the label.
        from_logits: outputs are those before the softmax or sigmoid at the end.
        column_vectors: outputs and one-hot labels are (F, N), and x is (D, N) if the network begins with a Flatten.
        loss: a name from `LOSSES`, or a function of the library that returns a Keras loss.
        optimizer: a function of the library and `learning_rate`; `None` for plain descent.
        learning_rate: the model's own; `None` if it is given one.
        takes_rate: whether `train_step` takes a learning rate.
        has_train_step: whether the model takes its steps itself; else from `backward` the harness does.
        has_forward: whether outputs can be asked for.
        has_layer_outputs: whether those of every layer can be asked for.
        has_layer_gradients: whether the gradients of every layer's inputs can be asked for.
    """

    network: Callable | None
    channels_first: bool
    out_in: bool
    one_image: bool
    one_hot: bool
    from_logits: bool
    column_vectors: bool
    images_channels_first: bool
    kernels_channels_first: bool
    flatten_channels_first: bool
    loss: str | Callable
    optimizer: Callable | None
    learning_rate: float | None
    takes_rate: bool
    has_train_step: bool
    has_forward: bool
    has_layer_outputs: bool
    has_layer_gradients: bool

    @property
    def is_crossentropy(self) -> bool:
        """Whether the loss is -log(p) of the label's probability."""
        return self.loss in CROSSENTROPY


def read_interface(model, where):
    """Return the `Interface` of a user's model.

    Args:
        model: the object.
        where: its file or function, for messages.

    Raises:
        UsageError: if a method is missing, or an attribute has a value that is not allowed.
    """

    def has(method):
        return callable(getattr(model, method, None))

    missing = [method for method in ("get_weights", "set_weights") if not has(method)]
    if not (has("train_step") or (has("forward") and has("backward"))):
        missing.append("train_step")
    if missing:
        get_weights, set_weights, train_step, forward, backward, *_ = map(written, METHODS)
        raise UsageError(
            f"{where}: the model has no method {', '.join(missing)}; expected are {get_weights}, {set_weights}, and "
            f"either {train_step} or both {forward} and {backward}"
        )
    flags = {name: getattr(model, name, False) for name in FLAGS}
    flags |= {name: getattr(model, name, flags["channels_first"]) for name in PARTS}
    for name, value in flags.items():
        if not isinstance(value, bool):
            raise UsageError(f"{where}: the attribute {name} is {value!r}; expected is True or False")
    takes_rate = has("train_step") and takes(model.train_step, 3)
    optimizer, learning_rate = read_optimizer(model, where, takes_rate)
    if optimizer and not has("train_step"):
        raise UsageError(
            f"{where}: the attribute optimizer is for a model with {written('train_step')}; with "
            f"{written('backward')} gradients alone are compared, so leave it out"
        )
    return Interface(
        network=read_network(model, where),
        loss=read_loss(model, where),
        optimizer=optimizer,
        learning_rate=learning_rate,
        takes_rate=takes_rate,
        has_train_step=has("train_step"),
        has_forward=has("forward"),
        has_layer_outputs=has("layer_outputs"),
        has_layer_gradients=has("layer_gradients"),
        **flags,
    )


def takes(method: Callable, n_arguments: int) -> bool:
    """Return whether a method can be called with so many arguments, as far as Python knows its signature."""
    try:
        inspect.signature(method).bind(*range(n_arguments))
    except TypeError:
        return False
    except ValueError:  # a method written in C has no signature
        return True
    return True


def plain_function(attribute: object) -> object:
    """Return a function that became a method because it is an attribute of the class, and anything else as it is."""
    if inspect.ismethod(attribute) and next(iter(inspect.signature(attribute.__func__).parameters), "") != "self":
        return attribute.__func__
    return attribute


def is_of_library(attribute: object) -> bool:
    """Return whether this is a function whose first argument is `nn`: models have methods of these names, too."""
    return inspect.isroutine(attribute) and next(iter(inspect.signature(attribute).parameters), "") == "nn"


def read_loss(model: object, where: str) -> str | Callable:
    """Return the loss of a user's model: a name of Keras's, or a function of the library.

    What is neither, such as a method `loss(outputs, y)` or a list of losses, is the model's own affair.
    """
    loss = plain_function(getattr(model, "loss", CROSSENTROPY[0]))
    if is_of_library(loss):
        return loss
    if not isinstance(loss, str):
        return CROSSENTROPY[0]
    if loss not in LOSSES:
        raise UsageError(
            f"{where}: the attribute loss is {loss!r}; expected is one of {', '.join(LOSSES)}, or a function loss(nn) "
            "that returns a loss of Keras's"
        )
    return "mean_squared_error" if loss == "mse" else loss


def read_optimizer(model: object, where: str, takes_rate: bool) -> tuple[Callable | None, float | None]:
    """Return the optimizer of a user's model, and its own learning rate; `None` for what it does not name.

    What is no name and no function of `nn`, such as an object of a class of the user's, is the model's own affair.

    Args:
        model, where: as of `read_interface`.
        takes_rate: whether its steps are given a learning rate.
    """
    named, optimizer, learning_rate = plain_function(getattr(model, "optimizer", None)), None, None
    if isinstance(named, str):
        try:
            check_optimizer(named)
            optimizer, learning_rate = optimizer_of(named), chosen_learning_rate(named, None)
        except UsageError as error:
            raise UsageError(f"{where}: the attribute optimizer is {named!r}: {error}") from error
    elif is_of_library(named):
        optimizer = named if accepts(named, "learning_rate") else partial(without_rate, named)
    train_step = getattr(model, "train_step", None)
    if takes_rate or not callable(train_step):
        return optimizer, learning_rate
    if not takes(train_step, 2):
        raise UsageError(
            f"{where}: train_step{inspect.signature(train_step)} takes other arguments than expected; write it as "
            f"{written('train_step')}"
        )
    own = getattr(model, "learning_rate", learning_rate)
    if isinstance(own, bool) or not isinstance(own, int | float):
        raise UsageError(
            f"{where}: train_step(x, y) takes no learning rate; give the model its own as an attribute, as in "
            f"learning_rate = 0.01, or write the method as {written('train_step')}"
        )
    check_learning_rate(own)
    return optimizer, float(own)


def without_rate(optimizer: Callable, nn: object, learning_rate: float) -> object:
    """Return an optimizer from a function of the library that chooses its own learning rate."""
    return optimizer(nn)


def written(method):
    """Return a method with its arguments, such as `"forward(x)"`."""
    return f"{method}({', '.join(METHODS[method])})"


def read_network(model, where):
    """Return the network that a user's model names, as a function of the library, or `None`."""
    network = getattr(model, "network", None)
    if isinstance(network, str) and network in NETWORKS:
        return NETWORKS[network]
    if network is not None and not inspect.isroutine(network):
        raise UsageError(
            f"{where}: the attribute network is {network!r}; expected is one of {', '.join(NETWORKS)}, "
            "or a function network(nn) that returns nn.Sequential([...])"
        )
    return plain_function(network)


def fitted_to(network, input_shape, n_classes):
    """Return a network as a function of the library alone, for these images if it can be made for several shapes."""
    sizes = {"input_shape": input_shape, "n_classes": n_classes}
    taken = inspect.signature(network).parameters
    return partial(network, **{name: size for name, size in sizes.items() if name in taken})
