"""The network that a user's model is compared with: its shapes, and the steps of its optimizer.

NumPy's is asked first, as it is there without Keras. A network or an optimizer that NumPy does not have is Keras's.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from harness.base.errors import UsageError
from harness.base.user_code import call
from harness.experiments.building import compiled_numpy_model
from harness.experiments.optimizers import sgd
from harness.user_models.interface import fitted_to

# Of Keras's SGD: each makes its step another one than descent, with or without a velocity.
CHANGES_OF_STEP = ("weight_decay", "clipnorm", "clipvalue", "global_clipnorm", "clipping", "use_ema")
PLAIN = partial(sgd, learning_rate=0.01)


@dataclass(frozen=True)
class LayerShape:
    """What is known of a layer without computing anything.

    Attributes:
        name: such as `"conv2d_1"`.
        input_shape, output_shape: of one image.
        params: shape by name of each parameter, in Keras's order.
        trained: names of those that the optimizer changes.
        flattens: whether it is a Flatten.
        is_random: whether it draws random numbers, as Dropout does.
    """

    name: str
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    params: dict[str, tuple[int, ...]]
    trained: tuple[str, ...]
    flattens: bool
    is_random: bool = False


@dataclass(frozen=True)
class StepRule:
    """What is known of the steps of an optimizer.

    Attributes:
        rate: a function of the number of a step, from 1, that returns its learning rate.
        momentum: of descent with a velocity; 0 for plain descent, `None` for any other kind of step.
        nesterov: whether the velocity is looked ahead along.
        name: of the optimizer's class.
        settings: the optimizer's numbers, such as `beta_1`.
    """

    rate: Callable[[int], float]
    momentum: float | None
    nesterov: bool
    name: str
    settings: dict[str, float]

    @property
    def is_plain(self) -> bool:
        """Whether a step is weights - learning_rate * gradient."""
        return self.momentum == 0


@dataclass(frozen=True)
class Twin:
    """A network and its optimizer, as far as a user's model is concerned.

    Attributes:
        network: a function of the library alone.
        layers: a `LayerShape` for each layer.
        activation: of the last layer, such as `"softmax"`.
        steps: the `StepRule` of the optimizer.
        draw: a function of a seed that returns the parameters to start from.
    """

    network: Callable
    layers: list[LayerShape]
    activation: str
    steps: StepRule
    draw: Callable[[int], list]

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Of one image."""
        return self.layers[0].input_shape

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Of the outputs for one image."""
        return self.layers[-1].output_shape

    @property
    def params(self) -> dict[str, tuple[int, ...]]:
        """Shape of each parameter by layer and name, such as `"conv2d/kernel"`, in Keras's order."""
        return {f"{layer.name}/{name}": shape for layer in self.layers for name, shape in layer.params.items()}


def find_twin(loaded, network: Callable, optimizer: Callable, dtype: str) -> Twin:
    """Return the `Twin` of a user's model.

    Args:
        loaded: a `LoadedModel`.
        network: a function of the library, for the shapes of the data set. It is used if the model names none.
        optimizer: a function of the library that returns an optimizer.
        dtype: `"float32"` or `"float64"`.

    Raises:
        UsageError: if the model's own network cannot be built or is for other images or classes, or the model names no
            optimizer and this one takes no plain steps.
        ValueError: if `network` cannot be built.
    """
    twin = make_twin(network, optimizer, dtype)
    if not (loaded.interface.optimizer or twin.steps.is_plain):
        raise UsageError(
            f"{loaded.where}: a model that names no optimizer takes plain steps, weights - learning_rate * gradient; "
            f"the optimizer here is {twin.steps.name}; name it in the model, or train with sgd"
        )
    if not loaded.interface.network:
        return twin
    own_network = fitted_to(loaded.interface.network, twin.input_shape, twin.output_shape[0])
    own_twin = call(loaded.where, "network(nn)", make_twin, own_network, optimizer, dtype)
    for what, own, expected in (
        ("takes images", own_twin.input_shape, twin.input_shape),
        ("returns outputs", own_twin.output_shape, twin.output_shape),
    ):
        if own != expected:
            raise UsageError(
                f"{loaded.where}: the network {what} of shape {own}; expected for this data set {expected}"
            )
    if random := [layer.name for layer in own_twin.layers if layer.is_random]:
        raise UsageError(
            f"{loaded.where}: the network draws random numbers in {', '.join(random)}, so no two models are the same; "
            "leave this out of the network and of the model for the comparison"
        )
    return own_twin


def make_twin(network: Callable, optimizer: Callable, dtype: str) -> Twin:
    """Return the `Twin` of a network, of NumPy's layers if they suffice and else of Keras's."""
    try:
        model = compiled_numpy_model(network, PLAIN, dtype)
    except Exception as error:  # a layer or an argument that NumPy's layers have not, or a mistake: Keras says which
        try:
            return keras_twin(network, optimizer, dtype)
        except ImportError:
            raise error from None
    layers = [
        LayerShape(
            layer.name,
            tuple(layer.input_shape),
            tuple(layer.output_shape),
            {name: weight.shape for name, weight in layer.weights.items()},
            tuple(layer.params),
            type(layer).__name__ == "Flatten",
            is_random=hasattr(layer, "seed_state"),
        )
        for layer in model.layers
    ]
    activation = type(getattr(model.layers[-1], "activation", None)).__name__.lower()
    return Twin(network, layers, activation, rule_of(optimizer, dtype), partial(drawn, model))


def drawn(model, seed: int) -> list:
    """Return parameters that a NumPy model draws from a seed."""
    model.initialize(seed)
    return model.get_weights()


def keras_twin(network: Callable, optimizer: Callable, dtype: str) -> Twin:
    """Return the `Twin` of a network of Keras's layers."""
    from keras_model import KerasTrainer

    trainer = KerasTrainer(network, PLAIN, dtype)
    layers, names = [], Counter()
    for layer in trainer.model.layers:
        name = layer.name if layer.name in names else re.sub(r"_\d+$", "", layer.name)
        names[name] += 1
        layers.append(
            LayerShape(
                name if names[name] == 1 else f"{name}_{names[name] - 1}",
                tuple(layer.input.shape[1:]),
                tuple(layer.output.shape[1:]),
                {variable.name: tuple(variable.shape) for variable in layer.weights},
                tuple(variable.name for variable in layer.trainable_variables),
                type(layer).__name__ == "Flatten",
                is_random=len(layer.variables) > len(layer.weights),  # the state of a generator is no weight
            )
        )
    activation = getattr(getattr(trainer.model.layers[-1], "activation", None), "__name__", "")
    return Twin(network, layers, activation, rule_of(optimizer, dtype), trainer.initial_weights)


def rule_of(optimizer: Callable, dtype: str) -> StepRule:
    """Return the `StepRule` of an optimizer, a function of the library: of NumPy's, or else of Keras's."""
    import numpy_model

    try:
        found = optimizer(numpy_model)
        rate = partial(rate_of_schedule, found.schedule) if found.schedule else constant(found.learning_rate)
    except Exception:  # an optimizer or an argument that NumPy has not, or a mistake: Keras says which
        found = keras_optimizer(optimizer)
        rate = partial(rate_of_keras, found)
    momentum = getattr(found, "momentum", None) if type(found).__name__ == "SGD" else None
    if any(getattr(found, name, None) for name in CHANGES_OF_STEP):
        momentum = None
    settings = {name: value for name, value in vars(found).items() if isinstance(value, float)}
    return StepRule(rate, momentum, bool(getattr(found, "nesterov", False)), type(found).__name__, settings)


def rate_of_schedule(schedule: Callable[[int], float], step: int) -> float:
    """Return the learning rate of a step, from 1, of a schedule, which counts from 0."""
    return schedule(step - 1)


def constant(value: float) -> Callable[[int], float]:
    """Return a function of a step that is the same for all."""
    return lambda step: value


def keras_optimizer(optimizer: Callable) -> object:
    """Return an optimizer of Keras's, with its rate in float64."""
    from keras_model import keras, library
    from keras_model.walker import make_exact

    before = keras.config.floatx()
    keras.config.set_floatx("float64")
    try:
        found = optimizer(library)
    finally:
        keras.config.set_floatx(before)
    make_exact(found)
    return found


def rate_of_keras(optimizer: object, step: int) -> float:
    """Return the learning rate of a step of a Keras optimizer, from 1."""
    optimizer.iterations.assign(step - 1)
    return float(optimizer.learning_rate)
