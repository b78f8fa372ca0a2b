"""What a user's model has to have, and what it may have: methods and attributes."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from harness.base.errors import UsageError
from harness.experiments.networks import NETWORKS

# Every method that a model may have, with its arguments.
METHODS = {
    "get_weights": (),
    "set_weights": ("weights",),
    "train_step": ("x", "y", "learning_rate"),
    "forward": ("x",),
    "backward": ("gradient_of_the_outputs",),
    "layer_outputs": ("x",),
}
FLAGS = ("channels_first", "out_in", "one_image", "one_hot", "from_logits")


@dataclass(frozen=True)
class Interface:
    """What a user's model has. Every attribute may be left out of it, and is then as in Keras.

    Attributes:
        network: the same network as a function of the library; `None` if the model names none. A model may also give a
            name from `NETWORKS`.
        channels_first: images are (N, C, H, W) and kernels (F, C, K, L), and are flattened in this order.
        out_in: weights of dense layers are (outputs, inputs).
        one_image: x has no batch axis, and y is a number. The batch size is 1.
        one_hot: y is (N, F), with a one at the label.
        from_logits: outputs are those before the softmax.
        has_train_step: whether the model takes its steps itself; else from `backward` the harness does.
        has_forward: whether outputs can be asked for.
        has_layer_outputs: whether those of every layer can be asked for.
    """

    network: Callable | None
    channels_first: bool
    out_in: bool
    one_image: bool
    one_hot: bool
    from_logits: bool
    has_train_step: bool
    has_forward: bool
    has_layer_outputs: bool


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
        get_weights, set_weights, train_step, forward, backward, _ = map(written, METHODS)
        raise UsageError(
            f"{where}: the model has no method {', '.join(missing)}; expected are {get_weights}, {set_weights}, and "
            f"either {train_step} or both {forward} and {backward}"
        )
    flags = {name: getattr(model, name, False) for name in FLAGS}
    for name, value in flags.items():
        if not isinstance(value, bool):
            raise UsageError(f"{where}: the attribute {name} is {value!r}; expected is True or False")
    return Interface(
        network=read_network(model, where),
        has_train_step=has("train_step"),
        has_forward=has("forward"),
        has_layer_outputs=has("layer_outputs"),
        **flags,
    )


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
    if inspect.ismethod(network) and next(iter(inspect.signature(network.__func__).parameters), "") != "self":
        return network.__func__  # a plain function that was made an attribute of the class
    return network


def fitted_to(network, input_shape, n_classes):
    """Return a network as a function of the library alone, for these images if it can be made for several shapes."""
    sizes = {"input_shape": input_shape, "n_classes": n_classes}
    taken = inspect.signature(network).parameters
    return partial(network, **{name: size for name, size in sizes.items() if name in taken})
