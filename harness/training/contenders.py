"""The models of a run: made, named, and checked against each other before training."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from harness.base.errors import ModelError
from harness.base.imports import hint_of_import
from harness.base.text import message_of
from harness.base.user_code import short_name
from harness.experiments import Recipe
from harness.experiments.losses import crossentropy
from harness.experiments.model_names import BACKENDS
from harness.training.numpy_trainer import NaiveTrainer, NumpyTrainer
from numpy_model.config import check_memory

if TYPE_CHECKING:
    import numpy as np

    from harness.experiments.run_config import RunConfig
    from harness.training.samples import Samples
    from harness.training.trainer import Trainer


@dataclass(frozen=True)
class Contender:
    """A model of a run.

    Attributes:
        name: of the model.
        recipe: a `Recipe`, how it is made and fed.
        trainer: what trains it.
        reference: a `NumpyTrainer` of the same network, that has the same parameters. All models of one recipe share
            it: it draws their initial values.
    """

    name: str
    recipe: Recipe
    trainer: Trainer
    reference: NumpyTrainer

    def start(self, seed: int) -> None:
        """Set all parameters to the initial values of a seed."""
        drawer = self.trainer if self.recipe.own_values else self.reference
        self.trainer.start(drawer.initial_weights(seed))

    def weights_by_name(self) -> dict[str, np.ndarray]:
        """Return copies of all parameters, under the names that `load_weights` of a NumPy model reads."""
        return dict(zip(self.reference.model.weights, self.trainer.get_weights(), strict=True))


def build_contenders(config: RunConfig, samples: Samples) -> tuple:
    """Return the contenders of a run in their order, and a message by name for each model that cannot be made.

    Raises:
        ModelError: if none can be made, or the parameters of one differ in name, shape or number from those of the
            NumPy model of the same network.
        UsageError: if a user's model cannot be trained.
    """
    contenders, failures, recipes = [], {}, config.recipes()
    for model in config.models:
        try:
            contenders.append(build_contender(model, recipes[short_name(model)], config, samples, contenders))
        except ImportError as error:
            hints = [hint_of_import(error), "--models numpy does without"]
            failures[short_name(model)] = (
                f"a library is missing or cannot be imported: {error}; {'; '.join(filter(None, hints))}"
            )
        except (ValueError, RuntimeError, MemoryError) as error:
            failures[short_name(model)] = (
                f"the network of experiment {config.name} cannot be built for images of shape "
                f"{samples.input_shape}: {message_of(error)}"
            )
    if not contenders:
        raise ModelError("; ".join(dict.fromkeys(failures.values())))
    for contender in contenders:
        check_parameters(contender)
    return contenders, failures


def import_libraries(models: tuple[str, ...]) -> None:
    """Import what some models need, which may take half a minute; what is missing is reported when they are built."""
    if "keras" in models:
        with contextlib.suppress(ImportError):
            import keras_model  # noqa: F401


def build_contender(
    model: str, recipe: Recipe, config: RunConfig, samples: Samples, others: list[Contender]
) -> Contender:
    """Return the contender of a model, with the reference of one of the others if it has the same recipe."""
    network = partial(recipe.network, input_shape=samples.input_shape, n_classes=samples.n_classes)
    optimizer = partial(recipe.optimizer, learning_rate=config.learning_rate)
    references = [other.reference for other in others if other.recipe == recipe]
    reference = references[0] if references else NumpyTrainer(network, optimizer, loss=recipe.loss)
    # Of each array a model has at least itself, its gradient, and a copy as initial value and before the warm-up.
    n_bytes = sum(array.nbytes for array in reference.model.weights.values())
    what = f"to train {short_name(model)}, whose parameters are {n_bytes / 1e9:,.2f} GB,"
    check_memory(4 * n_bytes, what, "make the images or the network smaller, or train one model a run, with --models")
    if model in BACKENDS:
        from harness.training.backend_trainer import BackendTrainer

        trainer = BackendTrainer(model, config, samples.input_shape, samples.n_classes)
    else:
        trainer = make_trainer(
            model,
            network,
            optimizer,
            recipe.loss,
            config.threads,
            config.batch_size,
            config.keras_steps_per_execution,
        )
    return Contender(short_name(model), recipe, trainer, reference)


def check_parameters(contender: Contender) -> None:
    """Raise `ModelError` unless a model has the layers and parameters of the NumPy model of its network."""
    trainer, reference = contender.trainer, contender.reference
    for what, own, expected in (
        ("parameters", trainer.parameters(), reference.parameters()),
        ("layers", layers_of(trainer), layers_of(reference)),
    ):
        if own is not None and own != expected:
            raise ModelError(
                f"the models differ before training: {contender.name} has the {what} {own}, "
                f"and the NumPy model has {expected}"
            )


def layers_of(trainer: Trainer) -> list[str] | None:
    """Return the class of every layer, `None` for a user's model, whose layers are its own affair."""
    layers = getattr(trainer.model, "layers", None)
    return layers and [type(layer).__name__ for layer in layers]


def make_trainer(
    model: str,
    network: Callable,
    optimizer: Callable,
    loss: Callable = crossentropy,
    threads: int | None = None,
    batch_size: int = 1,
    keras_steps_per_execution: int = 1,
) -> Trainer:
    """Return the trainer of a model: `"numpy"`, `"keras"`, `"naive"`, or a user's as a file or `module:function`.

    Keras is imported only if it is asked for. `threads` and `keras_steps_per_execution` are for TensorFlow, and
    `batch_size` for a user's model, which may take one image at a time only.

    Raises:
        UsageError: if a user's model cannot be trained.
    """
    if model == "keras":
        import keras_model

        keras_model.set_threads(threads)
        return keras_model.KerasTrainer(network, optimizer, loss=loss, steps_per_execution=keras_steps_per_execution)
    if model == "naive":
        return NaiveTrainer(network, optimizer, loss)
    if model == "numpy":
        return NumpyTrainer(network, optimizer, loss=loss)
    from harness.training.user_trainer import UserTrainer
    from harness.user_models.loading import load_user_model

    return UserTrainer(load_user_model(model), network, optimizer, batch_size)
