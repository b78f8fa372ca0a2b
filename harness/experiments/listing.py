"""What a run can be made of, as text."""

from __future__ import annotations

import inspect
import textwrap
from typing import TYPE_CHECKING

from harness.datasets.catalog import CATALOG
from harness.experiments import EXPERIMENTS, MODELS, losses
from harness.experiments.networks import NETWORKS
from harness.experiments.optimizers import KERAS_NAMES

if TYPE_CHECKING:
    from harness.experiments.catalog import Experiment

MODEL_LINES = {
    "numpy": "numpy_model, fast",
    "keras": "Keras, fit on a tf.data pipeline without autotuning",
    "keras-jax": "Keras on JAX, in a process of its own; needs the extra jax",
    "keras-torch": "Keras on PyTorch, likewise; needs the extra torch",
    "naive": "numpy_model in plain loops, a second or two for each image",
}


def listing() -> str:
    """Return the names that flags take, each with what it is."""
    sections = {
        "data sets, --dataset": {name: [entry.title] for name, entry in CATALOG.items()}
        | {"PATH.npz": ["your own images, under Keras's keys"], "FOLDER": ["your own images, as four IDX files"]},
        "experiments, --experiment": {name: lines_of(experiment) for name, experiment in EXPERIMENTS.items()},
        "models, --models": {name: [MODEL_LINES[name]] for name in MODELS}
        | {"FILE.py": ["a model of your own, with make_model(); also MODULE:FUNCTION"]},
        "networks, --network": {name: [inspect.getdoc(network).splitlines()[0]] for name, network in NETWORKS.items()}
        | {"FILE.py": ["a network of your own, a function of nn; also FILE.py:FUNCTION and MODULE:FUNCTION"]},
        "optimizers, --optimizer": {
            name: [f"keras.optimizers.{keras_name}"] for name, keras_name in KERAS_NAMES.items()
        }
        | {"momentum": ["sgd:momentum=0.9"]}
        | {"FILE.py:FUNCTION": ["a function of nn and learning_rate"]},
        "losses, --loss": {name: [f"keras.losses.{name}"] for name in losses.KERAS_NAMES}
        | {"FILE.py:FUNCTION": ["a function of nn that returns a loss"]},
        "vocabulary of nn, for networks of your own": vocabulary(),
    }
    return "\n\n".join(section(title, lines) for title, lines in sections.items())


def vocabulary() -> dict[str, list[str]]:
    """Return the names that a network in `numpy_model` can be made of, by module, in lines."""
    import numpy_model as nn

    names = {
        "nn.layers": nn.layers.__all__,
        "nn.activations": nn.activations.NAMES,
        "nn.initializers": nn.initializers.__all__,
        "nn.regularizers": nn.regularizers.NAMES,
        "nn.losses": [found.__name__ for found in nn.losses.CLASSES],
        "nn.optimizers": nn.optimizers.NAMES,
        "nn.optimizers.schedules": nn.optimizers.schedules.NAMES,
    }
    return {module: textwrap.wrap(", ".join(found), 90) for module, found in names.items()}


def section(title: str, lines_by_name: dict[str, list[str]]) -> str:
    """Return a title, and the lines of each name beside it."""
    width = max(map(len, lines_by_name)) + 2
    rows = [title]
    for name, lines in lines_by_name.items():
        first, *others = lines
        rows += [f"  {name.ljust(width)}{first}", *(f"  {' ' * width}{other}" for other in others)]
    return "\n".join(rows)


def lines_of(experiment: Experiment) -> list[str]:
    """Return what an experiment is, and what it is trained on unless flags say otherwise."""
    settings = (
        f"{experiment.dataset}, {experiment.epochs} epochs, batch size {experiment.batch_size}, "
        f"learning rate {experiment.learning_rate:g}"
    )
    return [experiment.summary, settings]
